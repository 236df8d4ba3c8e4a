"""What the rule for ties is worth to each type of judge: one scorer, which emits its opinion in seven ways.

Simulated, with a fixed seed. A candidate has for every requirement a latent opinion: +1 if it was kept, -1 if it was
dropped, plus noise of the text and noise of the requirement. All types see the same opinions, and differ in what they
emit. So what they get differently comes from the numbers that they emit, and from the rule for ties.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from weval.metrics import (
    METRICS,
    FloatArray,
    IntArray,
    broken_ties,
    requirement_means,
    round_requirement_scores,
    tie_rate,
)
from weval.randomness import generator
from weval.reproduce.checks.printed import FIGURES, Figures, percent
from weval.types import Record

N_ITEMS = 5000
SEED = 0

TEXT_NOISE, REQUIREMENT_NOISE = 0.25, 0.6
"""So that the scorer, as a number for the whole text, stands where the published scalar reward models do."""

_MIDDLE, _POINTS = 5.5, 2.0
"""An opinion on a scale from 1 to 10: where 0 lies, and how many points a step of 1 is."""

_ROUNDS_TO_1 = 0.9995
"""From here on, a probability at three decimals is 1.000."""

LENIENT = 0.9
"""How often the lenient judge says yes."""


class JudgeType(Record):
    """A way of emitting opinions: the share of pairs that it leaves tied, and the figures by each rule for ties, in
    percent, IL by the printed formula. `headline` is ours (expectation), `favourable` the released script's (gold
    order), `adverse` its reverse.
    """

    name: str
    tied: float
    adverse: Figures
    headline: Figures
    favourable: Figures


class Ties(Record):
    """Every type on the same simulated items."""

    n_items: int
    seed: int
    types: tuple[JudgeType, ...]


def ties(n_candidates: int) -> Ties:
    """Each type of judge under each rule for ties, on items of so many candidates and as many requirements."""
    gold = np.broadcast_to(np.arange(n_candidates, 0, -1), (N_ITEMS, n_candidates))
    emitted = emissions(opinions(N_ITEMS, n_candidates, SEED))
    types = tuple(_judge_type(name, gold, scores) for name, scores in emitted.items())
    return Ties(n_items=N_ITEMS, seed=SEED, types=types)


def opinions(n_items: int, n: int, seed: int) -> FloatArray:
    """Latent opinions of n candidates on n requirements, (m, n, n): the first candidate kept all, the last one.

    >>> opinions(2, 5, 0).shape
    (2, 5, 5)
    """
    draws = generator(seed, "checks", "ties")
    kept = np.tri(n)[::-1]
    text = TEXT_NOISE * draws.standard_normal((n_items, n, 1))
    found: FloatArray = 2 * kept - 1 + text + REQUIREMENT_NOISE * draws.standard_normal((n_items, n, n))
    return found


def emissions(opinion: FloatArray) -> Mapping[str, FloatArray]:
    """Scores (m, n) by the type of judge that has these opinions (m, n, r); means rounded as the released script does.

    The two of `softmax` turn opinions into probabilities with a slope at which half, or nine of ten, round to 0 or 1.

    >>> list(emissions(opinions(2, 5, 0)))[0]
    'a logit for the whole text'
    """
    rating = _MIDDLE + _POINTS * opinion
    lenient = np.quantile(opinion, 1 - LENIENT)
    return {
        "a logit for the whole text": opinion.mean(axis=2),
        "softmax, half at 0 or 1": _mean(_softmax(opinion, 0.5)),
        "softmax, 9 of 10 at 0 or 1": _mean(_softmax(opinion, 0.9)),
        "1 to 10 per requirement": _mean(_on_scale(rating)),
        "1 to 10 for the whole text": _on_scale(rating.mean(axis=2)),
        "yes or no": _mean((opinion > 0).astype(np.float64)),
        f"yes or no, yes at {LENIENT:.0%}": _mean((opinion > lenient).astype(np.float64)),
    }


def _softmax(opinion: FloatArray, saturated: float) -> FloatArray:
    """Probabilities at three decimals, of which such a share is 0 or 1."""
    slope = np.log(_ROUNDS_TO_1 / (1 - _ROUNDS_TO_1)) / np.quantile(np.abs(opinion), 1 - saturated)
    return round_requirement_scores((1 + np.tanh(slope * opinion / 2)) / 2)  # a logistic curve that cannot overflow


def _on_scale(rating: FloatArray) -> FloatArray:
    return np.clip(np.round(rating), 1, 10)


def _mean(values: FloatArray) -> FloatArray:
    return requirement_means(values, np.ones(values.shape, dtype=np.bool_))


def _judge_type(name: str, gold: IntArray, scores: FloatArray) -> JudgeType:
    return JudgeType(
        name=name,
        tied=percent(float(tie_rate(gold, scores).mean())),
        adverse=_figures(gold, broken_ties(gold, scores, in_gold_order=False)),
        headline=_figures(gold, scores),
        favourable=_figures(gold, broken_ties(gold, scores, in_gold_order=True)),
    )


def _figures(gold: IntArray, scores: FloatArray) -> Figures:
    return Figures.of([float(METRICS[name](gold, scores).mean()) for name in FIGURES])
