"""Why a reply is not taken."""

from __future__ import annotations

from weval.build.drafting.unsound import MOST_CHARS, TOLD, Unsound


def test_a_detail_is_one_short_line() -> None:
    fault = Unsound("no_json", "a\n\x1b[31m" + "x" * 9999)
    assert fault.reason in TOLD
    assert str(fault).startswith("a\\n\\x1b[31m")
    assert len(str(fault)) < MOST_CHARS + 20


def test_every_reason_is_told_in_whole_sentences() -> None:
    assert all(text.endswith(".") and "{" not in text for text in TOLD.values())
