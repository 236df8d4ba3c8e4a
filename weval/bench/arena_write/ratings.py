"""Ratings of models and baselines from battles: Bradley-Terry strengths, as log odds or as Elo points.

A rating is defined against an anchor, and only for who both won points from it and lost points to it, or did so through
others: whoever won every battle has no highest likely strength. Such a rating is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from weval.bench.arena_write.scoring import Battle, Game, battles
from weval.bench.items import Mode, is_original
from weval.errors import ConfigError, OriginalError, missing_extra
from weval.metrics.arrays import BoolArray, FloatArray
from weval.metrics.resampling import resample_counts

ELO_PER_LOG_ODDS = 400 / math.log(10)
ANCHOR_ELO = 1000.0

_MOST_LOG_ODDS = 700.0
"""A float holds the odds."""

_TOLERANCE, _LIMIT = 1e-10, 10_000
"""Of the solver: strengths are exact to about 1e-8 Elo points, after some ten rounds."""

_RESULTS = (1.0, 0.5, 0.0)
_RESAMPLES = 1000


class _Table(NamedTuple):
    """Battles counted: `counts`, (questions, pairs, 3), are wins, ties and losses of the first of each pair of players.

    `pairs`, (pairs, 2), are indexes into `players`, which are in the order of their names.
    """

    players: list[str]
    pairs: npt.NDArray[np.int64]
    counts: FloatArray


def elo(
    games: Sequence[Game], weight: int = 3, anchor: str | None = None, mode: Mode = "repaired"
) -> dict[str, float | None]:
    """The Elo points of every model and baseline, the highest first; the anchor has 1000.

    These are Bradley-Terry strengths at their highest likelihood, 400 points for odds of 10 to 1, a tie half a win; no
    order of battles matters and there is no K. The anchor is the first baseline by name unless given. `original` is
    Arena-Hard's v0.1 (battles with rule v0.1), the same optimum by another solver; where a rating is not defined, its
    number is where its solver stopped, and this raises OriginalError, as where there is no verdict. `repaired` takes
    games with both verdicts only; of no games there are no ratings.
    Raises ConfigError for an anchor that is in no game, and where evalica is not installed.
    Source: lmarena/arena-hard-auto 8fd0c830, utils_math.py, compute_mle_elo.

    >>> games = [Game("1", "m", "b", ("B>A", "A>B")), Game("2", "m", "b", ("A=B", "B>A"))]
    >>> {player: round(points) for player, points in elo(games).items() if points is not None}
    {'m': 1089, 'b': 1000}
    """
    original = is_original(mode)
    found = battles(games, weight, "v0.1" if original else "repaired")
    if original and not found:
        raise OriginalError("Arena-Hard's script stops: there is no verdict to fit strengths to")
    if not games:
        return {}
    table = _counted(found, found if original else games)
    ratings = _ratings(table, _index(table, games, anchor), ELO_PER_LOG_ODDS, ANCHOR_ELO)
    if original and (without := [player for player, points in ratings.items() if points is None]):
        raise OriginalError(
            f"Arena-Hard's script gives {without[0]!r} a number that means nothing: no strength is the most likely, as "
            "all of its battles, or of those that link it to the anchor, went one way"
        )
    return ratings


def bradley_terry(
    games: Sequence[Game], weight: int = 3, anchor: str | None = None, mode: Mode = "repaired"
) -> dict[str, float | None]:
    """The strength of every model and baseline in log odds, the highest first. The anchor has 0.

    `repaired` is the highest likelihood, as in elo. `original` is the fit of Arena-Hard's v2 without its control of
    style: it starts at 0.5 for all, goes 50 steps and stops short of the optimum, so that win rates are nearer to 0.5
    than those observed; it has no anchor, only differences count. It knows one baseline: ConfigError for several.
    Source: lmarena/arena-hard-auto 196f6b82, utils/math_utils.py, fit_pairwise_model.

    >>> games = [Game("1", "m", "b", ("B>A", "A>B")), Game("2", "m", "b", ("A=B", "B>A"))]
    >>> {player: f"{strength:.3f}" for player, strength in bradley_terry(games).items()}
    {'m': '0.511', 'b': '0.000'}
    """
    if is_original(mode):
        return _sorted(_unconverged(battles(games, weight, "v2"), games))
    if not games:
        return {}
    table = _counted(battles(games, weight), games)
    return _ratings(table, _index(table, games, anchor), 1.0, 0.0)


def elo_intervals(
    games: Sequence[Game],
    *,
    seed: int,
    n_resamples: int | None = None,
    weight: int = 3,
    anchor: str | None = None,
    level: float = 0.95,
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Elo points as by elo, repaired, and the ends of their percentile bootstrap intervals over questions.

    A question is resampled with all of its games, 1,000 times unless told otherwise. The anchor has 1000 in every
    resample, so its interval has no width. (Arena-Hard's v0.1 resamples battles and loses the anchor on the way: its
    resamples have mean 1000 instead, and its interval need not hold its own point.) An end is None where it is not
    bounded: in so many resamples that the player won everything, or lost everything. Resamples in which nothing links
    it to the anchor are left out.
    """
    if not 0 < level < 1:
        raise ConfigError(f"the level of an interval is {level}; it must be between 0 and 1")
    if not games:
        return {}
    table = _counted(battles(games, weight), games)
    at = _index(table, games, anchor)
    point = _ratings(table, at, ELO_PER_LOG_ODDS, ANCHOR_ELO)
    n_questions = len(table.counts)
    if n_questions < 2:
        return {player: (value, None, None) for player, value in point.items()}
    flat = table.counts.reshape(n_questions, -1)
    draws = np.concatenate(
        [
            [_strengths(table, sums.reshape(-1, 3), at) for sums in drawn @ flat]
            for drawn in resample_counts(n_questions, n_resamples or _RESAMPLES, seed)
        ]
    )
    ends = {}
    for player, column in zip(table.players, draws.T, strict=True):
        ends[player] = (None, None) if point[player] is None else _percentiles(column, level)
    return {player: (value, *ends[player]) for player, value in point.items()}


