from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from weval.adapters.judge.spec import JudgeSpec, faults

GOOD: dict[str, Any] = {
    "version": "1",
    "about": "Is it brief?",
    "unit": "requirement",
    "reads": ("response", "requirement"),
    "reply": {"form": "brackets", "values": {"1": 1.0, "0": 0.0}},
    "labels": {"y": 1.0, "n": 0.0},
    "answers": {"reasoned": "Think, then [[1]] or [[0]].", "label": "y or n"},
    "sampling": {"temperature": 0.6},
}
LEVELS = {"form": "json", "low": 1, "high": 10}
PIN = {"repository": "owner/repo", "commit": "0" * 40, "path": "judge.py", "blob": "0" * 40}
PLACES = {"response": "response", "checker": "requirement"}


BENCH: dict[str, Any] = {"reply": {"form": "bench"}, "labels": {}, "answers": {"reasoned": "Six scores."}}
WHOLE = {"places": {"$TEXT$": "response", "[[rule]]": "requirement"}}


def spec(**changes: Any) -> JudgeSpec:
    return JudgeSpec.model_validate(GOOD | changes)


def official(**changes: Any) -> dict[str, Any]:
    return {"official": {"source": PIN, "user": {"name": "prompt", "places": PLACES}, "rule": "r"} | changes}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reads": ("query", "instruction", "requirements", "response", "requirement")},
        {"labels": {}, "answers": {"reasoned": "Think."}},
        {"reply": LEVELS, "labels": {"0": 1.0, "9": 10.0}},
        {"unit": "response", "reads": ("query", "response")},
        {"unit": "pair", "reads": ("response_a", "requirements", "response_b")},
        official(sampling={"stop": "<|eot_id|>"}),
        BENCH,
        BENCH | {"unit": "response", "reads": ("query", "response")},
        BENCH | {"unit": "pair", "reads": ("query", "requirements", "response_a", "response_b")},
        BENCH | {"unit": "list", "reads": ("query", "responses")},
        BENCH | official(user=WHOLE, rule=None),
        BENCH | official(rule=None),
        official(user=WHOLE),
    ],
)
def test_what_is_right(changes: dict[str, Any]) -> None:
    assert list(faults(spec(**changes))) == []


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"reads": ("response",)}, "reads", "is shown requirement and response; requirement is missing"),
        ({"reads": ("response", "response", "requirement")}, "reads", "response appears twice"),
        ({"reads": ("response", "requirement", "responses")}, "reads", "has no responses to show"),
        ({"unit": "response", "reads": ("response",)}, "reads", "nothing says what is asked of a response"),
        ({"unit": "list"}, "reply.form", "is the reply of a judge of unit list"),
        ({"reply": {"form": "ranking"}}, "reply.form", "is the reply of a judge of unit list"),
        ({"reply": {"form": "brackets", "values": {"1": 1.0}}}, "reply.values", "need two values"),
        ({"reply": {"form": "brackets", "values": {"[": 1.0, "0": 0.0}}}, "reply.values", "'[' cannot stand"),
        ({"reply": {"form": "brackets", "values": {"1": 1.0, "0": 0.0}, "low": 0}}, "reply.low", "no effect"),
        ({"reply": LEVELS | {"values": {"1": 1.0}}}, "reply.values", "no effect with form json"),
        ({"reply": LEVELS | {"high": 1}}, "reply.high", "must be above low"),
        ({"reply": LEVELS | {"high": 101}}, "reply.high", "by less than 100"),
        ({"reply": LEVELS | {"field": "reason"}}, "reply.reason", "must not be the field"),
        ({"labels": {}}, "labels", "belong together"),
        ({"answers": {"reasoned": "Think."}}, "labels", "belong together"),
        ({"labels": {"10": 1.0, "0": 0.0}}, "labels", "'10' is not one character"),
        ({"labels": {" ": 1.0, "0": 0.0}}, "labels", "' ' is not one character"),
        ({"labels": {"0": 0.0}}, "labels", "must be worth from"),
        ({"reply": LEVELS, "labels": {"1": 1.0, "9": 9.0}}, "labels", "must be worth from"),
        ({"sampling": {"n": 3}}, "sampling.n", "is no sampling parameter"),
        ({"sampling": {"concurrency": 3}}, "sampling.concurrency", "is no sampling parameter"),
        ({"sampling": {"temperature": 3.0}}, "sampling.temperature", "must be at most 2"),
        (official(sampling={"max_tokens": "many"}), "official.sampling.max_tokens", "must be a whole number"),
        (official(user={"name": "p", "places": {"x": "response"}}), "official.user.places", "requirement is missing"),
        (official(system={"name": "s", "places": PLACES}), "official.system.places", "shows no foreign text"),
        (official(user=WHOLE, system={"name": "s"}), "official.system", "has no system prompt in it"),
        (official(system={}), "official.system", "has no system prompt in it"),
        (official(user=WHOLE | {"inside": "f"}), "official.user.inside", "has no effect without a name"),
        (official(rule=None), "official.rule", "is missing"),
        (BENCH | official(), "official.rule", "has no effect with form bench"),
        (BENCH | {"reply": {"form": "bench", "values": {"1": 1.0}}}, "reply.values", "no effect with form bench"),
        (BENCH | {"reply": {"form": "bench", "high": 5}}, "reply.high", "no effect with form bench"),
        ({"reply": {"form": "bench"}}, "labels", "what a benchmark reads does not fit in one character"),
        (BENCH | {"reads": ("response",)}, "reads", "requirement is missing"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes: dict[str, Any], field: str, said: str) -> None:
    found = [(".".join(map(str, loc)), message) for loc, message in faults(spec(**changes))]
    assert any(where == field and said in message for where, message in found), found


