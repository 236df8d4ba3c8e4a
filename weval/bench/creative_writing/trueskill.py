"""TrueSkill of two players, as Creative Writing Bench has it computed: for comparison with its published ratings.

The order of the games decides (its case, played backwards, moves a writer by 170 points), so nothing of ours rests on
this. Source: EQ-bench/creative-writing-bench at e7ab0091, core/trueskill_solver_cw.py and core/elo.py; the update is
that of Herbrich, Minka and Graepel (2006), TrueSkill, in closed form. The library that the original calls (trueskill
0.4.5) takes the normal distribution from an approximation with seven digits, which is repeated here, because its
errors add up and, in a draw, are larger than what they are errors of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from weval.bench.creative_writing.criteria import ANCHORS
from weval.bench.creative_writing.pairwise import BINS, Match, bins
from weval.bench.items import Mode, is_original

_MU, _SIGMA, _BETA, _TAU = 1200.0, 400.0, 200.0, 4.0
_DRAW_MARGIN = 1.0634655995097232e-05
"""What the library's inverse of its normal distribution makes of a draw probability of 0."""

_ERFC = (
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277,
)
"""The complementary error function, to 1.2e-7 of its value: Press et al., Numerical Recipes, section 6.2."""


class Rating(NamedTuple):
    """What is believed of a writer's skill: a normal distribution."""

    mu: float = _MU
    sigma: float = _SIGMA


def trueskill(games: Iterable[Match], n_bins: int = BINS) -> dict[str, Rating]:
    """Ratings of all writers, from matches in the order in which they are played; a match is as many games as `bins`
    makes of it. The original publishes mu with 4 bins and takes its intervals from sigma with 3.

    A game whose update the library cannot compute ends its match, as the original does: an upset against odds beyond
    38 standard deviations, or a draw between such writers.

    >>> {name: round(rating.mu) for name, rating in trueskill([Match("1", "a", "b", 0.6)]).items()}
    {'a': 1402, 'b': 998}
    """
    found: dict[str, Rating] = {}
    for match in games:
        one, other = found.get(match.first, Rating()), found.get(match.second, Rating())
        wins, losses = bins(match.fraction, n_bins)
        try:
            if wins and losses:
                one, other = _played(one, other, drawn=True)
            for _ in range(0 if losses else wins):
                one, other = _played(one, other)
            for _ in range(0 if wins else losses):
                other, one = _played(other, one)
        except FloatingPointError:
            pass
        found |= {match.first: one, match.second: other}
    return found


def normalised(
    ratings: Mapping[str, float], mode: Mode = "repaired", anchors: Mapping[str, float] = ANCHORS
) -> dict[str, float] | None:
    """The ratings moved and stretched so that two writers have those of `anchors`.

    Without both of them, or if they are rated the same: repaired None, original the ratings as they are, in the second
    case moved only.

    >>> normalised({"a": 1.0, "b": 3.0, "c": 2.0}, anchors={"a": 200, "b": 1500})
    {'a': 200.0, 'b': 1500.0, 'c': 850.0}
    """
    original = is_original(mode)
    (one, high), (other, low) = anchors.items()
    if one not in ratings or other not in ratings:
        return dict(ratings) if original else None
    apart = ratings[one] - ratings[other]
    if abs(apart) < 1e-6 and not original:
        return None
    scale = 1.0 if abs(apart) < 1e-6 else (high - low) / apart
    return {name: value * scale + (high - scale * ratings[one]) for name, value in ratings.items()}


def _played(winner: Rating, loser: Rating, drawn: bool = False) -> tuple[Rating, Rating]:
    """Both after a game. Raises FloatingPointError where the library does."""
    one, other = (rating.sigma**2 + _TAU**2 for rating in (winner, loser))
    spread = math.sqrt(2 * _BETA**2 + one + other)
    apart, margin = (winner.mu - loser.mu) / spread, _DRAW_MARGIN / spread
    v, w = _of_draw(apart, margin) if drawn else _of_win(apart - margin)
    shares = [1 - variance / spread**2 * w for variance in (one, other)]
    if min(shares) <= 0:
        raise FloatingPointError
    return (
        Rating(winner.mu + one / spread * v, math.sqrt(one * shares[0])),
        Rating(loser.mu - other / spread * v, math.sqrt(other * shares[1])),
    )


def _of_win(apart: float) -> tuple[float, float]:
    """By how much a win moves the mean and narrows the spread, in units of the spread of both."""
    below = _below(apart)
    v = _density(apart) / below if below else -apart
    w = v * (v + apart)
    if not 0 < w < 1:
        raise FloatingPointError
    return v, w


def _of_draw(apart: float, margin: float) -> tuple[float, float]:
    high, low = margin - abs(apart), -margin - abs(apart)
    between = _below(high) - _below(low)
    if not between:
        raise FloatingPointError
    v = (_density(low) - _density(high)) / between
    w = v**2 + (high * _density(high) - low * _density(low)) / between
    return (-v if apart < 0 else v), w


def _below(z: float) -> float:
    """The library's normal distribution function: 0 below about -38."""
    x = abs(z) / math.sqrt(2)
    t = 1 / (1 + x / 2)
    power = 0.0
    for factor in reversed(_ERFC[1:]):
        power = t * (power + factor)
    tail = t * math.exp(-x * x + _ERFC[0] + power) / 2  # added up in the library's order: draws live on the last bits
    return tail if z <= 0 else 1 - tail


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
