"""Two scorers on the same items: is the difference more than chance, how large is it, and how many items would tell."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, numbers

_NORMAL = NormalDist()
_EXACT_UP_TO = 14
"""With so many items that differ, all 16,384 ways to flip signs are looked at."""

_CELLS_PER_BLOCK = 4_000_000
_ROUNDING = 1e-9


class ClassicTests(NamedTuple):
    """Two-sided p values; None where the test is undefined."""

    wilcoxon: float | None
    t: float | None


def sign_flip(differences: npt.ArrayLike, *, seed: int, n_flips: int = 20_000) -> float:
    """Two-sided p value of the paired permutation test of a mean difference of 0.

    If the two scorers were exchangeable, each item's difference (m,) could have had the other sign. p is the share of
    sign patterns whose mean is at least as far from 0: of all patterns where at most 14 items differ, else of
    `n_flips` drawn ones with the observed one among them, so that p is never 0. Items without a difference count for
    nothing; where none differs, p is 1. Raises ValueError for NaN.
    Source: Fisher (1935), Pitman (1937); (1 + b) / (1 + n) after Phipson and Smyth (2010).

    >>> sign_flip([0.2, 0.4, 0.1], seed=0)
    0.25
    """
    values = numbers("differences", differences, 1)
    values = values[values != 0]
    if not len(values):
        return 1.0
    observed = abs(values.sum()) - _ROUNDING * np.abs(values).sum()
    if len(values) <= _EXACT_UP_TO:
        patterns = np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1
        return float((np.abs((1 - 2 * patterns) @ values) >= observed).mean())
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS_PER_BLOCK // len(values))
    reached = 0
    for start in range(0, n_flips, step):
        flips = generator.integers(0, 2, size=(min(step, n_flips - start), len(values)), dtype=np.int8)
        sums = values.sum() - 2 * (flips.astype(np.float64) @ values)
        reached += int((np.abs(sums) >= observed).sum())
    return (1 + reached) / (1 + n_flips)


def classic_tests(differences: npt.ArrayLike) -> ClassicTests:
    """Wilcoxon's signed-rank test and the paired t test, two-sided, on differences (m,).

    Wilcoxon leaves out items without a difference and is undefined where none differs; t where fewer than two items
    are there or all differences are equal. By scipy, which must be installed.

    >>> classic_tests([0.0, 0.0]).wilcoxon is None
    True
    """
    from scipy import stats

    values = numbers("differences", differences, 1)
    wilcoxon = float(stats.wilcoxon(values).pvalue) if values.any() else None
    varied = len(values) > 1 and np.ptp(values) > _ROUNDING * np.abs(values).max()
    return ClassicTests(wilcoxon, float(stats.ttest_1samp(values, 0.0).pvalue) if varied else None)


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """p values adjusted so that the chance of any false finding among them stays below the level. Shape (k,).

    Source: Holm (1979).

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = numbers("p_values", p_values, 1)
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(adjusted, 1.0)
    return result


def effect_size(differences: npt.ArrayLike) -> float | None:
    """Cohen's d of paired differences (m,): their mean over their standard deviation (m - 1).

    None with fewer than two items, or where all differences are equal.

    >>> effect_size([0.0, 1.0, 2.0])
    1.0
    """
    values = numbers("differences", differences, 1)
    spread = _spread(values)
    return float(values.mean() / spread) if spread else None


def detectable_difference(
    differences: npt.ArrayLike, *, most: float = math.inf, power: float = 0.8, level: float = 0.05
) -> float | None:
    """The smallest mean difference that a two-sided test finds with the given power on as many items as these (m,).

    The inverse of `items_needed`: the normal approximation, (z for the level + z for the power) * standard error, with
    Guenther's (1981) correction for the t test. None where the differences have no spread to judge by (fewer than two
    items, or all alike), and where it would be above `most`, the largest difference that there can be.

    >>> round(detectable_difference([0.0, 1.0, 2.0, 1.0]), 2)
    1.59
    """
    values = numbers("differences", differences, 1)
    spread = _spread(values)
    if not spread or len(values) <= (correction := _correction(level)):
        return None
    found = _reach(power, level) * spread / math.sqrt(len(values) - correction)
    return found if found <= most else None


def items_needed(differences: npt.ArrayLike, *, power: float = 0.8, level: float = 0.05) -> int | None:
    """How many items a two-sided paired test needs to find a mean difference of the observed size and spread.

    The normal approximation with Guenther's (1981) correction for the t test; at least as many as give `sign_flip` the
    patterns to reach the level, 6 at 5 %. None where the mean is 0 or there are fewer than two items.

    >>> items_needed([0.0, 1.0, 2.0, 1.0])
    8
    """
    values = numbers("differences", differences, 1)
    mean = abs(values.mean()) if len(values) > 1 else 0.0
    if mean <= _ROUNDING * np.abs(values).max(initial=0.0):
        return None
    fewest = math.ceil(1 - math.log2(level))  # of 2^n patterns, the observed one and its mirror image are as far from 0
    return max(fewest, math.ceil((_reach(power, level) * _spread(values) / mean) ** 2 + _correction(level)))


def _reach(power: float, level: float) -> float:
    return _NORMAL.inv_cdf(1 - level / 2) + _NORMAL.inv_cdf(power)


def _correction(level: float) -> float:
    """How many items more a t test needs than the normal approximation says."""
    return _NORMAL.inv_cdf(1 - level / 2) ** 2 / 2


def _spread(values: FloatArray) -> float:
    """The standard deviation (m - 1), 0 where the values differ by rounding only."""
    if len(values) < 2 or np.ptp(values) <= _ROUNDING * np.abs(values).max():
        return 0.0
    return float(values.std(ddof=1))
