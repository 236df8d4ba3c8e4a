"""Checks that a model proposes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from weval.build.drafting.proposed import supported
from weval.tasks import load_task

BORNE_OUT: list[tuple[str, dict[str, Any]]] = [
    ("Use between 80 and 110 words.", {"kind": "word_count", "min": 80, "max": 110}),
    ("Keep it below 190 words.", {"kind": "word_count", "max": 189}),
    ("Write nine numbered steps.", {"kind": "numbered_count", "min": 9, "max": 9}),
    ("Set exactly four terms in bold.", {"kind": "bold_count", "min": 4, "max": 4}),
    ("Limit every sentence to 16 words.", {"kind": "max_sentence_words", "max": 16}),
    ('Mention "tea" and "salt".', {"kind": "contains", "any": None, "all": ["tea", "salt"], "min_times": 1}),
    ('Use "tea" or "salt".', {"kind": "contains", "any": ["tea", "salt"]}),
    (
        'Repeat "Still too small" at least three times.',
        {"kind": "contains", "any": ["Still too small"], "min_times": 3},
    ),
    ('Avoid the words "tea" and "salt".', {"kind": "not_contains", "any": ["tea", "salt"]}),
    ('End with the line "Over."', {"kind": "ends_with", "text": "Over."}),
    ("Present it as a markdown table.", {"kind": "table"}),
    ("Use lowercase letters only, with no capitals.", {"kind": "all_lowercase"}),
    ('Use a single "===" line.', {"kind": "separator_count", "text": "===", "min": 1, "max": 1}),
]

NOT_BORNE_OUT: list[tuple[str, Any]] = [
    ("Use between 80 and 110 words.", {"kind": "word_count", "min": 80, "max": 120}),
    ("Use between 80 and 110 words.", {"kind": "word_count", "max": 110}),
    ("Use between 80 and 110 words.", {"kind": "sentence_count", "min": 80, "max": 110}),
    ("Use at most 100 words and write in French.", {"kind": "word_count", "max": 100}),
    ("Write exactly 5 sentences, each with a metaphor.", {"kind": "sentence_count", "min": 5, "max": 5}),
    ("Put exactly one sentence in bold.", {"kind": "sentence_count", "min": 1, "max": 1}),
    ("Keep every sentence to at most 18 words.", {"kind": "word_count", "max": 18}),
    ("Use at most 18 words.", {"kind": "max_sentence_words", "max": 18}),
    ("Put at least four terms in bold.", {"kind": "bold_count", "min": 4, "max": 4}),
    ('Mention "tea" and "salt".', {"kind": "contains", "all": ["tea"]}),
    ('Mention "tea" and "salt".', {"kind": "contains", "all": ["tea", "salt", "rum"]}),
    ('Mention "tea" and "salt".', {"kind": "contains", "any": ["tea", "salt"]}),
    ('Mention "tea" three times.', {"kind": "contains", "all": ["tea"], "min_times": 1}),
    ('Avoid the word "tea".', {"kind": "contains", "all": ["tea"]}),
    ('Mention "tea".', {"kind": "not_contains", "any": ["tea"]}),
    ('End with the line "Over."', {"kind": "starts_with", "text": "Over."}),
    ('End each part with "Over."', {"kind": "ends_with", "text": "Over."}),
    ("Present it as a markdown table with three columns.", {"kind": "table"}),
    ("Do not use a table at all.", {"kind": "table"}),
    ("Be kind to the reader.", {"kind": "all_lowercase"}),
    ("Use five words.", {"kind": "word_count", "min": 5, "max": 5, "why": "x"}),
    ("Use five words.", {"kind": "words", "min": 5}),
    ("Use five words.", {"kind": "word_count", "min": "5", "max": "5"}),
    ("Use five words.", {"kind": "word_count", "min": 5.5}),
    ("Use five words.", "word_count"),
    ("Use five words.", [5]),
    ("Use five words.", True),
    ('Say "\ud800" now.', {"kind": "contains", "all": ["\ud800"]}),
]


@pytest.mark.parametrize(("text", "check"), BORNE_OUT)
def test_what_the_text_says_is_kept(text: str, check: dict[str, Any]) -> None:
    found = supported(check, text)
    assert found is not None
    assert check.items() <= {**found.model_dump(mode="json"), **check}.items()
    assert found.kind == check["kind"]


@pytest.mark.parametrize(("text", "check"), NOT_BORNE_OUT)
def test_what_the_text_does_not_say_is_not_kept(text: str, check: Any) -> None:
    assert supported(check, text) is None


def test_most_checks_of_weval_mini_are_kept_and_no_other_requirement_s() -> None:
    pairs = [(r.check, r.text) for item in load_task("weval-mini").items() for r in item.requirements if r.check]
    kept = [supported(check.model_dump(mode="json"), text) == check for check, text in pairs]
    assert len(pairs) > 150
    assert sum(kept) / len(pairs) > 0.9
    moved = pairwise(pairs)
    strange = [
        supported(check.model_dump(mode="json"), text) for (check, own), (other, text) in moved if check != other
    ]
    assert not any(strange)
