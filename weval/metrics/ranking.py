"""How well the order of the scores agrees with the gold order, one value per item.

Everywhere `gold` holds kept counts and `scores` finite numbers, both of shape (m, n) with n >= 2; the result has shape
(m,). Higher scores rank first. Tied scores stand for every order of the tied candidates, each equally likely, and a
metric is its expectation over these orders: what is tied is never put in order by looking at gold. NaN says that a
metric is undefined for an item. A wrong shape, text or a value that is not finite raises ValueError.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, SignArray, pair_signs, ratio, same_rows


def correlation(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Kendall's rank correlation: concordant minus discordant pairs, over the pairs that gold puts in order.

    Range -1 to 1. A pair tied in score adds 0 and stays in the denominator; a pair tied in gold leaves both, and an
    item whose gold is all tied is undefined. With distinct gold the denominator is n(n-1)/2.
    Source: the paper, section 3.1.3.

    >>> correlation([[3, 2, 1]], [[0.9, 0.1, 0.5]]).tolist() == [1 / 3]
    True
    """
    truth, answer = _signs(gold, scores)
    # Every unordered pair appears twice in both sums, so the ratio is not changed by it.
    return ratio(_total(truth * answer), _total(np.abs(truth)))


def il(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Share of the candidates that stand at their gold position.

    Range 0 to 1. A candidate within b tied ones that together cover its gold position counts 1/b. Undefined where gold
    has ties, which leave the gold position open. Source: the paper's IL as its formula is printed (section 3.1.3); the
    released script computes something else under this name (see `released`).

    >>> il([[3, 2, 1]], [[0.9, 0.5, 0.5]]).tolist() == [2 / 3]
    True
    """
    truth, answer = _signs(gold, scores)
    share = (_covered(truth, answer) / _block_sizes(answer)).mean(axis=1)
    return _where_gold_is_strict(share, truth)


def pl(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Chance that the whole ranking is identical with gold.

    Range 0 to 1. Each block of b tied candidates adds a factor 1/b! when its members are the ones that gold has there,
    and 0 otherwise; exact as long as the product of the b! has a float of its own (n up to 22). Undefined where gold
    has ties. Source: the paper's PL, section 3.1.3.

    >>> pl([[3, 2, 1], [3, 2, 1]], [[0.9, 0.5, 0.5], [0.5, 0.5, 0.1]]).tolist()
    [0.5, 0.5]
    """
    truth, answer = _signs(gold, scores)
    n = truth.shape[1]
    # A candidate is the 1st, 2nd … b-th of its block in column order: multiplied over all, that is the product of b!.
    place_in_block = ((answer == 0) & np.tri(n, dtype=np.bool_)).sum(axis=2)
    with np.errstate(over="ignore"):  # beyond 170! the orders are uncountable and the chance is rightly 0
        orders = np.prod(place_in_block.astype(np.float64), axis=1)
    chance = np.where(_covered(truth, answer).all(axis=1), 1.0 / orders, 0.0)
    return _where_gold_is_strict(chance, truth)


def spearman(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Covariance of the mid-ranks of scores and gold over the variance of ranks without ties.

    Range -1 to 1. The denominator does not shrink with ties, so that a constant scorer gets 0. Ties in gold have
    mid-ranks too: even a scorer equal to such gold stays below 1, and gold that is all tied is undefined.
    Source: Spearman (1904); the fixed denominator makes it the expectation over random orders of the tied.

    >>> spearman([[3, 2, 1]], [[0.9, 0.1, 0.5]]).tolist()
    [0.5]
    """
    truth, answer = _signs(gold, scores)
    n = truth.shape[1]
    # A row sum is (candidates below) - (candidates above) = twice the centred mid-rank: all integers, exact.
    product = (_row_sums(truth) * _row_sums(answer)).sum(axis=1)
    return ratio(3 * product, n * (n * n - 1) * truth.any(axis=(1, 2)))


def pairwise_accuracy(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Share of the pairs in gold order that the scores put in the same order; a tie in score is half.

    Range 0 to 1, (1 + correlation) / 2. Pairs tied in gold are left out; undefined where gold is all tied.

    >>> pairwise_accuracy([[3, 2, 1]], [[0.9, 0.5, 0.5]]).tolist() == [2.5 / 3]
    True
    """
    truth, answer = _signs(gold, scores)
    pairs = _total(np.abs(truth))
    return ratio(pairs + _total(truth * answer), 2 * pairs)


def top1(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Chance that the candidate that gold puts first is ranked first.

    Range 0 to 1. Among b candidates tied at the top it is 1/b. Undefined where gold has ties.

    >>> top1([[3, 2, 1]], [[0.9, 0.9, 0.5]]).tolist()
    [0.5]
    """
    truth, answer = _signs(gold, scores)
    best = (truth >= 0).all(axis=2)
    unbeaten = (answer >= 0).all(axis=2)
    chance = ratio((best & unbeaten).sum(axis=1), unbeaten.sum(axis=1))
    return _where_gold_is_strict(chance, truth)


def tie_rate(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray:
    """Share of all n(n-1)/2 pairs that the scores leave tied; gold is not looked at.

    Range 0 to 1, lower is more decided. Never undefined.

    >>> tie_rate([[3, 2, 1]], [[0.9, 0.5, 0.5]]).tolist() == [1 / 3]
    True
    """
    _, answer = _signs(gold, scores)
    pairs = answer.shape[1] * (answer.shape[1] - 1)
    return ratio(pairs - _total(np.abs(answer)), np.array(pairs))


def broken_ties(gold: npt.ArrayLike, scores: npt.ArrayLike, *, in_gold_order: bool) -> FloatArray:
    """Scores of the same order without ties: tied ones put in gold order, or in its reverse, shape (m, n).

    What is tied in gold as well stays tied. Figures of the two are the ends between which a rule for ties can move
    them; the released script takes the first.

    >>> broken_ties([[3, 2, 1]], [[0.5, 0.9, 0.5]], in_gold_order=False).tolist()
    [[-2.0, 2.0, 0.0]]
    """
    truth, answer = _signs(gold, scores)
    signs = np.where(answer == 0, truth if in_gold_order else -truth, answer)
    return _row_sums(signs).astype(np.float64)


def gap_points(gold: npt.ArrayLike, scores: npt.ArrayLike, gap: int) -> tuple[FloatArray, IntArray]:
    """Per item the points and the number of the pairs whose kept counts differ by exactly `gap` (1 or more).

    A pair gives 1 point when the candidate that kept more is above, half a point when the two are tied. Points and
    pairs have shape (m,); accuracy at this gap is the sum of points over the sum of pairs, undefined without pairs.

    >>> points, pairs = gap_points([[3, 2, 1]], [[0.9, 0.5, 0.5]], gap=1)
    >>> points.tolist(), pairs.tolist()
    ([1.5], [2])
    """
    if gap < 1:
        raise ValueError(f"gap: must be at least 1, got {gap}")
    kept, values = same_rows(gold, scores)
    chosen = kept[:, :, None] - kept[:, None, :] == gap
    pairs = chosen.sum(axis=(1, 2))
    return (pairs + _total(pair_signs(values) * chosen)) / 2, pairs


def _signs(gold: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[SignArray, SignArray]:
    truth, answer = same_rows(gold, scores)
    return pair_signs(truth), pair_signs(answer)


def _total(signs: SignArray) -> IntArray:
    total: IntArray = signs.sum(axis=(1, 2), dtype=np.int64)
    return total


def _row_sums(signs: SignArray) -> IntArray:
    sums: IntArray = signs.sum(axis=2, dtype=np.int64)
    return sums


def _block_sizes(answer: SignArray) -> IntArray:
    sizes: IntArray = (answer == 0).sum(axis=2)
    return sizes


def _covered(truth: SignArray, answer: SignArray) -> BoolArray:
    """Whether a candidate's block of tied scores reaches over its gold position."""
    position = (truth < 0).sum(axis=2)
    first = (answer < 0).sum(axis=2)
    covered: BoolArray = (first <= position) & (position < first + _block_sizes(answer))
    return covered


def _where_gold_is_strict(values: FloatArray, truth: SignArray) -> FloatArray:
    n = truth.shape[1]
    return np.where(_total(np.abs(truth)) == n * (n - 1), values, np.nan)
