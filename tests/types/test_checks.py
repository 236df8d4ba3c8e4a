from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from weval.types import Check

CHECK: TypeAdapter[Any] = TypeAdapter(Check)

GOOD_CHECKS: list[dict[str, Any]] = [
    {"kind": "word_count", "min": 1},
    {"kind": "char_count", "max": 0},
    {"kind": "bullet_count", "min": 3, "max": 3},
    {"kind": "separator_count", "text": "---", "min": 1},
    {"kind": "max_sentence_words", "max": 20},
    {"kind": "contains", "any": ["a"]},
    {"kind": "contains", "all": ["a", "b"], "min_times": 2},
    {"kind": "not_contains", "any": ["a"]},
    {"kind": "starts_with", "text": "Dear"},
    {"kind": "ends_with", "text": "."},
    {"kind": "table"},
    {"kind": "all_lowercase"},
]
BAD_CHECKS: list[dict[str, Any]] = [
    {},
    {"kind": "word"},
    {"kind": ["table"]},
    {"kind": "word_count"},
    {"kind": "word_count", "min": None, "max": None},
    {"kind": "word_count", "min": 3, "max": 2},
    {"kind": "word_count", "min": -1},
    {"kind": "word_count", "min": True},
    {"kind": "word_count", "min": "3"},
    {"kind": "word_count", "min": 3.0},
    {"kind": "word_count", "min": 3, "text": "x"},
    {"kind": "separator_count", "min": 1},
    {"kind": "separator_count", "text": "", "min": 1},
    {"kind": "separator_count", "text": " ", "min": 1},
    {"kind": "max_sentence_words", "max": 0},
    {"kind": "contains"},
    {"kind": "contains", "any": [], "all": []},
    {"kind": "contains", "any": [""]},
    {"kind": "contains", "any": ["a", "\u3000"]},
    {"kind": "contains", "all": ["\t"]},
    {"kind": "contains", "any": "abc"},
    {"kind": "contains", "any": ["a"], "min_times": 0},
    {"kind": "not_contains", "any": []},
    {"kind": "not_contains", "any": ["\u00a0"]},
    {"kind": "starts_with", "text": ""},
    {"kind": "starts_with", "text": " "},
    {"kind": "starts_with", "text": "\x1c"},
    {"kind": "ends_with", "text": "\n\n"},
    {"kind": "table", "min": 1},
]


@pytest.mark.parametrize("check", GOOD_CHECKS, ids=str)
def test_a_good_check_is_admitted(check: dict[str, Any]) -> None:
    found = CHECK.validate_json(json.dumps(check))
    assert found.model_dump(exclude_unset=True, mode="json") == check


@pytest.mark.parametrize("check", BAD_CHECKS, ids=str)
def test_a_bad_check_is_refused(check: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK.validate_json(json.dumps(check))
