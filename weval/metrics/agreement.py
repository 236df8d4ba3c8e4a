"""How far several annotators give the same answers, beyond what chance would have them give.

Everywhere `counts` is (s, k): how many annotators gave each of k answers to each of s subjects (a pair of candidates,
an instruction …); `items` (s,) names the item that a subject belongs to. Subjects may have differing numbers of
ratings; those with fewer than two say nothing about agreement and are left out. 1 is perfect agreement, 0 what chance
gives, and below 0 annotators agree less than by chance. Undefined (NaN) where no subject has two ratings, and where
only one answer was ever given: chance would agree, too. Intervals resample items, with all that belongs to them, and
are undefined below two items. At 1, where no resample differs, the interval is Wilson's of n items of n: how many
could still be such that agreement on them is no better than chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, ratio
from weval.metrics.intervals import Intervals, Statistic, bootstrap_sums, wilson

_ROUNDING = 1e-12

_SUBJECTS_PER_BLOCK = 100_000

_Names = npt.NDArray[np.generic]
_Places = npt.NDArray[np.intp]


def fleiss_kappa(
    counts: npt.ArrayLike, items: npt.ArrayLike, *, seed: int, n_resamples: int | None = None
) -> Intervals:
    """Fleiss' kappa with its interval, each of shape (1,).

    The mean share of agreeing pairs of annotators, every subject counting the same, against the chance that two answers
    drawn from all answers are equal. Fleiss's own where all subjects have the same number of ratings.
    Source: Fleiss (1971), Measuring nominal scale agreement among many raters.

    >>> fleiss_kappa([[2, 0], [0, 2], [1, 1]], [0, 1, 2], seed=0, n_resamples=100).value.round(3).tolist()
    [0.333]
    """

    def agreeing(table: FloatArray) -> FloatArray:
        n = table.sum(axis=1, keepdims=True)
        share = (table * (table - 1)).sum(axis=1, keepdims=True) / (n * (n - 1))
        return np.concatenate([share, np.ones_like(n), table], axis=1)

    return _interval(_per_item(counts, items, agreeing), _kappa, seed, n_resamples)


def nominal_alpha(
    counts: npt.ArrayLike, items: npt.ArrayLike, *, seed: int, n_resamples: int | None = None
) -> Intervals:
    """Krippendorff's alpha of answers that are names, with its interval, each of shape (1,).

    1 - observed / expected disagreement, both over pairs of ratings; a subject weighs by its number of ratings.
    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    >>> nominal_alpha([[2, 0], [0, 2], [1, 1]], [0, 1, 2], seed=0, n_resamples=100).value.round(3).tolist()
    [0.444]
    """

    def apart(table: FloatArray) -> FloatArray:
        n = table.sum(axis=1, keepdims=True)
        return np.concatenate([table, (n**2 - (table**2).sum(axis=1, keepdims=True)) / (n - 1)], axis=1)

    return _interval(_per_item(counts, items, apart), _alpha_of_names, seed, n_resamples)


def ordinal_alpha(
    counts: npt.ArrayLike,
    items: npt.ArrayLike,
    scales: npt.ArrayLike | None = None,
    *,
    seed: int,
    n_resamples: int | None = None,
) -> Intervals:
    """Krippendorff's alpha of answers in order, with its interval, each of shape (1,).

    As `nominal_alpha`, and the distance of two answers is the share of all ratings that lie between their middles,
    squared, counted anew in each resample.

    `scales`, (s,), names the scale that a subject is rated on, where one answer is not the same for all: place 2 of 2
    is the last, place 2 of 5 is not. Shares are then of the ratings on one scale, chance draws two ratings on one
    scale, and both disagreements are summed over scales. (Were they drawn from all, random rankings of 2 and of 5
    would have an alpha of 0.2, for knowing which is which.) Krippendorff's own where there is one scale.
    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability; several scales are ours.

    >>> tables = [[3, 0, 0], [1, 2, 0], [0, 1, 2]]
    >>> ordinal_alpha(tables, [0, 1, 2], seed=0, n_resamples=100).value.round(3).tolist()
    [0.687]
    """
    table, names, kinds = _rated(counts, items, np.zeros(np.shape(items)) if scales is None else scales)
    unique, index = np.unique(names, return_inverse=True)
    of_scales = [_by_item(np.flatnonzero(kinds == kind), index) for kind in np.unique(kinds)]
    none = np.zeros((table.shape[1], table.shape[1]))
    pairs = [np.nonzero(sum((_met(table[rows]) for rows in of_scale), none)) for of_scale in of_scales]
    sums = np.zeros((len(unique), sum(table.shape[1] + len(first) for first, _ in pairs)))
    end = 0
    for of_scale, (first, second) in zip(of_scales, pairs, strict=True):
        start, end = end, end + table.shape[1] + len(first)
        for rows in of_scale:
            met = _met(table[rows])[first, second]
            sums[index[rows[0]], start:end] = np.concatenate([table[rows].sum(axis=0), met])
    return _interval(sums, lambda found: _alpha_in_order(found, table.shape[1], pairs), seed, n_resamples)


def _rated(counts: npt.ArrayLike, *names: npt.ArrayLike) -> list[npt.NDArray[Any]]:
    """The subjects with two ratings or more, and the names of their items (and of whatever else they belong to)."""
    table, *labels = (np.asarray(given) for given in (counts, *names))
    if table.ndim != 2 or any(given.shape != table.shape[:1] for given in labels):
        raise ValueError(f"counts {table.shape} and names {[given.shape for given in labels]} do not fit")
    if (table < 0).any() or (table.dtype.kind not in "iu" and (table % 1 != 0).any()):  # NaN % 1 is NaN, not 0 either
        raise ValueError("counts: must be whole numbers of ratings, 0 or more")
    rated = table.sum(axis=1) >= 2
    return [table, *labels] if rated.all() else [part[rated] for part in (table, *labels)]


def _per_item(counts: npt.ArrayLike, items: npt.ArrayLike, add: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The sums of what the subjects of each item add, (m, columns); a block of subjects at a time."""
    table, names = _rated(counts, items)
    unique, index = np.unique(names, return_inverse=True)
    sums = np.zeros((len(unique), add(np.zeros((0, table.shape[1]))).shape[1]))
    for start in range(0, len(table), _SUBJECTS_PER_BLOCK):
        block = slice(start, start + _SUBJECTS_PER_BLOCK)
        np.add.at(sums, index[block], add(table[block].astype(np.float64)))
    return sums


