from __future__ import annotations

from weval.adapters.views import measured
from weval.training.pairs.wordings import AMOUNTS, AVOID, BEGIN, END, FORMS, MENTION, MENTION_BOTH


def test_every_wording_has_its_places() -> None:
    assert all("{n}" in text for _, texts in AMOUNTS.values() for text in texts)
    assert all(text.count("{}") == 1 for text in (*MENTION, *BEGIN, *END))
    assert all(text.count("{}") == 2 for text in MENTION_BOTH)
    assert all(text.count("{}") in (1, 2) for text in AVOID)


def test_what_is_asked_for_is_what_the_facts_tell() -> None:
    found = measured("Hot tea.")
    known = {*found.counts, "first person", "second person", "table", "all lowercase", "question at the end"}
    assert {*AMOUNTS} <= {*found.counts} and {*FORMS} <= known
