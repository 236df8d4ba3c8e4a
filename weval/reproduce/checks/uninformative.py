"""Judges that do not read, through the released script and through ours: exact expectations over all outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import comb

import numpy as np

from weval.metrics import METRICS, FloatArray, IntArray, released
from weval.reproduce.checks.printed import FIGURES, ROUNDING, Figures, Printed, PrintedRow
from weval.types import Record

YES_RATES = (0.5, 0.9, 0.95, 0.99)
"""How often the judges that flip a coin say yes."""

_LEAST_STEP = 1000
"""The least rate that beats every row is looked for in steps of 0.1 %."""


class RowsBeaten(Record):
    """The printed rows that an expectation is above, by more than rounding: on one figure, and on all three at once."""

    correlation: tuple[str, ...]
    il: tuple[str, ...]
    pl: tuple[str, ...]
    all_three: tuple[str, ...]


class Judge(Record):
    """A judge that knows nothing, and what it is expected to get by the released script and by ours, in percent.

    `yes_rate` is the chance that a coin says yes of a requirement; null for a judge without one.
    """

    name: str
    yes_rate: float | None
    released: Figures
    headline: Figures
    beats: RowsBeaten


class Judges(Record):
    """The judges, and the least rate of yes, in steps of 0.001, from which a coin beats all printed rows on all three
    figures.
    """

    judges: tuple[Judge, ...]
    least_rate: float | None


def judges(printed: Printed) -> Judges:
    """What judges that do not read are expected to get, beside the printed rows."""
    n = printed.n_candidates
    outcomes = yes_counts(n)
    both = _both(outcomes)
    found = [
        _judge("the same of every text", None, _both(np.ones((1, n)))[0], printed.rows),
        _judge("a random number", None, _both(orders(n)).mean(axis=0), printed.rows),
        *(_judge(f"yes at {rate:.0%}", rate, chances(outcomes, rate) @ both, printed.rows) for rate in YES_RATES),
    ]
    rates = (step / _LEAST_STEP for step in range(_LEAST_STEP // 2, _LEAST_STEP))
    best = np.array([max(getattr(row.figures, name) for row in printed.rows) for name in FIGURES])
    over = ((100 * chances(outcomes, rate) @ both[:, : len(FIGURES)] > best + ROUNDING).all() for rate in rates)
    least = next((step for step, beats in enumerate(over, _LEAST_STEP // 2) if beats), None)
    return Judges(judges=tuple(found), least_rate=None if least is None else least / _LEAST_STEP)


def yes_counts(n: int) -> IntArray:
    """How many of n requirements n candidates can be told to meet, in all combinations: (m, n) with m = (n + 1)^n.

    >>> yes_counts(2).shape
    (9, 2)
    """
    found: IntArray = np.indices((n + 1,) * n).reshape(n, -1).T
    return found


def chances(outcomes: IntArray, rate: float) -> FloatArray:
    """The chance of each outcome, (m,), where every answer is yes with this chance, whatever the text.

    >>> chances(yes_counts(2), 0.5).round(4).tolist()[:3]
    [0.0625, 0.125, 0.0625]
    """
    n = outcomes.shape[1]
    of_count = np.array([comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)])
    found: FloatArray = of_count[outcomes].prod(axis=1)
    return found


def orders(n: int) -> FloatArray:
    """Scores in each of the n! orders, (n!, n): what a continuous random number gives, all equally likely.

    >>> orders(3).shape
    (6, 3)
    """
    return np.array(list(permutations(range(n))), dtype=np.float64)


def _both(scores: FloatArray | IntArray) -> FloatArray:
    """The three figures of the released script and the three of ours for each row of scores, (m, 6), as fractions."""
    gold = np.broadcast_to(np.arange(scores.shape[1], 0, -1), scores.shape)
    return np.column_stack([*released(gold, scores), *(METRICS[name](gold, scores) for name in FIGURES)])


def _judge(name: str, rate: float | None, both: FloatArray, rows: Sequence[PrintedRow]) -> Judge:
    by_script, ours = (Figures.of(part.tolist()) for part in np.split(both, 2))
    beaten = {figure: tuple(row.label for row in rows if _above(by_script, row, figure)) for figure in FIGURES}
    on_all = tuple(row.label for row in rows if all(_above(by_script, row, figure) for figure in FIGURES))
    beats = RowsBeaten(**beaten, all_three=on_all)
    return Judge(name=name, yes_rate=rate, released=by_script, headline=ours, beats=beats)


def _above(figures: Figures, row: PrintedRow, name: str) -> bool:
    found: bool = getattr(figures, name) > getattr(row.figures, name) + ROUNDING
    return found