def _by_item(subjects: _Places, index: _Places) -> list[_Places]:
    """The subjects of each item together."""
    ordered = subjects[np.argsort(index[subjects], kind="stable")]
    return np.split(ordered, np.flatnonzero(np.diff(index[ordered])) + 1)


def _met(table: npt.NDArray[np.generic]) -> FloatArray:
    """How often two answers met in an item's subjects (s, k), weighed by numbers of ratings: (k, k), upper half."""
    given = table.astype(np.float64)
    return np.triu((given / (given.sum(axis=1, keepdims=True) - 1)).T @ given, k=1)


def _interval(sums: FloatArray, statistic: Statistic, seed: int, n_resamples: int | None) -> Intervals:
    """The statistic of the sums over items; at 1, Wilson's interval of as many items."""
    if not len(sums):
        return Intervals(*(np.full(1, np.nan) for _ in range(3)))
    found = bootstrap_sums(sums, statistic, seed=seed, n_resamples=n_resamples)
    if len(sums) >= 2 and found.value[0] > 1 - _ROUNDING:
        return Intervals(np.ones(1), np.array([wilson(1.0, len(sums))[0]]), np.ones(1))
    return found


def _kappa(sums: FloatArray) -> FloatArray:
    """From agreement, number of subjects and ratings per answer (b, 2 + k) to kappa (b, 1)."""
    agreement = ratio(sums[:, 0], sums[:, 1])
    given = sums[:, 2:]
    chance = (ratio(given, given.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return ratio(agreement - chance, 1 - chance)[:, None]


def _alpha_of_names(sums: FloatArray) -> FloatArray:
    """From ratings per answer and their disagreement (b, k + 1) to alpha (b, 1)."""
    given = sums[:, :-1]
    n = given.sum(axis=1)
    return 1 - ratio(sums[:, -1:] * (n - 1)[:, None], (n**2 - (given**2).sum(axis=1))[:, None])


def _alpha_in_order(sums: FloatArray, k: int, pairs: Sequence[tuple[_Places, ...]]) -> FloatArray:
    """To alpha (b, 1), from each scale's ratings per answer (b, k) and coincidences of two answers (b, p)."""
    n, observed, expected = (np.zeros((len(sums), 1)) for _ in range(3))
    end = 0
    for first, second in pairs:
        start, end = end, end + k + len(first)
        given, met = sums[:, start : start + k], sums[:, start + k : end]
        ratings = given.sum(axis=1, keepdims=True)
        # Shares from the middle of all ratings, which is also their mean. A scale that was not drawn adds nothing.
        middles = (given.cumsum(axis=1) - given / 2 - ratings / 2) / np.maximum(ratings, 1)
        observed += (met * (middles[:, first] - middles[:, second]) ** 2).sum(axis=1, keepdims=True)
        expected += (given * middles**2).sum(axis=1, keepdims=True)
        n += ratings
    # Chance draws without putting back. Corrected once for all: a scale with few ratings would be corrected too far.
    return 1 - ratio(observed * (n - 1), expected * n)