@pytest.mark.parametrize(
    ("reply", "field"),
    [
        ({"form": "brackets", "values": {"A": 1.0, "B": -1.0}}, "values"),
        ({"form": "brackets", "values": {"A": 3.0, "tie": 1.0, "B": 0.0}}, "values"),
        ({"form": "json", "low": 1, "high": 10}, "high"),
        ({"form": "json"}, "high"),
        ({"form": "json", "low": 0, "high": 1}, None),
        ({"form": "brackets", "values": {"A": 1.0, "tie": 0.5, "B": 0.0}}, None),
    ],
)
def test_a_pair_gives_its_first_response_zero_to_one_points(reply: dict[str, Any], field: str | None) -> None:
    pair = {"unit": "pair", "reads": ("query", "response_a", "response_b"), "labels": {}, "answers": {"reasoned": "?"}}
    found = [(loc, message) for loc, message in faults(spec(reply=reply, **pair)) if "points" in message]
    assert [loc for loc, _ in found] == ([("reply", field)] if field else [])


@pytest.mark.parametrize(
    ("values", "is_fair"),
    [
        ({"A>B": 1.0, "A=B": 0.5, "B>A": 0.0}, True),
        ({"A": 0.7, "B": 0.3, "both": 0.5}, True),
        ({"first": 1.0, "second": 0.0}, True),
        ({"A": 1.0, "B": 1.0, "C": 0.0}, False),
        ({"A>>B": 1.0, "B>>A": 0.25}, False),
    ],
)
def test_a_pair_is_worth_the_same_from_both_sides(values: dict[str, float], is_fair: bool) -> None:
    pair = {"unit": "pair", "reads": ("query", "response_a", "response_b"), "labels": {}, "answers": {"reasoned": "?"}}
    found = [
        loc
        for loc, message in faults(spec(reply={"form": "brackets", "values": values}, **pair))
        if "1 together" in message
    ]
    assert found == ([] if is_fair else [("reply", "values")])


def test_a_ranking_has_no_labels() -> None:
    found = list(faults(spec(unit="list", reads=("query", "responses"), reply={"form": "ranking"})))
    assert found == [(("labels",), "a ranking does not fit in one character")]


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": "item"}, {"reads": ("reference",)}, {"about": ""}, {"reply": {"form": "xml"}}, {"colour": "red"},
        official(user={"places": {"": "response"}}),
        {"answers": {}}, {"reply": {"form": "json", "field": "a b"}}, {"labels": {"1": float("nan")}},
    ],
)  # fmt: skip
def test_records_are_strict(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec(**changes)


def test_the_schema_asks_for_the_reason_first_and_lists_the_scores() -> None:
    schema = spec(reply=LEVELS | {"high": 3, "reason": "why"}).reply_schema
    assert schema == {
        "type": "object",
        "properties": {"why": {"type": "string"}, "score": {"type": "integer", "enum": [1, 2, 3]}},
        "required": ["why", "score"],
        "additionalProperties": False,
    }
    assert list(schema["properties"]) == ["why", "score"]


def test_other_forms_have_no_schema() -> None:
    assert spec().reply_schema is None
    assert spec(**BENCH).reply_schema is None
