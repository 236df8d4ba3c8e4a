"""From the two verdicts of each game to battles, win rates, and what the order of showing did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from weval.bench.arena_write.parsing import VERDICTS, Rule, check_rule, points_of_a
from weval.bench.items import Mode, is_original
from weval.errors import ConfigError, OriginalError
from weval.metrics.order import order_counts

PUBLISHED_ROUNDS = 100
"""Arena-Hard's resamples."""


class Game(NamedTuple):
    """Two verdicts on one model's text and one baseline's for the same question.

    The first label is with the baseline shown as A and the model as B, the second the other way round. None is a reply
    without a verdict.
    """

    question: str
    model: str
    baseline: str
    labels: tuple[str | None, str | None]


class Battle(NamedTuple):
    """One verdict: the model's points against the baseline, 1 for a win, 0.5 for a tie, 0 for a loss."""

    question: str
    model: str
    baseline: str
    points: float


class WinRate(NamedTuple):
    """The share of battles won, ties half, 0 to 1; None without a battle.

    The counts are of battles, so a strong verdict counts as often as it weighs. `nulls` are games that have no verdict
    in one of the orders; they are in no other number.
    """

    value: float | None
    wins: int
    ties: int
    losses: int
    nulls: int


class PositionBias(NamedTuple):
    """What the order of showing did to games judged in both orders; shares are None without any.

    `flips` is the share of games whose verdict changes with the order, a win that becomes a tie too. `contradictions`
    is the share of those in which the text shown first wins both times, or loses both times. `first` is the share of
    points of the text shown first: 0.5 for a judge that goes by the texts.
    """

    games: int
    flips: float | None
    contradictions: float | None
    first: float | None


def battles(games: Iterable[Game], weight: int = 3, rule: Rule = "repaired") -> list[Battle]:
    """The verdicts of all games, the one with the model as A first. A strong verdict is there `weight` times.

    `repaired` leaves out games that lack a verdict in one of the orders: one order alone has the judge's bias for it.
    A label that is no verdict is a missing one. `v2` does the same, but such a label stops it: OriginalError. `v0.1`
    takes each verdict for itself, so that a game with one missing is judged in one order; a label other than its five
    is dropped. Source: lmarena/arena-hard-auto, show_result.py at 196f6b82 and 8fd0c830.

    >>> games = [Game("1", "m", "b", ("A=B", "A>>B")), Game("2", "m", "b", (None, "A>B"))]
    >>> [battle.points for battle in battles(games)]
    [1.0, 1.0, 1.0, 0.5]
    """
    check_rule(rule)
    if weight < 1:
        raise ConfigError(f"the weight of a strong verdict is {weight}; it must be at least 1")
    found = []
    for game in games:
        as_b, as_a = (_repeated(label, weight, rule) for label in game.labels)
        if rule != "v0.1" and not (as_a and as_b):
            if rule == "v2" and None not in game.labels:
                raise OriginalError(
                    f"Arena-Hard's script has a KeyError: question {game.question!r} of {game.model!r} "
                    f"has the labels {game.labels[0]!r} and {game.labels[1]!r}, of which one is no verdict"
                )
            continue
        points = [*as_a, *(1.0 - of_baseline for of_baseline in as_b)]
        found += [Battle(game.question, game.model, game.baseline, won) for won in points]
    return found


def win_rate(games: Sequence[Game], weight: int = 3, mode: Mode = "repaired") -> WinRate:
    """How often the models of the games win, over all of them; give it one model's games for that model's.

    With weight 1 every verdict counts alike; Arena-Hard counts a strong one three times. `original` is Arena-Hard's v2,
    and raises OriginalError for a label that is no verdict, where `repaired` counts a null. What Arena-Hard prints is
    not this figure but the mean over resamples of the same battles (published_scores).

    >>> win_rate([Game("1", "m", "b", ("A=B", "A>>B")), Game("2", "m", "b", (None, "A>B"))], weight=1)
    WinRate(value=0.75, wins=1, ties=1, losses=0, nulls=1)
    """
    found = battles(games, weight, "v2" if is_original(mode) else "repaired")
    points = [battle.points for battle in found]
    return WinRate(
        value=sum(points) / len(points) if points else None,
        wins=points.count(1.0),
        ties=points.count(0.5),
        losses=points.count(0.0),
        nulls=sum(_is_null(game) for game in games),
    )


def published_scores(games: Sequence[Game], weight: int = 3, *, seed: int) -> dict[str, tuple[float, float, float]]:
    """What Arena-Hard v2 prints of each model: score and ends of its interval, 0 to 1.

    The score is the mean of 100 bootstrap means and not the mean itself, the interval from 5 to 95 %. Battles are
    resampled, as if the two orders and the copies of a strong verdict were tasks of their own, so the interval is too
    narrow. Models go by what follows the last slash of their names. The published script sets no seed; with one set
    before it, the numbers are these. Source: lmarena/arena-hard-auto 196f6b82, show_result.py, print_leaderboard.

    >>> published_scores([Game("1", "org/m", "b", ("B>A", "A>B"))], seed=0)
    {'m': (1.0, 1.0, 1.0)}
    """
    by_model: dict[str, list[float]] = {}
    for battle in battles(games, weight, "v2"):
        by_model.setdefault(battle.model.rpartition("/")[2], []).append(battle.points)
    points = {model: np.array(by_model[model]) for model in sorted(by_model)}
    drawing = np.random.RandomState(seed)  # the old generator, in the order of pandas, for the same draws
    rounds = [
        [values[drawing.choice(len(values), size=len(values))].mean() for values in points.values()]
        for _ in range(PUBLISHED_ROUNDS)
    ]
    scores = {}
    for model, means in zip(points, np.array(rounds).reshape(PUBLISHED_ROUNDS, -1).T, strict=True):
        low, high = np.quantile(means, [0.05, 0.95]).tolist()
        scores[model] = (float(means.mean()), low, high)
    return scores


def position_bias(games: Iterable[Game]) -> PositionBias:
    """Whether the verdicts depend on the order in which the texts were shown (metrics/order.py).

    >>> position_bias([Game("1", "m", "b", ("A>B", "A>>B")), Game("2", "m", "b", ("B>A", "A>B"))])
    PositionBias(games=2, flips=0.5, contradictions=0.5, first=0.75)
    """
    worths = [[points_of_a(label) for label in game.labels] for game in games]
    both = [[worth[0] for worth in pair if worth] for pair in worths if None not in pair]
    if not both:
        return PositionBias(0, None, None, None)
    points = np.zeros((len(both), 2, 2))
    points[:, 0, 1], points[:, 1, 0] = np.array(both).T  # first the baseline shown first, then the model
    counts = order_counts(points, np.ones_like(points, dtype=np.bool_))
    flips, reversals, first = (float(part.mean()) for part in (counts.flips, counts.reversals, counts.first))
    return PositionBias(len(both), flips, reversals, first)


def _is_null(game: Game) -> bool:
    return any(points_of_a(label) is None for label in game.labels)


def _repeated(label: str | None, weight: int, rule: Rule) -> list[float]:
    """The points of A as often as they count; none for a label that does not."""
    worth = points_of_a(label) if rule != "v0.1" or label in VERDICTS else None
    return [] if worth is None else [worth[0]] * (weight if worth[1] else 1)
