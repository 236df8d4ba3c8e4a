"""Requests and scores keep everything on their way, and nothing that is no score becomes one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from weval.adapters.exchange import NoRequest, answer, posted, request_in, score_of
from weval.remote.posting import NoAnswer
from weval.tasks import load_task
from weval.types import ContainsCheck, Request, Requirement, Score

WATER = ContainsCheck(kind="contains", all=("水",), min_times=2)
PLAIN = Request("r1", "g", "Tea. Be short.", "Tea.", None, (), ("It is hot.",))


def travelled(content: Any) -> Any:
    return json.loads(json.dumps(content))


@pytest.mark.parametrize("name", ["plain", "empty", "full", "mini"])
def test_a_request_arrives_as_it_was_sent(name: str) -> None:
    water = Requirement(id="c1", type="content", text="Mention water.", check=WATER)
    item = next(iter(load_task("weval-mini").items()))
    request = {
        "plain": PLAIN,
        "empty": Request("", "", "", "", None, (), ("",)),
        "full": replace(PLAIN, language="zh", requirements=(water,), requirement=water),
        "mini": replace(PLAIN, requirements=item.requirements, requirement=item.requirements[0]),
    }[name]
    assert request_in(travelled(posted(request))) == request


def test_a_query_and_a_response_are_enough() -> None:
    found = request_in({"query": "Tea.", "response": "Hot."})
    assert (found.query, found.instruction, found.asked, found.responses) == ("Tea.", "Tea.", "Tea.", ("Hot.",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "query: is missing; response: is missing"),
        ({"query": "a", "response": None}, "response: must be a string, not null"),
        ({"query": "a", "response": "b", "requirement": "c"}, "requirement: must be an object, not 'c'"),
        ({"query": "a", "response": "b" * 1_000_001}, "response: has 1,000,001 characters; at most 1,000,000"),
        ({"query": "a", "response": "b", "x\n\x1b": 1}, r"x\\n\\x1b: is not a known key"),
        ([], "a request: must be an object, not a list"),
    ],
)
def test_what_is_no_request(content: Any, said: str) -> None:
    with pytest.raises(NoRequest, match=f"^{said}") as caught:
        request_in(content)
    assert str(caught.value).isprintable()


def test_a_score_arrives_as_it_was_given() -> None:
    for score in (
        Score.ok(PLAIN, 1 / 3),
        Score.missing(PLAIN, "truncated", "9 tokens"),
        Score.missing(PLAIN, "not_applicable", "no check"),
        Score("r1", "ok", (-0.0,), None, "raw", 1, 2, 0.5, 0.25, ((1.0,), None), 0.75),
    ):
        assert score_of(travelled(answer(score)), PLAIN) == score


@pytest.mark.parametrize(
    "content",
    [
        {},
        None,
        [],
        {"status": "ok"},
        {"status": "ok", "values": None},
        {"status": "ok", "values": ["one"]},
        {"status": "ok", "values": [1.0], "more": 1},
        {"status": "ok", "values": [1.0, 2.0]},
        {"status": "ok", "values": [float("inf")]},
        {"status": "fine", "values": [1.0]},
        {"status": "failed", "reason": "x", "values": [1.0]},
        {"status": "failed"},
    ],
)
def test_what_is_no_score_has_no_value(content: Any) -> None:
    with pytest.raises(NoAnswer, match=r"^the reply holds ") as caught:
        score_of(content, PLAIN)
    assert caught.value.status == "failed"
    assert str(caught.value).isprintable()
