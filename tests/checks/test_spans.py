from __future__ import annotations

import pytest

from weval.checks.spans import count_bold, count_questions, count_quotations


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("**a** and **b c**", 2),
        ("__a__ and ***b***", 2),
        ("***a** b*", 1),
        ("**a *b* c**", 1),
        ("*a **b** c*", 1),
        ("*italic* _italic_", 0),
        ("<b>a</b> <strong>b</strong>", 2),
        ("<b>open", 0),
        ("**open and no end", 0),
        ("**open\n\nnext**", 0),
        ("**Title\nText **bold** more", 1),
        ("**two\nlines**", 1),
        ("**open and **closed**", 1),
        ("**open and ** loose", 0),
        ("中文**重点**词、**另一个**。", 2),
        ("**“引号”**后面", 1),
        ("## **Heading**", 1),
        ("- **Term:** text", 1),
        ("| **a** | b |\n|---|---|\n| **c** | d |", 2),
        ("```\n**a**\n```", 0),
        ("`**a**` and **b**", 1),
        (r"\*\*a\*\*", 0),
        ("snake__case__name", 0),
        ("Name: ____ Date: ____", 0),
        ("***\n***", 0),
        ("** spaced **", 0),
        ("**1.** a **2.** b", 2),
        ("**A****B**", 2),
        ("**a**\r\n**b**", 2),
    ],
)
def test_bold(text: str, n: int) -> None:
    assert count_bold(text) == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ('She said "no" and "yes".', 2),
        ("“a” and “b”", 2),
        ("„Ja“, sagte er.", 1),
        ("»Ja«, sagte er.", 1),
        ("Elle dit : « oui ».", 1),
        ("Dijo «sí».", 1),
        ("他说「好」和『行』。", 2),
        ("他说：“好。”", 1),
        ("“a 'b' c”", 1),
        ("「a『b』c」", 1),
        ("'single' ‘curly’ don't", 0),
        ("《红楼梦》", 0),
        ('""', 0),
        ('an unclosed "quote\n\n"real"', 1),
        ('a "b c', 0),
        ("“open\n\n“closed”", 1),
        ('A 27" screen and "x".', 1),
        ('"Go," she said. "Now."', 2),
        ('**"bold"** text', 1),
        ('```\n"a"\n```', 0),
        ('- "a"\n- "b"', 2),
        ('"a"\r\n"b"', 2),
    ],
)
def test_quotations(text: str, n: int) -> None:
    assert count_quotations(text) == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("Why? How?", 2),
        ("What?! Really??? No!?", 3),
        ("¿Qué tal? ¿Y tú?", 2),
        ("Ça va ? Oui.", 1),
        ("你好吗？他呢？", 2),
        ("什么？他问。", 1),
        ("“真的？”他问。", 1),
        ('"Really?" she asked.', 1),
        ("# Why me?\n\n- Who?", 2),
        ("**Ready?** Go.", 1),
        ("“Really”?", 1),
        ("See https://x.org/?q=1 now.", 0),
        ("```\na ? b : c\n```", 0),
        ("??? and (?)", 0),
        ("Well...? Yes.", 1),
        ("Yes. No!", 0),
        ("a?\r\nb?", 2),
        ("؟ ماذا؟", 1),
    ],
)
def test_questions(text: str, n: int) -> None:
    assert count_questions(text) == n
