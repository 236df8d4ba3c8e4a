"""The records: what they admit, what they refuse, and how a query is put together."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.factories import make_item
from weval.adapters.baselines import Length
from weval.errors import AdapterError
from weval.types import MAX_RESPONSE_CHARS, Adapter, Candidate, Check, Item, Request, Score

CHECK: TypeAdapter[Any] = TypeAdapter(Check)
REQUEST = Request("r", "g", "q", "i", None, (), ("x",))


def parsed(**changes: Any) -> Item:
    return Item.model_validate_json(json.dumps(make_item().model_dump(mode="json") | changes))


# --- items


@given(st.sets(st.sampled_from(["c1", "c2", "c3"])), st.sampled_from([None, "en", "fr", "zh", "ja"]))
def test_a_query_is_the_instruction_and_the_kept_requirements_in_order(kept: set[str], language: str | None) -> None:
    item = make_item(language=language)
    joint = "" if language in ("zh", "ja") else " "
    texts = [r.text for r in item.requirements if r.id in kept]
    assert item.query(kept) == item.query(sorted(kept, reverse=True)) == joint.join([item.instruction, *texts])
    assert item.full_query == item.query(["c1", "c2", "c3"])


def test_gold_is_the_number_of_requirements_kept() -> None:
    assert [c.gold for c in make_item(kept=((1, 2, 3), 2, (), 0)).candidates] == [3, 2, 0, 0]


def test_a_record_survives_json() -> None:
    for item in (make_item(), make_item(kept=(3, 1), language="zh", category="x")):
        assert Item.model_validate_json(item.model_dump_json()) == item


def test_records_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        make_item().id = "other"  # type: ignore[misc]


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


# --- checks

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
    {"kind": "max_sentence_words", "max": 0},
    {"kind": "contains"},
    {"kind": "contains", "any": [], "all": []},
    {"kind": "contains", "any": [""]},
    {"kind": "contains", "any": "abc"},
    {"kind": "contains", "any": ["a"], "min_times": 0},
    {"kind": "not_contains", "any": []},
    {"kind": "starts_with", "text": ""},
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


# --- scores


@pytest.mark.parametrize("value", [1, 0.5, True, np.float32(0.5), np.int64(3), np.array(2.0)])
def test_numbers_of_other_libraries_become_plain_floats(value: Any) -> None:
    (kept,) = Score.ok(REQUEST, value).values
    assert type(kept) is float
    assert kept == value


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_any_finite_values_are_a_score(values: list[float]) -> None:
    assert Score("r", "ok", values).values == tuple(values)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_only_finite_numbers_are_scores(value: float) -> None:
    with pytest.raises(AdapterError, match="only finite numbers"):
        Score.ok(REQUEST, 1.0, value)


@pytest.mark.parametrize(
    "values", ["12", ("1",), (None,), 3.0, None, ([1],), (1j,), (10**400,), ("x" * 10**6,)], ids=type
)
def test_values_that_are_no_numbers_are_refused_in_a_short_line(values: Any) -> None:
    with pytest.raises(AdapterError, match="must be numbers") as caught:
        Score("r", "ok", values)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("status", "values", "reason", "said"),
    [
        ("ok", (), None, "came with 0 values"),
        ("failed", (1.0,), "x", "came with 1 values"),
        ("failed", (), None, "must say why"),
        ("refused", (), "", "must say why"),
        ("fine", (1.0,), None, "status 'fine'; known are ok,"),
        (None, (), "x", "status None"),
        (["ok"], (1.0,), None, "known are"),
    ],
)
def test_values_and_status_have_to_fit(status: Any, values: tuple[float, ...], reason: str | None, said: str) -> None:
    with pytest.raises(AdapterError, match=said):
        Score("r", status, values, reason)


def test_missing_says_why() -> None:
    score = Score.missing(REQUEST, "refused", "it would not")
    assert (score.request_id, score.status, score.values, score.reason) == ("r", "refused", (), "it would not")


def test_the_adapter_protocol_is_what_the_baselines_keep() -> None:
    assert isinstance(Length(), Adapter)
