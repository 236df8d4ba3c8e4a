"""The two texts that a judge is tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from weval.adapters.judge.trying import easy_requests, tried
from weval.types import Reply, Request, Score, Unit


def asker(*values: Any) -> Callable[[Sequence[Request]], Iterable[tuple[Reply, Score]]]:
    """Answers each request with the next values, or with an unparsed reply for None."""

    def ask(requests: Sequence[Request]) -> Iterable[tuple[Reply, Score]]:
        for request, found in zip(requests, values, strict=True):
            score = Score.missing(request, "unparsed", "no verdict") if found is None else Score.ok(request, *found)
            yield Reply(request.id, "ok", "text"), score

    return ask


@pytest.mark.parametrize(
    "unit, n, responses", [("response", 2, 1), ("requirement", 2, 1), ("pair", 2, 2), ("list", 1, 2)]
)
def test_each_unit_is_asked_about_an_answer_and_a_text_beside_the_point(unit: Unit, n: int, responses: int) -> None:
    requests = easy_requests(unit)
    assert len(requests) == n and all(len(request.responses) == responses for request in requests)
    assert len({request.id for request in requests}) == n
    if unit == "pair":
        assert requests[0].responses == requests[1].responses[::-1]


@pytest.mark.parametrize(
    "unit, values, easy",
    [
        ("requirement", [(1.0,), (0.0,)], (1.0, 0.0)),
        ("pair", [(1.0,), (0.0,)], (1.0, 0.0)),
        ("pair", [(1.0,), (1.0,)], (0.5, 0.5)),  # the first shown wins both times
        ("list", [(-1.0, -2.0)], (-1.0, -2.0)),
        ("response", [(7.0,), None], None),
    ],
)
def test_what_the_two_texts_got(unit: Unit, values: list[Any], easy: Any) -> None:
    assert tried("judge", "model", unit, asker(*values)).easy == easy


def test_a_judge_that_does_not_tell_them_apart_is_remarked_on_not_refused() -> None:
    (remark,) = tried("judge", "model", "response", asker((5.0,), (5.0,))).remarks
    assert "5 and 5" in remark and "tell them apart" in remark
    (remark,) = tried("judge", "model", "response", asker((5.0,), None)).remarks
    assert "no verdict" in remark
