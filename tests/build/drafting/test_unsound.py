"""What a model is told of a reply that was not taken."""

from __future__ import annotations

from weval.build.drafting.unsound import TOLD


def test_every_reason_is_told_in_whole_sentences() -> None:
    assert all(text.endswith(".") and "{" not in text for text in TOLD.values())
