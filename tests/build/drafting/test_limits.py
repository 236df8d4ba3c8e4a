"""Stated lengths: what they bound, and whether they are about the whole text."""

from __future__ import annotations

import pytest

from weval.build.drafting.limits import Limit, limits
from weval.tasks import load_task
from weval.types import CountCheck


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("Use at most 100 words.", "word_count", None, 100),
        ("Do not go past 200 words.", "word_count", None, 200),
        ("Keep it below 190 words.", "word_count", None, 189),
        ("Write more than 300 words.", "word_count", 301, None),
        ("No fewer than 12 and no more than 16 sentences.", "sentence_count", 12, 16),
        ("Write at least two hundred words.", "word_count", 200, None),
        ("Use 120–150 words.", "word_count", 120, 150),
        ("Use 5 sentences or fewer.", "sentence_count", None, 5),
        ("Write precisely 12 sentences.", "sentence_count", 12, 12),
        ("Write about 100 words.", "word_count", 80, 120),
        ("Limit the full lesson plan to 180 words.", "word_count", None, 180),
        ("Usa entre 160 y 220 palabras.", "word_count", 160, 220),
        ("Écris exactement dix phrases.", "sentence_count", 10, 10),
        ("全文不要超过400个字符。", "char_count", None, 400),
        ("不超过三百字。", "word_count", None, 300),
    ],
)
def test_a_statement_about_the_whole(text: str, kind: str, low: int | None, high: int | None) -> None:
    assert limits(text) == (Limit(kind, low, high, whole=True),)


@pytest.mark.parametrize(
    "text",
    [
        "Keep every sentence to at most 18 words.",
        "Use at least two Korean words.",
        "Put exactly one sentence in bold.",
        "Spend 25 to 40 words on each week.",
        "Include two sentences in French.",
        "End with exactly two sentences.",
        "Explain it briefly (one-sentence).",
        "Each answer has 30 words.",
        "每一行不要超过十二个字。",
    ],
)
def test_a_statement_about_a_part(text: str) -> None:
    assert limits(text)
    assert not any(limit.whole for limit in limits(text))


@pytest.mark.parametrize(
    "text",
    ["Mention 2020 and tea.", 'Repeat "at most 5 words" often.', "Write 50% words.", "In the 3rd sentence, pause.", ""],
)
def test_what_is_no_statement(text: str) -> None:
    assert limits(text) == ()


def test_a_range_that_runs_backwards_is_none() -> None:
    assert limits("Use between 200 and 100 words.") == ()


def test_the_checks_of_weval_mini_are_read_from_their_texts() -> None:
    """No requirement with a check states another number than the check; most that count words are understood."""
    seen = understood = 0
    for item in load_task("weval-mini").items():
        for requirement in item.requirements:
            check = requirement.check
            if isinstance(check, CountCheck) and check.kind in ("word_count", "sentence_count", "paragraph_count"):
                seen += 1
                wholes = [limit for limit in limits(requirement.text) if limit.whole]
                assert all((w.kind, w.min, w.max) == (check.kind, check.min, check.max) for w in wholes)
                understood += bool(wholes)
    assert seen > 30
    assert understood / seen > 0.85