def win_probability(
    ratings: Mapping[str, float | None], player: str, anchor: str, per_log_odds: float = ELO_PER_LOG_ODDS
) -> float | None:
    """The chance that a player wins against the anchor by their ratings, 0 to 1; None where one has no rating.

    `per_log_odds` is 1 for ratings of bradley_terry.

    >>> win_probability({"m": 1400.0, "b": 1000.0}, "m", "b")
    0.9090909090909091
    """
    ours, theirs = ratings[player], ratings[anchor]
    if ours is None or theirs is None:
        return None
    return 1 / (1 + math.exp(min((theirs - ours) / per_log_odds, _MOST_LOG_ODDS)))


def _counted(found: Sequence[Battle], games: Sequence[Game | Battle]) -> _Table:
    """Battles by question and pair, of all players, pairs and questions of the games, also those without a battle."""
    players = sorted({name for game in games for name in (game.model, game.baseline)})
    places = {name: place for place, name in enumerate(players)}
    pairs = {pair: n for n, pair in enumerate(sorted({(game.model, game.baseline) for game in games}))}
    questions = {question: n for n, question in enumerate(sorted({game.question for game in games}))}
    counts = np.zeros((len(questions), len(pairs), len(_RESULTS)))
    for battle in found:
        counts[questions[battle.question], pairs[battle.model, battle.baseline], _RESULTS.index(battle.points)] += 1
    indexes = np.array([[places[name] for name in pair] for pair in pairs], dtype=np.int64).reshape(-1, 2)
    return _Table(players, indexes, counts)


def _index(table: _Table, games: Sequence[Game], anchor: str | None) -> int:
    """Where the anchor is among the players."""
    anchor = min(game.baseline for game in games) if anchor is None else anchor
    if anchor not in table.players:
        raise ConfigError(f"the anchor {anchor!r} is in no game; players are {', '.join(table.players)}")
    return table.players.index(anchor)


def _ratings(table: _Table, at: int, scale: float, shift: float) -> dict[str, float | None]:
    strengths = _strengths(table, table.counts.sum(axis=0), at).tolist()
    named = zip(table.players, strengths, strict=True)
    return _sorted({player: scale * value + shift if math.isfinite(value) else None for player, value in named})


def _sorted(ratings: dict[str, float | None]) -> dict[str, float | None]:
    return dict(sorted(ratings.items(), key=lambda rated: math.inf if rated[1] is None else -rated[1]))


