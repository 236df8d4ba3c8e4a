from __future__ import annotations

import pytest

from weval.adapters.certifying import (
    check_finite,
    check_plausible,
    check_read,
    check_repeated,
    drift_between,
    fixed_requests,
    rounding,
)
from weval.errors import AdapterError
from weval.types import Drift, Request


def test_fixed_requests_are_as_a_run_would_make_them() -> None:
    for unit, n in (("response", 9), ("requirement", 18)):
        requests = fixed_requests(unit)
        assert len(requests) == len({request.id for request in requests}) == n
        assert all(request.query.startswith(request.instruction) for request in requests)
        assert all((request.requirement is not None) == (unit == "requirement") for request in requests)
        for request in requests:
            assert all(requirement.text in request.query for requirement in request.requirements)


def test_the_first_two_are_the_easy_pair() -> None:
    good, beside = fixed_requests("response")[:2]
    assert good.query == beside.query
    assert good.responses[0].endswith("?") and "asdf" in beside.responses[0]


def test_texts_differ_in_length_language_and_ending() -> None:
    texts = [request.responses[0] for request in fixed_requests("response")]
    assert max(map(len, texts)) > 10 * min(map(len, texts))
    assert any(text.endswith("\n") for text in texts)
    assert {request.language for request in fixed_requests("response")} == {"en", "zh"}


def test_equal_scores_of_the_easy_pair_are_no_scores() -> None:
    with pytest.raises(AdapterError, match=r"^m gives an answer and a text beside the point the same score \(2\)"):
        check_plausible("m", {"a": 2.0, "b": 2.0, "c": 3.0}, bounded=False)


def test_scores_after_a_sigmoid_are_refused_unless_meant() -> None:
    scores = {"a": 0.9, "b": 0.2, "c": 1.0}
    with pytest.raises(AdapterError, match=r"^m gives scores between 0 and 1 only \(0.2 to 1\).*bounded=true"):
        check_plausible("m", scores, bounded=False)
    check_plausible("m", scores, bounded=True)
    check_plausible("m", scores | {"d": 1.01}, bounded=False)
    check_plausible("m", scores | {"d": -0.01}, bounded=False)


def one(name: str, group: str) -> Request:
    return Request(name, group, "Q", "Q", None, (), ("x",))


def test_drift_is_the_largest_move_and_the_pairs_within_a_query_that_flip() -> None:
    requests = [one("a", "1"), one("b", "1"), one("c", "1"), one("d", "2")]
    found = drift_between(requests, [1.0, 2.0, 3.0, 0.0], [1.5, 1.4, 3.0, 9.0])
    assert (found.largest, found.flipped, found.n_pairs) == (9.0, 1, 3)


def test_a_tie_that_comes_or_goes_is_a_flip() -> None:
    requests = [one("a", "1"), one("b", "1")]
    assert drift_between(requests, [1.0, 1.0], [1.0, 1.1]).flipped == 1
    assert drift_between(requests, [1.0, 1.1], [1.0, 1.0]).flipped == 1
    assert drift_between(requests, [1.0, 1.0], [2.0, 2.0]).flipped == 0


def test_what_moves_by_more_than_rounding_is_random() -> None:
    assert rounding("float32", []) == 2**-10
    assert rounding("auto", [1.0]) == rounding("bfloat16", [1.0])  # not known: the coarsest
    drift = Drift(largest=0.01, flipped=0, n_pairs=1)
    check_repeated("m", drift, rounding("bfloat16", [0.5]))
    with pytest.raises(
        AdapterError, match=r"m: scored twice, a text got scores 0\.01 apart: something in it is random"
    ):
        check_repeated("m", drift, rounding("float32", [0.5]))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_score_that_is_no_number_is_said_with_the_remedy(value: float) -> None:
    with pytest.raises(AdapterError, match=r"^m gave -?(nan|inf) for a text of 1,200 tokens: .*--set dtype=bfloat16"):
        check_finite("m", value, 1200)
    check_finite("m", -1e300, 1200)


def test_the_easy_pair_must_be_readable() -> None:
    asked = fixed_requests("response")
    check_read("m", asked, [request.id for request in asked[:2]], 100)
    with pytest.raises(AdapterError, match=r"^m: reads 20 tokens, too few"):
        check_read("m", asked, [request.id for request in asked[1:]], 20)
