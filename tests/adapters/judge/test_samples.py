from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.judge.outcome import NoVerdict, Verdict
from weval.adapters.judge.samples import Combined, combined
from weval.errors import AdapterError
from weval.types import Score

WIN, LOSS = Verdict((1.0,), "A>B"), Verdict((0.0,), "B>A")
NONE, REFUSED, SHORT = NoVerdict("no verdict"), NoVerdict("sorry", "refused"), NoVerdict("cut", "truncated")


def test_one_reply_is_its_own_score_or_reason() -> None:
    assert combined([WIN], 1) == Combined("ok", (1.0,), None, ((1.0,),))
    assert combined([REFUSED], 1) == Combined("refused", (), "sorry", (None,))


def test_the_mean_is_over_those_with_a_verdict_if_they_are_more_than_half() -> None:
    assert combined([WIN, NONE, LOSS], 1) == Combined("ok", (0.5,), None, ((1.0,), None, (0.0,)))
    half = combined([WIN, NONE], 1)
    assert (half.status, half.values, half.samples) == ("unparsed", (), ((1.0,), None))
    assert half.reason == "1 of 2 replies without a verdict: no verdict"


def test_rankings_are_averaged_per_response() -> None:
    rankings = [Verdict((-1.0, -2.0, -3.0), "1 > 2 > 3"), Verdict((-3.0, -1.5, -1.5), "2 = 3 > 1")]
    assert combined(rankings, 3).values == (-2.0, -1.75, -2.25)


def test_the_most_common_status_and_its_most_common_reason_tell_why() -> None:
    other = NoVerdict("two verdicts")
    why = combined([SHORT, other, NONE, REFUSED, NONE, WIN], 1)
    assert (why.status, why.reason) == ("unparsed", "5 of 6 replies without a verdict: no verdict")
    first = combined([SHORT, REFUSED], 1)
    assert (first.status, first.reason) == ("truncated", "2 of 2 replies without a verdict: cut")


@pytest.mark.parametrize(("samples", "n_values"), [([], 1), ([WIN], 2), ([WIN, Verdict((1.0, 2.0), "x")], 1)])
def test_verdicts_of_another_size_are_a_fault(samples: list[Verdict | NoVerdict], n_values: int) -> None:
    with pytest.raises(AdapterError, match="values each"):
        combined(samples, n_values)


@given(st.lists(st.sampled_from([WIN, LOSS, Verdict((0.5,), "A=B"), NONE, REFUSED]), min_size=1, max_size=9))
def test_what_comes_out_is_a_score_and_the_order_does_not_matter(samples: list[Verdict | NoVerdict]) -> None:
    one = combined(samples, 1)
    Score("r", one.status, one.values, one.reason, samples=one.samples)
    back = combined(samples[::-1], 1)
    assert back.values == one.values
    assert back.samples == one.samples[::-1]
    assert (one.status == "ok") == (2 * sum(values is not None for values in one.samples) > len(samples))
