"""How sure a figure is: bootstrap intervals over items, and Wilson's where a figure sits at the end of its range."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, ratio
from weval.metrics.resampling import default_resamples, resample_counts

_NORMAL = NormalDist()
_ROUNDING = 1e-12
_SUMS_PER_BLOCK = 2_000_000
"""A statistic gets about so many sums at a time, 16 MB: 10,000 resamples of 200 columns, fewer of more."""


MOST_ITEMS, _GROUPS = 50_000, 10_000
"""More items are put into so many random groups, whose sums are resampled in place of theirs. They vary as the items
do, by one part in 140 more or less; a thousand resamples of a million items would be a thousand million draws for each
figure, and a table of their values several GB.
"""


class Intervals(NamedTuple):
    """Figures and the ends of their intervals, each of shape (k,); NaN is undefined (low and high always together)."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


Statistic = Callable[[FloatArray], FloatArray]
"""From sums over items, one row per resample (b, k), to figures (b, s); NaN is undefined."""


def bootstrap(
    num: npt.ArrayLike,
    den: npt.ArrayLike | None = None,
    *,
    seed: int,
    n_resamples: int | None = None,
    limits: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Intervals:
    """Values and two-sided BCa bootstrap intervals of k figures over m items, all on the same resamples of items.

    A figure is num.sum() / den.sum() over the items, both of shape (m, k); without `den` it is the mean of the rows
    that are not NaN. A value is undefined when its denominator is 0, an interval also when fewer than two items have
    a denominator. Resamples with denominator 0 are left out; half of those equal to the value count as below it.
    Equal rows give the interval [value, value]. `limits`, of shape (k, 2) or (2,), are the ends of each range (NaN for
    none): a value at an end has Wilson's interval, with n the number of items that have a denominator.
    `n_resamples` is `default_resamples(m)` unless given. Of more than MOST_ITEMS items random groups are resampled.
    Source: Efron (1987), Better bootstrap confidence intervals; jackknife acceleration in closed form.

    >>> figures = bootstrap([[0.0, 1.0], [1.0, 1.0], [0.5, 1.0], [0.0, 1.0]], seed=1, limits=[0, 1])
    >>> [[round(x, 2) for x in part.tolist()] for part in figures]
    [[0.38, 1.0], [0.0, 0.51], [0.88, 1.0]]
    """
    m = len(np.asarray(num))
    value, contributing, defined, equal, rest, bottom = (
        _summed(num, den) if m <= MOST_ITEMS else _grouped(num, den, seed)
    )
    low, high = np.full(len(value), np.nan), np.full(len(value), np.nan)
    low[equal] = high[equal] = value[equal]
    open_ = np.flatnonzero(defined & ~equal)
    if open_.size:
        # Sums of `rest` are 0 but for resampling, and lose no digits to a large mean.
        rest, bottom, n_open = rest[:, open_], bottom[:, open_], len(open_)
        # Where all figures have the same denominators, one column of them is summed for all.
        if (bottom == bottom[:, :1]).all():
            bottom = bottom[:, :1]
        shifts = _resampled(
            np.concatenate([rest, bottom], axis=1),
            lambda sums: ratio(sums[:, :n_open], sums[:, n_open:]),
            seed,
            n_resamples or default_resamples(m),
        )
        # Leaving item i out moves a ratio by -rest_i / (total den - den_i).
        influence = rest / (bottom.sum(axis=0) - bottom)
        low[open_], high[open_] = _bca(value[open_], shifts, influence, level)
    result = Intervals(value, low, high)
    return result if limits is None else _wilson_at_limits(result, limits, contributing, level)


def bootstrap_sums(
    rows: npt.ArrayLike, statistic: Statistic, *, seed: int, n_resamples: int | None = None, level: float = 0.95
) -> Intervals:
    """Values and two-sided BCa bootstrap intervals of s figures that are functions of sums over m items.

    `rows`, (m, k), holds what each item adds; `statistic` takes sums (b, k) to figures (b, s). Resamples in which a
    figure is undefined (NaN) are left out. An interval is undefined with fewer than two items; a figure that no
    resample moves has the interval [value, value].
    Source: Efron (1987), Better bootstrap confidence intervals; acceleration from the jackknife.

    >>> found = bootstrap_sums([[1.0, 2.0], [3.0, 2.0], [2.0, 2.0]], lambda sums: sums[:, :1] / sums[:, 1:], seed=1)
    >>> found.value.tolist()
    [1.0]
    """
    table = np.asarray(rows, dtype=np.float64)
    total = table.sum(axis=0)
    value = statistic(total[None])[0]
    low, high = np.full(len(value), np.nan), np.full(len(value), np.nan)
    defined = np.flatnonzero(np.isfinite(value))
    if len(table) < 2 or not len(defined):
        return Intervals(value, low, high)
    found = value[defined]
    shifts = _resampled(table, statistic, seed, n_resamples or default_resamples(len(table)))[:, defined] - found
    influence = found - np.concatenate([statistic(total - block) for block in _blocks(table, table)])[:, defined]
    influence[~np.isfinite(influence)] = 0.0
    moved = (np.abs(shifts) > _ROUNDING * np.maximum(1.0, np.abs(found))).any(axis=0)
    low[defined] = high[defined] = found
    moving = defined[moved]
    low[moving], high[moving] = _bca(found[moved], shifts[:, moved], influence[:, moved], level)
    return Intervals(value, low, high)


def wilson(share: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a share of n trials, (NaN, NaN) when n is 0.

    Unlike a bootstrap it has a width at 0 and 1, where resampling can only repeat what was seen.
    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> low, high = wilson(1.0, 60)
    >>> round(low, 4), high
    (0.9398, 1.0)
    """
    if n < 1:
        return math.nan, math.nan
    z2 = _NORMAL.inv_cdf((1 + level) / 2) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # At the ends one bound is the end itself, which the subtraction may miss by a bit.
    return (0.0 if share == 0 else centre - half), (1.0 if share == 1 else centre + half)


def _ratio_columns(num: npt.ArrayLike, den: npt.ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    top = np.asarray(num, dtype=np.float64)
    if top.ndim != 2:
        raise ValueError(f"num: expected shape (m, k), got {top.shape}")
    if den is None:
        present = ~np.isnan(top)
        top, bottom = np.where(present, top, 0.0), present.astype(np.float64)
    else:
        bottom = np.asarray(den, dtype=np.float64)
    if bottom.shape != top.shape:
        raise ValueError(f"num has shape {top.shape}, den has {bottom.shape}")
    if not (np.isfinite(top).all() and np.isfinite(bottom).all() and (bottom >= 0).all()):
        raise ValueError("num and den must be finite, and den not negative")
    return top, bottom


class _Summed(NamedTuple):
    """Of k figures: values, how many items tell, which are defined, which are the same for all items; and of items, or
    groups of them, (m, k), what each adds beyond the value, and the denominators."""

    value: FloatArray
    contributing: npt.NDArray[np.int64]
    defined: BoolArray
    equal: BoolArray
    rest: FloatArray
    bottom: FloatArray


def _summed(num: npt.ArrayLike, den: npt.ArrayLike | None) -> _Summed:
    top, bottom = _ratio_columns(num, den)
    value = ratio(top.sum(axis=0), bottom.sum(axis=0))
    contributing = (bottom != 0).sum(axis=0)
    defined = np.isfinite(value) & (contributing >= 2)
    rest = top - np.where(defined, value, 0.0) * bottom
    equal = defined & (np.abs(rest).max(axis=0, initial=0.0) <= _ROUNDING * np.abs(top).max(axis=0, initial=0.0))
    return _Summed(value, contributing, defined, equal, rest, bottom)


def _grouped(num: npt.ArrayLike, den: npt.ArrayLike | None, seed: int) -> _Summed:
    """The same of so many items that they are taken a column at a time, and their sums by group."""
    top, bottom = np.asarray(num), None if den is None else np.asarray(den)
    group = np.random.default_rng(seed).permutation(len(top)) % _GROUPS
    found = []
    for column in range(top.shape[1]):
        one = _summed(top[:, [column]], None if bottom is None else bottom[:, [column]])
        found.append(one._replace(rest=_by_group(group, one.rest), bottom=_by_group(group, one.bottom)))
    return _Summed(*(np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True)))


def _by_group(group: npt.NDArray[np.int64], column: FloatArray) -> FloatArray:
    return np.bincount(group, weights=column[:, 0], minlength=_GROUPS).astype(np.float64)[:, None]


def _bca(value: FloatArray, shifts: FloatArray, influence: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Both ends from resampled figures minus their value (b, k) and the influence of each item (m, k)."""
    usable = np.isfinite(shifts)
    bias = _inverse_normal(_share_below(shifts, usable))
    acceleration = _acceleration(influence)
    shifts.sort(axis=0)  # NaN, an undefined resample, goes last
    ends = []
    for probability in ((1 - level) / 2, (1 + level) / 2):
        reach = bias + _NORMAL.inv_cdf(probability)
        # Far out the stretch can pass through 0; the end is then the outermost resample.
        corrected = bias + reach / np.maximum(1.0 - acceleration * reach, _ROUNDING)
        ends.append(value + _sorted_quantile(shifts, usable.sum(axis=0), _normal(corrected)))
    return ends[0], ends[1]


def _resampled(rows: FloatArray, statistic: Statistic, seed: int, n_resamples: int) -> FloatArray:
    """The statistic of the sums of resampled rows, (n_resamples, s)."""
    resamples = resample_counts(len(rows), n_resamples, seed)
    return np.concatenate([statistic(block @ rows) for counts in resamples for block in _blocks(counts, rows)])


def _blocks(lines: FloatArray, rows: FloatArray) -> Iterator[FloatArray]:
    """The lines a few at a time, so that as many sums of rows are no more than a block."""
    step = max(1, _SUMS_PER_BLOCK // max(1, rows.shape[1]))
    yield from (lines[start : start + step] for start in range(0, len(lines), step))


def _share_below(shifts: FloatArray, usable: BoolArray) -> FloatArray:
    """Share of the resamples below the value, half of the equal ones; kept off 0 and 1, where no quantile exists."""
    known = np.where(usable, shifts, 0.0)
    n = np.maximum(usable.sum(axis=0), 1)
    # Sums in another order differ in the last bits, so equal means within far less than the spread.
    tied = 1e-9 * np.sqrt((known**2).sum(axis=0) / n)
    below = ((known < -tied) & usable).sum(axis=0)
    equal = ((np.abs(known) <= tied) & usable).sum(axis=0)
    share: FloatArray = np.clip((below + equal / 2) / n, 0.5 / n, 1 - 0.5 / n)
    return share


def _acceleration(influence: FloatArray) -> FloatArray:
    """Skewness of the items' influence over 6; 0 where all have the same."""
    influence = influence - influence.mean(axis=0)
    influence = ratio(influence, np.abs(influence).max(axis=0))  # no unit, and cubes of tiny numbers vanish
    return np.nan_to_num(ratio((influence**3).sum(axis=0), 6 * (influence**2).sum(axis=0) ** 1.5))


def _sorted_quantile(ordered: FloatArray, n: npt.NDArray[np.int64], probability: FloatArray) -> FloatArray:
    """Quantiles with linear interpolation of the first n[c] entries of each sorted column c."""
    position = probability * (n - 1)
    lower = np.floor(position).astype(np.int64)
    upper = np.minimum(lower + 1, n - 1)
    column = np.arange(ordered.shape[1])
    start = ordered[lower, column]
    return start + (position - lower) * (ordered[upper, column] - start)


def _wilson_at_limits(found: Intervals, limits: npt.ArrayLike, n: npt.NDArray[np.int64], level: float) -> Intervals:
    k = len(found.value)
    ends = np.broadcast_to(np.asarray(limits, dtype=np.float64), (k, 2))
    share = (found.value - ends[:, 0]) / (ends[:, 1] - ends[:, 0])
    # The mean of a resample may miss the end of the range by a bit.
    low = np.where(found.low < ends[:, 0], ends[:, 0], found.low)
    high = np.where(found.high > ends[:, 1], ends[:, 1], found.high)
    for column in range(k):
        nearest = round(share[column]) if np.isfinite(share[column]) else -1
        if nearest in (0, 1) and n[column] >= 2 and abs(share[column] - nearest) <= _ROUNDING:
            start, end = ends[column]
            below, above = wilson(float(nearest), int(n[column]), level)
            low[column], high[column] = start + (end - start) * below, start + (end - start) * above
    return Intervals(found.value, low, high)


def _inverse_normal(share: FloatArray) -> FloatArray:
    return np.array([_NORMAL.inv_cdf(p) for p in share.tolist()])


def _normal(z: FloatArray) -> FloatArray:
    return np.array([_NORMAL.cdf(x) for x in z.tolist()])
