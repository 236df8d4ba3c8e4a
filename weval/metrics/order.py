"""Whether a judgement depends on the order in which texts were shown: flips of pairs, and what is shown first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, ratio, rows
from weval.metrics.verdicts import concordance


class OrderCounts(NamedTuple):
    """Of each item's pairs that were judged in both orders, all (m,).

    `pairs` is how many there are, `flips` those whose verdict changes with the order, `reversals` those of them in
    which the text shown first wins both times, or loses both times. `first` is the points of the text shown first: a
    point for each pair if it wins both times, half a point if it wins once and loses once.
    """

    pairs: IntArray
    flips: IntArray
    reversals: IntArray
    first: FloatArray


def order_counts(points: npt.ArrayLike, answered: npt.ArrayLike) -> OrderCounts:
    """What the order of showing does to the pairs of each item.

    `points[:, i, j]`, (m, n, n), are those of candidate i shown first against j: above 0.5 it wins, at 0.5 the two tie,
    below it loses; `answered`, (m, n, n), says which there are, others may be NaN. The verdict on a pair holds when the
    second order gives the opposite of the first; anything else is a flip, a win that becomes a tie too. Pairs with an
    answer in one order only are left out, so that each text is shown first as often as second, and what is better
    about it cancels: a judge that goes by the texts alone has no flips and exactly half the points.

    >>> counts = order_counts([[[0.0, 1.0], [1.0, 0.0]]], [[[False, True], [True, False]]])
    >>> [part.tolist() for part in counts]
    [[1], [1], [1], [1.0]]
    """
    values, known = np.asarray(points, dtype=np.float64), np.asarray(answered, dtype=np.bool_)
    if values.ndim != 3 or values.shape != known.shape or values.shape[1] != values.shape[2]:
        raise ValueError(f"expected points and mask of one shape (m, n, n), got {values.shape} and {known.shape}")
    each = np.triu(known & known.transpose(0, 2, 1), k=1)
    verdict = (values > 0.5).astype(np.int8) - (values < 0.5)
    mirrored = verdict.transpose(0, 2, 1)
    flips = each & (verdict != -mirrored)
    return OrderCounts(
        pairs=_count(each),
        flips=_count(flips),
        reversals=_count(flips & (verdict == mirrored)),
        first=((2 + verdict + mirrored) * each).sum(axis=(1, 2)) / 4,
    )


def first_on_top(scores: npt.ArrayLike, places: npt.ArrayLike) -> FloatArray:
    """Chance that the candidate shown first is ranked first, shape (m,).

    Scores are (m, n), higher is better; `places`, (m, n), the places at which they were shown, the lowest first. Range
    0 to 1, 1/n if the order does not matter; among b candidates tied at the top it is 1/b.

    >>> first_on_top([[0.9, 0.9, 0.5]], [[1, 0, 2]]).tolist()
    [0.5]
    """
    values, shown = _same(scores, places)
    top = values == values.max(axis=1, keepdims=True)
    first = np.take_along_axis(top, shown.argmin(axis=1)[:, None], axis=1)[:, 0]
    return ratio(first, top.sum(axis=1))


def early_preference(scores: npt.ArrayLike, places: npt.ArrayLike) -> FloatArray:
    """Rank correlation of an item's scores with having been shown early, shape (m,).

    Range -1 (ranked in reverse of the order shown) to 1 (ranked as shown): concordant minus discordant pairs over all,
    a tie adds 0. 0 on average if the order does not matter. Scores and `places` are (m, n).

    >>> early_preference([[0.9, 0.5, 0.1]], [[0, 1, 2]]).tolist()
    [1.0]
    """
    values, shown = _same(scores, places)
    return concordance(values, -shown)


def _same(scores: npt.ArrayLike, places: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    values, shown = rows("scores", scores), rows("places", places)
    if values.shape != shown.shape:
        raise ValueError(f"scores have shape {values.shape}, places {shown.shape}")
    return values, shown


def _count(chosen: BoolArray) -> IntArray:
    counts: IntArray = chosen.sum(axis=(1, 2))
    return counts
