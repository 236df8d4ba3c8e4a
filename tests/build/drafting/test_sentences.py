"""The text of one requirement."""

from __future__ import annotations

import pytest

from weval.build.drafting.sentences import MOST_CHARS, ended, fault_in
from weval.tasks import load_task


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "short"),
        ("Rhyme.", "short"),
        ("x" * (MOST_CHARS + 1), "longer"),
        ("1234567890123", "no letters"),
        ("Use two lines.\nUse bold.", "U+000A"),
        ("Use \x1b[31m red words.", "U+001B"),
        ("Use \u202egnihton words.", "U+202E"),
        ("Use \ud800 half a sign.", "U+D800"),
        ("Use\u2028two lines here.", "U+2028"),
        ("Link to https://example.org in it.", "address"),
        ("Mail it to me@example.org at once.", "address"),
        ("See [this page](x) for the tone.", "markup"),
        ("Show ![this](x.png) at the top.", "markup"),
        ("Use <script>alert(1)</script> once.", "markup"),
        ('Use <b class="x">bold</b> words.', "markup"),
        ("- Use three bullets.", "markup"),
        ("## Use three headings.", "markup"),
        ("1. Use three headings.", "markup"),
        ("c1: Use three headings.", "markup"),
        ("**Length:** Use 100 words.", "markup"),
        ("Use ``` around every word.", "markup"),
        ("Use five words. Name a ship. Name a port. Name a sea.", "sentences"),
        ("写五句话。写一艘船。写一个港。写一片海。", "sentences"),
    ],
)
def test_faults(text: str, fault: str) -> None:
    assert fault in (fault_in(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "Underline the name of each school with <u> tags.",
        "Open each paragraph with a bold label such as **Day 1**.",
        'Place a "***" line exactly once.',
        "Add a P.S.",
        "全诗不使用任何标点符号。",
        "Quote three experts (Dr. Lee, Prof. Smith, and Ms. Chen) in sequence.",
        "Divide it into (1) Past, (2) Present and (3) Future.",
        "با نیم‌فاصله بنویس: می‌خواهم.",
        "Use the emoji 👩‍🚀 twice.",
        "Give a price of 38,000.50 dollars. State it twice.",
    ],
)
def test_plain_requirements(text: str) -> None:
    assert fault_in(text) is None


def test_all_of_weval_mini() -> None:
    texts = [requirement.text for item in load_task("weval-mini").items() for requirement in item.requirements]
    assert [fault_in(text) for text in texts] == [None] * 300


def test_an_end_is_added_only_where_there_is_none() -> None:
    assert ended("Ask why?", "en") == "Ask why?"
    assert ended('End with "Bye"', "en") == 'End with "Bye"'
    assert ended("Use 80 words", None) == "Use 80 words."
    assert ended("用八十字", "zh") == "用八十字。"