def _strengths(table: _Table, counts: FloatArray, at: int) -> FloatArray:
    """The log odds of each player against the anchor by counts (pairs, 3).

    Infinite for who is linked to the anchor by battles that all went one way, NaN for who is not linked to it.
    """
    above = _reach(table, counts)
    strengths = np.where(above[:, at], np.inf, np.where(above[at], -np.inf, np.nan))
    together = above[:, at] & above[at]
    together[at] = True
    # Battles with players outside are certain at the optimum, and add nothing to the likelihood of those inside.
    inside = together[table.pairs].all(axis=1)
    strengths[together] = 0.0
    if together.sum() > 1:
        fitted = _fitted(table.pairs[inside], counts[inside])
        for player, strength in fitted.items():
            strengths[player] = math.log(strength / fitted[at])
    return strengths


def _reach(table: _Table, counts: FloatArray) -> BoolArray:
    """Whether i took points from j, or from one who did and so on, (n, n)."""
    n = len(table.players)
    above = np.zeros((n, n), dtype=np.bool_)
    first, second = table.pairs.T
    np.logical_or.at(above, (first, second), counts[:, 0] + counts[:, 1] > 0)
    np.logical_or.at(above, (second, first), counts[:, 2] + counts[:, 1] > 0)
    for middle in range(n):
        above |= above[:, middle, None] & above[middle]
    return above


def _fitted(pairs: npt.NDArray[np.int64], counts: FloatArray) -> dict[int, float]:
    """Strengths at the highest likelihood, up to a common factor, of players all of whom reach one another."""
    try:
        import evalica
    except ImportError as error:
        raise missing_extra("evalica", "bench", "rating players") from error
    winners = (evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y)
    rows = [
        (first, second, winner, n)
        for (first, second), results in zip(pairs.tolist(), counts.tolist(), strict=True)
        for winner, n in zip(winners, results, strict=True)
        if n > 0
    ]
    first, second, winner, n = map(list, zip(*rows, strict=True))
    found = evalica.bradley_terry(first, second, winner, weights=n, tolerance=_TOLERANCE, limit=_LIMIT)
    return {int(player): float(strength) for player, strength in found.scores.items()}


def _percentiles(strengths: FloatArray, level: float) -> tuple[float | None, float | None]:
    """The ends of the interval in Elo points: values at its percentiles or outside, as infinite ones have no mean."""
    known = np.sort(strengths[~np.isnan(strengths)])
    if not len(known):  # in no resample were there all the questions that link it to the anchor
        return None, None
    tail = (1 - level) / 2 * (len(known) - 1)
    low, high = known[math.floor(tail)], known[len(known) - 1 - math.floor(tail)]
    points = (ELO_PER_LOG_ODDS * float(end) + ANCHOR_ELO for end in (low, high))
    first, second = (end if math.isfinite(end) else None for end in points)
    return first, second


def _unconverged(found: Sequence[Battle], games: Sequence[Game]) -> dict[str, float | None]:
    """Arena-Hard v2's fit, in single precision and with its settings."""
    try:
        import torch
    except ImportError as error:
        raise missing_extra("torch", "hf", "the original fit of strengths") from error
    if not found:
        raise OriginalError("Arena-Hard's script stops: there is no battle to fit strengths to")
    baselines = sorted({game.baseline for game in games})
    if len(baselines) != 1:
        raise ConfigError(f"the original fit of strengths is for one baseline, not {len(baselines)}")
    players = sorted({battle.model for battle in found} | set(baselines))
    design = torch.zeros(len(found), len(players))
    for row, battle in enumerate(found):
        design[row, players.index(battle.model)] = 1.0
        design[row, players.index(battle.baseline)] = -1.0
    won = torch.tensor([battle.points for battle in found])
    strengths = torch.full((len(players),), 0.5, requires_grad=True)
    solver: Any = torch.optim.LBFGS([strengths], lr=0.1, max_iter=50, tolerance_grad=1e-9, tolerance_change=1e-9)

    def loss() -> float:
        solver.zero_grad()
        chance = torch.sigmoid(design @ strengths)
        total: Any = -(torch.log(chance) * won + torch.log(1.0 - chance) * (1.0 - won)).sum()
        total.backward()
        return float(total.detach())

    solver.step(loss)
    return dict(zip(players, strengths.tolist(), strict=True))
