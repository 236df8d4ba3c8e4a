from __future__ import annotations

import pytest

from weval.checks.layout import count_headings, count_paragraphs, count_separators, has_table


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("# A\n## B\n###### C", 3),
        ("# A\ntext\n# B\ntext", 2),
        ("##Title", 1),
        ("#Title #love", 0),
        ("## **Bold**", 1),
        ("**Bold title**", 0),
        ("A\n===\nB\n---", 0),
        ("```\n# comment\n```", 0),
        ("#\n##", 0),
        ("# 标题\n正文", 1),
        ("> ## quoted", 1),
        ("C# and F# are languages", 0),
    ],
)
def test_headings(text: str, n: int) -> None:
    assert count_headings(text) == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("One.\n\nTwo.\n\n\n\nThree.", 3),
        ("line\nline\n\nline\nline", 2),
        ("# Title\nOne.\n\nTwo.", 2),
        ("**Title**\n\nOne.", 1),
        ("**Title**\nOne.", 1),
        ("One.\n---\nTwo.", 2),
        ("One.\n\n***\n\n===\n\nTwo.", 2),
        ("Intro:\n\n- a\n- b\n\nOutro.", 2),
        ("Intro:\n- a\n- b", 1),
        ("One.\n\n```\ncode\n```\n\n|a|b|\n|-|-|\n|1|2|", 1),
        ("One.\n \u200b \nTwo.", 2),
        ("One.<br><br>Two.", 2),
        ("\u3000\u3000第一段。\n\u3000\u3000第二段。", 2),
        ("第一节\n\n第二节", 2),
        ("One.\r\n\r\nTwo.", 2),
        ("😀\n\nOne.", 1),
    ],
)
def test_paragraphs(text: str, n: int) -> None:
    assert count_paragraphs(text) == n


@pytest.mark.parametrize(
    ("text", "mark", "n"),
    [
        ("a\n\n---\n\nb\n---\nc", "---", 2),
        ("a\n---", "---", 1),
        ("a\n----\n- - -", "---", 0),
        ("a\n\n***\n", "***", 1),
        ("a\n\\*\\*\\*\n", "***", 1),
        ("a\n  ===  \nb === c", "===", 1),
        ("```\n---\n```", "---", 0),
        ("|a|\n|---|\n|b|", "---", 0),
        ("~ o ~\nx\n~ o ~", "~ o ~", 2),
        ("a\r\n---\r\nb", "---", 1),
    ],
)
def test_separators(text: str, mark: str, n: int) -> None:
    assert count_separators(text, mark) == n


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", True),
        ("a | b\n---|---\n1 | 2", True),
        ("Plan:\n| a | b |\n|:--|--:|\n| 1 | 2 |\nDone.", True),
        ("| a |\n|---|\n| 1 |", True),
        ("| 时间 | 内容 |\n|---|---|\n| 九点 | 开始 |", True),
        ("<table><tr><td>1</td></tr></table>", True),
        ("| a | b |\n|---|---|", False),
        ("a | b\nc | d", False),
        ("```\n| a | b |\n|---|---|\n| 1 | 2 |\n```", False),
        ("text", False),
    ],
)
def test_table(text: str, expected: bool) -> None:
    assert has_table(text) is expected
