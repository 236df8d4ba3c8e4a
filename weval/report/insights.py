"""What a run's diagnosis says, in sentences: what moves the score, and how much its figures can tell."""

from __future__ import annotations

from collections.abc import Iterator

from weval.report.wording import LENGTH_BIAS
from weval.results import Result
from weval.wording import interval, number, value_of


def insights(result: Result) -> list[str]:
    """One sentence or two on each part of the diagnosis that is defined."""
    return [
        *_length(result),
        *_position(result),
        *_ceiling(result),
        *_ties(result),
        *_resolution(result),
        *_detectable(result),
    ]


def _length(result: Result) -> Iterator[str]:
    if bias := result.diagnosis.length_bias:
        yield f"Length bias {value_of(bias)} ({interval(bias.ci)}): {LENGTH_BIAS}."


def _position(result: Result) -> Iterator[str]:
    if bias := result.diagnosis.position_bias:
        yield (
            f"Position bias {value_of(bias)} ({interval(bias.ci)}): how much more often the text shown first wins than "
            "it would if the order did not matter."
        )


def _ceiling(result: Result) -> Iterator[str]:
    if ceiling := result.diagnosis.noise_ceiling:
        found = ceiling.correlation
        yield (
            f"Noise ceiling {value_of(found)} ({interval(found.ci)}): the correlation to expect of counting the "
            "requirements that a text meets. Gold counts those it was written to, and some that were dropped are met "
            f"anyway. Checks decide {ceiling.checked:.0%} of them; the others are taken to be met as often."
        )


def _ties(result: Result) -> Iterator[str]:
    low, high = (result.diagnosis.tie_rules[rule]["correlation"] for rule in ("adverse", "favourable"))
    if low is not None and high is not None and low < high:
        yield (
            f"Ties decide: by the rule for tied scores, the correlation lies anywhere from {number(low)} (all against "
            f"gold) to {number(high)} (all in gold order, as in the released script)."
        )


def _resolution(result: Result) -> Iterator[str]:
    found = result.diagnosis.resolution
    ties = f"{found.tied:.1%} of the pairs are tied exactly"
    if found.near_ties is None:
        yield f"Resolution: {ties}. Nobody measured how far a score drifts without cause, so near ties are not known."
    else:
        yield f"Resolution: {ties}; {found.near_ties:.1%} more are no further apart than the drift, {found.drift:g}."


def _detectable(result: Result) -> Iterator[str]:
    found = result.diagnosis.detectable_difference["correlation"]
    if found is not None:
        yield (
            f"Two models as varied as this one, each going its own way, are told apart on {result.n_scored} items four "
            f"times in five if their correlations differ by {number(found)}; less if they go together."
        )
