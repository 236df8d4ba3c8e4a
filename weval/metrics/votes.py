"""The rankings of one item by several annotators: pair by pair, their majority, and whether they go together.

Everywhere `places` is (a, n), one row per annotator and one column per candidate: a lower place is better, equal places
are tied, and NaN is a candidate that the annotator did not judge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, ratio, tied_means


def vote_counts(places: npt.ArrayLike) -> IntArray:
    """How many put the first of each pair above the second, below it, and level with it: shape (n, n, 3).

    Who did not judge both is not counted, and nobody on the diagonal.

    >>> vote_counts([[0, 1], [0, 0], [0, np.nan]])[0].tolist()
    [[0, 0, 0], [1, 0, 1]]
    """
    above, level = _above_and_level(places)
    return np.stack([above.sum(axis=0), above.sum(axis=0).T, level.sum(axis=0)], axis=2)


def mid_ranks(places: npt.ArrayLike) -> FloatArray:
    """Ranks from 1 (best), the tied sharing the mean of theirs, shape (a, n). Every candidate must be judged.

    >>> mid_ranks([[0, 1, 1, 2]]).tolist()
    [[1.0, 2.5, 2.5, 4.0]]
    """
    above, level = _above_and_level(places)
    ranks: FloatArray = 1.0 + above.sum(axis=1) + level.sum(axis=1) / 2
    return ranks


def kendall_w(places: npt.ArrayLike) -> float:
    """Kendall's coefficient of concordance, corrected for ties: do all annotators rank alike?

    Range 0 to 1: the variance of the candidates' sums of ranks over what it is when all annotators agree, which ties
    make smaller. NaN with fewer than two annotators, and where each of them ties everything. Every candidate must be
    judged. Source: Kendall and Babington Smith (1939); ties after Kendall (1970), Rank Correlation Methods.

    >>> kendall_w([[0, 1, 2], [0, 1, 2]]), kendall_w([[0, 1, 2], [2, 1, 0]])
    (1.0, 0.0)
    """
    ranks = mid_ranks(places)
    if len(ranks) < 2:
        return float("nan")
    centred = ranks - (ranks.shape[1] + 1) / 2
    # Summed over annotators who agree, ranks spread as the spreads of each add up: (sum of s)^2 = a * sum of s^2.
    spread, most = (centred.sum(axis=0) ** 2).sum(), len(ranks) * (centred**2).sum()
    return float(ratio(spread, most))


def majority_points(votes: IntArray) -> FloatArray:
    """The majority's answer to each pair: 1 where more put the first above, 0 below, 0.5 as many; shape (n, n).

    NaN where nobody compared the two. `votes` is what `vote_counts` gives.

    >>> majority_points(vote_counts([[0, 1], [0, 1], [1, 0]])).tolist()
    [[nan, 1.0], [0.0, nan]]
    """
    margin = np.sign(votes[:, :, 0] - votes[:, :, 1])
    return np.where(votes.any(axis=2), (1 + margin) / 2, np.nan)


def majority_scores(votes: IntArray) -> FloatArray:
    """Points per comparison in the majority's eyes, shape (n,), higher is better; all NaN where a pair has no answer.

    >>> majority_scores(vote_counts([[0, 1, 2], [0, 1, 2], [2, 1, 0]])).tolist()
    [1.0, 0.5, 0.0]
    """
    points = majority_points(votes)
    others = ~np.eye(len(points), dtype=np.bool_)
    if np.isnan(points[others]).any():
        return np.full(len(points), np.nan)
    return tied_means(points, others)


def has_cycle(votes: IntArray) -> bool:
    """Whether the majority goes round in a circle: a above b, b above c, c above a. Ties of the majority lead nowhere.

    >>> has_cycle(vote_counts([[0, 1, 2], [2, 0, 1], [1, 2, 0]]))
    True
    """
    beats: BoolArray = votes[:, :, 0] > votes[:, :, 1]
    while len(beats):
        beaten = beats.any(axis=0)
        if beaten.all():  # every one that is left has one above it that is left
            return True
        beats = beats[np.ix_(beaten, beaten)]
    return False


def others_points(places: npt.ArrayLike) -> tuple[FloatArray, IntArray]:
    """Per annotator the points and the number of the pairs that the majority of the others decides, both (a,).

    A pair counts that the annotator judged, and of which more of the others put one above the other: 1 point for
    putting it there, too, half a point for a tie. Agreement is points over pairs, undefined without pairs.

    >>> [part.tolist() for part in others_points([[0, 1], [0, 1], [1, 0]])]
    [[0.0, 0.0, 0.0], [0, 0, 1]]
    """
    above, level = _above_and_level(places)
    own = above.astype(np.int64) - above.transpose(0, 2, 1)
    others = np.sign(own.sum(axis=0) - own)
    counted = (above | above.transpose(0, 2, 1) | level) & (others != 0)
    # Both orders of a pair give the same points.
    points = ((1 + own * others) * counted).sum(axis=(1, 2)) / 4
    return points, counted.sum(axis=(1, 2)) // 2


def _above_and_level(places: npt.ArrayLike) -> tuple[BoolArray, BoolArray]:
    """Whether an annotator puts i above j, and level with it (nobody with itself): both (a, n, n)."""
    values = np.asarray(places, dtype=np.float64)
    level = values[:, :, None] == values[:, None, :]
    level &= ~np.eye(values.shape[1], dtype=np.bool_)
    return values[:, :, None] < values[:, None, :], level
