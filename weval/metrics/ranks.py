"""How sure a rank is: bands for the ranks of many models on the same items that all hold at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, ratio
from weval.metrics.resampling import resample_counts

_ROUNDING = 1e-12
_CELLS_PER_BLOCK = 100_000
"""Pairs are gone through so many numbers at a time, 0.8 MB, which the processor's cache holds."""


class RankBands(NamedTuple):
    """Best and worst rank of each model, 1 is the top, and its mean; each of shape (M,).

    A model without any figure has no band: 0 and 0, with a mean of NaN.
    """

    best: IntArray
    worst: IntArray
    value: FloatArray


class _Pairs(NamedTuple):
    """What is known of every ordered pair of models, each of shape (M, M)."""

    difference: FloatArray
    """Mean of the first minus mean of the second, exactly 0 where they are equal but for rounding."""
    error: FloatArray
    """Its standard deviation over resamples, exactly 0 where no item moves the difference."""
    n: IntArray
    """Figures of whichever of the two has fewer."""
    open: BoolArray
    """Whether enough items are there to decide the pair at all."""


def rank_bands(values: npt.ArrayLike, *, seed: int, n_resamples: int = 1000, level: float = 0.95) -> RankBands:
    """Simultaneous confidence bands for the ranks of M models that were measured on the same m items.

    `values` is (m, M), higher is better, NaN where a model has no figure for an item; a mean is over the items that a
    model has, and models without any are not ranked. With probability `level`, about, all true ranks lie in their
    bands at once, so that one may look for the best model, or at any pair of models, after the fact. Models that are
    truly equal may stand in any order among each other, and the bands hold all of those ranks.

    Model k is above j when their difference exceeds c standard errors, where the resampled differences of all pairs
    stay below c in a share `level` of resamples of items; the pairs so decided are then left out and c is found again,
    until nothing new is decided. The best rank of j is 1 + the number of models above it, the worst M - the number
    below. c is stretched as Student's t is over the normal, since a standard error from few items is itself unsure.

    A pair is never decided where its difference is 0 but for rounding, nor where it has so few items that an exact
    sign test of the pair, at (1 - level) / number of pairs, would not decide it even if all items agreed: below 6
    items for 2 models, 13 for 20, 23 for 500. From there on a difference that is the same on every item, which no
    resample moves, is decided. Items are taken as independent; where figures are missing because of what they would
    have been, no band knows. Raises ValueError for infinite values, another shape, a level outside (0, 1), or too few
    resamples for the level.
    Source: Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks; stepwise after Romano and Wolf (2005).

    >>> rng = np.random.default_rng(0)
    >>> figures = rng.normal([0.9, 0.5, 0.45], 0.2, size=(100, 3))
    >>> bands = rank_bands(figures, seed=0)
    >>> bands.best.tolist(), bands.worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    table = _figures(values)
    if not 0 < level < 1 or n_resamples < 1 or _position(n_resamples, level) >= n_resamples:
        raise ValueError(f"{n_resamples} resamples do not settle the level {level}")
    present = ~np.isnan(table)
    n = present.sum(axis=0)
    value = ratio(np.where(present, table, 0.0).sum(axis=0), n)
    best, worst = np.zeros(len(n), dtype=np.int64), np.zeros(len(n), dtype=np.int64)
    ranked = np.flatnonzero(n)
    if len(ranked):
        above = _decided(table[:, ranked], value[ranked], seed, n_resamples, level)
        best[ranked] = 1 + above.sum(axis=0)
        worst[ranked] = len(ranked) - above.sum(axis=1)
    return RankBands(best, worst, value)


def _figures(values: npt.ArrayLike) -> FloatArray:
    table = np.asarray(values)
    if table.dtype.kind not in "biuf":
        raise ValueError(f"values: expected numbers, got {table.dtype}")
    if table.ndim != 2:
        raise ValueError(f"values: expected shape (m, M), got {table.shape}")
    table = table.astype(np.float64, copy=False)
    if np.isinf(table).any():
        raise ValueError("values: every value must be finite, or NaN where there is none")
    return table


def _position(n_resamples: int, level: float) -> int:
    """Which of the sorted maxima is c. The observed one counts among them, so that few resamples make c no smaller."""
    return math.ceil(level * (n_resamples + 1) - _ROUNDING) - 1


def _decided(table: FloatArray, value: FloatArray, seed: int, n_resamples: int, level: float) -> BoolArray:
    """Whether the row's model is above the column's, (M, M)."""
    largest_figure = np.abs(table[~np.isnan(table)]).max() or 1.0
    table, value = table / largest_figure, value / largest_figure  # squares neither overflow nor vanish
    influence = _influence(table, value)
    pairs = _pairs(table, value, influence, level)
    # A pair that no resample moves says nothing about c.
    weight = np.where(pairs.open, np.nan_to_num(ratio(np.ones(1), pairs.error)), 0.0)
    above = np.zeros_like(pairs.open)
    if not pairs.open.any():
        return above
    counts = resample_counts(len(table), n_resamples, seed)
    shifts = np.concatenate([influence @ block.T for block in counts], axis=1) / len(table)
    while True:
        # Only "j above k" leaves: "k above j" could still have been found wrongly, and stays among the rest.
        largest = np.sort(_largest(shifts, np.where(above, 0.0, weight)))
        found = pairs.open & (pairs.difference > pairs.error * _reach(largest[_position(n_resamples, level)], pairs.n))
        if not (found & ~above).any():
            return above
        above |= found


def _influence(table: FloatArray, value: FloatArray) -> FloatArray:
    """How each item moves each mean, (M, m): the sum over a resample, over m, is what the mean shifts by."""
    present = ~np.isnan(table)
    centred = np.where(present, table - value, 0.0) / present.mean(axis=0)
    return np.ascontiguousarray(centred.T)


def _pairs(table: FloatArray, value: FloatArray, influence: FloatArray, level: float) -> _Pairs:
    n_models, m = influence.shape
    present = ~np.isnan(table)
    count = present.sum(axis=0)
    n = np.minimum(count, count[:, None])
    # 2 ** (1 - n) is the p value of n items that all agree.
    open_ = 2.0 ** (1.0 - n) * (n_models * (n_models - 1) / 2) <= 1 - level
    np.fill_diagonal(open_, False)
    # Equal figures whose sums were rounded differently are equal.
    size = np.abs(np.where(present, table, 0.0)).max(axis=0)
    tiny = _ROUNDING * np.maximum(size, size[:, None])
    difference = value[:, None] - value
    difference[np.abs(difference) <= tiny] = 0.0
    spread = np.sqrt(_squared_gaps(influence) / m)
    spread[spread <= tiny * m / n] = 0.0
    return _Pairs(difference, spread / np.sqrt(m), n, open_)


def _squared_gaps(influence: FloatArray) -> FloatArray:
    """Squared distance of every two rows, (M, M). From the gaps: products of rows lose all digits of a small one."""
    n_models = len(influence)
    total = np.zeros((n_models, n_models))
    for part in _blocks(influence):
        for j in range(n_models - 1):
            gap = part[j + 1 :] - part[j]
            total[j, j + 1 :] += np.einsum("ki,ki->k", gap, gap)
    return total + total.T


def _largest(shifts: FloatArray, weight: FloatArray) -> FloatArray:
    """For each resample the largest (shift of j - shift of k) * weight of (j, k), shape (n_resamples,); 0 or more."""
    partners = [np.flatnonzero(line) for line in weight]
    parts = []
    for part in _blocks(shifts):
        largest = np.zeros(part.shape[1])
        for j, k in enumerate(partners):
            gap = part[j] - part[k]
            gap *= weight[j, k, None]
            np.maximum(largest, gap.max(axis=0, initial=0.0), out=largest)
        parts.append(largest)
    return np.concatenate(parts)


def _blocks(lines: FloatArray) -> Iterator[FloatArray]:
    """Some columns of all lines at a time."""
    step = max(1, _CELLS_PER_BLOCK // len(lines))
    yield from (np.ascontiguousarray(lines[:, start : start + step]) for start in range(0, lines.shape[1], step))


def _reach(z: np.float64, n: IntArray) -> FloatArray:
    """z standard deviations over resamples, as from n items whose spread had to be estimated from themselves.

    Resamples vary by (n - 1) / n too little, and Student's t is as far out as z is for the normal.
    Source: Wallace (1959), Bounds on normal approximations to Student's and the chi-square distributions.
    """
    freedom = np.maximum(n - 1, 1)
    corrected = z * (8 * freedom + 3) / (8 * freedom + 1)
    # Beyond any t that a difference could reach the exponential would overflow.
    t = np.sqrt(freedom * np.expm1(np.minimum(corrected**2 / freedom, 500.0)))
    result: FloatArray = t * np.sqrt(n / freedom)
    return result
