from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.factories import make_item
from weval.types import MAX_RESPONSE_CHARS, Candidate, Item


def parsed(**changes: Any) -> Item:
    return Item.model_validate_json(json.dumps(make_item().model_dump(mode="json") | changes))


@given(st.sets(st.sampled_from(["c1", "c2", "c3"])), st.sampled_from([None, "en", "fr", "zh", "ja"]))
def test_a_query_is_the_instruction_and_the_kept_requirements_in_order(kept: set[str], language: str | None) -> None:
    item = make_item(language=language)
    joint = "" if language in ("zh", "ja") else " "
    texts = [r.text for r in item.requirements if r.id in kept]
    assert item.query(kept) == item.query(sorted(kept, reverse=True)) == joint.join([item.instruction, *texts])


def test_gold_is_the_number_of_requirements_kept() -> None:
    assert [c.gold for c in make_item(kept=((1, 2, 3), 2, (), 0)).candidates] == [3, 2, 0, 0]


def test_a_record_survives_json() -> None:
    for item in (make_item(), make_item(kept=(3, 1), language="zh", category="x")):
        assert Item.model_validate_json(item.model_dump_json()) == item


def test_everything_that_contradicts_itself_is_said_at_once() -> None:
    candidates = [
        {"id": "a1", "kept": ["c1", "c1"], "response": "x"},
        {"id": "a1", "kept": ["c8", "c9"], "response": "y"},
        {"id": "a3", "kept": 4, "response": "z"},
    ]
    with pytest.raises(ValidationError) as caught:
        parsed(candidates=candidates)
    assert [str(a) for a in caught.value.errors()[0]["ctx"]["error"].args] == [
        "candidates: 'a1' appears 2 times",
        "candidates[0].kept: 'c1' appears 2 times",
        "candidates[1].kept: 'c8' is not the id of a requirement",
        "candidates[1].kept: 'c9' is not the id of a requirement",
        "candidates[2].kept: is 4, but there are 3 requirements",
    ]


@pytest.mark.parametrize("kept", [True, 1.0, -1, "c1", None, {"c1": 1}, [1], [["c1"]], [None]])
def test_kept_is_a_list_of_ids_or_a_count(kept: object) -> None:
    with pytest.raises(ValidationError):
        Candidate.model_validate_json(json.dumps({"id": "a", "kept": kept, "response": ""}))


def test_a_response_may_be_empty_but_not_endless() -> None:
    Candidate(id="a", kept=1, response="")
    Candidate(id="a", kept=1, response="x" * MAX_RESPONSE_CHARS)
    with pytest.raises(ValidationError):
        Candidate(id="a", kept=1, response="x" * (MAX_RESPONSE_CHARS + 1))
