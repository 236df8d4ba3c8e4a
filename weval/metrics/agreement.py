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

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, ratio
from weval.metrics.intervals import Intervals, Statistic, bootstrap_sums, wilson

_CELLS_PER_BLOCK = 2_000_000
_ROUNDING = 1e-12


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
    table, names = _rated(counts, items)
    n = table.sum(axis=1, keepdims=True)
    agreeing = (table * (table - 1)).sum(axis=1, keepdims=True) / (n * (n - 1))
    return _over_items(np.concatenate([agreeing, np.ones_like(n), table], axis=1), names, _kappa, seed, n_resamples)


def krippendorff_alpha(
    counts: npt.ArrayLike, items: npt.ArrayLike, *, ordinal: bool, seed: int, n_resamples: int | None = None
) -> Intervals:
    """Krippendorff's alpha with its interval, each of shape (1,); answers are names or, `ordinal`, in order.

    1 - observed / expected disagreement, both over pairs of ratings; a subject weighs by its number of ratings. The
    ordinal distance of two answers is how many ratings lie between their middles, squared, counted anew in each
    resample.
    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    >>> tables = [[2, 0], [0, 2], [1, 1]]
    >>> krippendorff_alpha(tables, [0, 1, 2], ordinal=False, seed=0, n_resamples=100).value.round(3).tolist()
    [0.444]
    """
    table, names = _rated(counts, items)
    n, k = table.sum(axis=1, keepdims=True), table.shape[1]
    if not ordinal:
        apart = (n**2 - (table**2).sum(axis=1, keepdims=True)) / (n - 1)
        return _over_items(np.concatenate([table, apart], axis=1), names, _alpha_of_names, seed, n_resamples)
    first, second = np.triu_indices(k, k=1)
    met = table[:, first] * table[:, second] / (n - 1)
    seen = met.any(axis=0)
    first, second = first[seen], second[seen]

    def statistic(sums: FloatArray) -> FloatArray:
        step = max(1, _CELLS_PER_BLOCK // sums.shape[1])
        blocks = (sums[start : start + step] for start in range(0, len(sums), step))
        return np.concatenate([_alpha_in_order(block[:, :k], block[:, k:], first, second) for block in blocks])

    return _over_items(np.concatenate([table, met[:, seen]], axis=1), names, statistic, seed, n_resamples)


def _rated(counts: npt.ArrayLike, items: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.generic]]:
    """The subjects with two ratings or more, and the names of their items."""
    table, names = np.asarray(counts, dtype=np.float64), np.asarray(items)
    if table.ndim != 2 or names.shape != table.shape[:1]:
        raise ValueError(f"counts {table.shape} and items {names.shape} do not fit")
    if (table < 0).any() or (table % 1 != 0).any():  # NaN % 1 is NaN, which is not 0 either
        raise ValueError("counts: must be whole numbers of ratings, 0 or more")
    rated = table.sum(axis=1) >= 2
    return table[rated], names[rated]


def _over_items(
    rows: FloatArray, names: npt.NDArray[np.generic], statistic: Statistic, seed: int, n_resamples: int | None
) -> Intervals:
    """The statistic of the sums over items; at 1, Wilson's interval of as many items."""
    unique, index = np.unique(names, return_inverse=True)
    if not len(unique):
        return Intervals(*(np.full(1, np.nan) for _ in range(3)))
    sums = np.zeros((len(unique), rows.shape[1]))
    np.add.at(sums, index.ravel(), rows)
    found = bootstrap_sums(sums, statistic, seed=seed, n_resamples=n_resamples)
    if len(unique) >= 2 and found.value[0] > 1 - _ROUNDING:
        return Intervals(np.ones(1), np.array([wilson(1.0, len(unique))[0]]), np.ones(1))
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


def _alpha_in_order(
    given: FloatArray, met: FloatArray, first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]
) -> FloatArray:
    """From ratings per answer (b, k), and coincidences of the answers `first` and `second` (b, p), to alpha (b, 1)."""
    n = given.sum(axis=1, keepdims=True)
    middles = given.cumsum(axis=1) - given / 2 - n / 2  # 0 is the middle of all ratings, and their mean
    observed = 2 * (met * (middles[:, first] - middles[:, second]) ** 2).sum(axis=1, keepdims=True)
    expected = 2 * n * (given * middles**2).sum(axis=1, keepdims=True)
    return 1 - ratio(observed * (n - 1), expected)
