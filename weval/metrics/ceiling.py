"""What a perfect reader would get: what is dropped and met anyway, or kept and not met, is noise in gold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, pair_signs, ratio, rows

UNCHECKED = -1
"""In an array of what was met: nobody can tell. 0 and 1 are not met and met."""


class MetRates(NamedTuple):
    """How often requirements of each type are met when dropped and when kept: shape (2, types + 1).

    The last column is over all types; it stands in where a type has no checks, or a requirement no type.
    """

    rates: FloatArray

    def chances(self, met: npt.ArrayLike, kept: npt.ArrayLike, types: npt.ArrayLike) -> FloatArray:
        """The chance that each candidate meets each requirement, (m, n, r): 0 or 1 where it was checked."""
        seen, held, codes = np.asarray(met), np.asarray(kept, dtype=np.int64), np.asarray(types)
        guess = self.rates[held, codes[:, None, :]]  # type -1, unknown, is the last column
        return np.where(seen == UNCHECKED, guess, seen)


def met_rates(parts: Iterable[tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_], npt.NDArray[Any]]]) -> MetRates | None:
    """The rates over groups of items: what was met (m, n, r), what was kept (m, n, r), type codes (m, r).

    None where nothing was checked of kept requirements, or nothing of dropped ones. A type that was never checked when
    kept, or never when dropped, has the rate over all types there.

    >>> met, kept = np.array([[[1, 0], [1, -1]]]), np.array([[[True, True], [False, True]]])
    >>> rates = met_rates([(met, kept, np.array([[0, 1]]))])
    >>> rates.rates.tolist()
    [[1.0, 1.0, 1.0], [1.0, 0.0, 0.5]]
    """
    counted: dict[int, FloatArray] = {}
    for met, kept, types in parts:
        codes = np.broadcast_to(types[:, None, :], met.shape)
        for code in {-1, *np.unique(types).tolist()}:
            of_type = (met != UNCHECKED) & ((codes == code) | (code == -1))
            cells = [of_type & ~kept, of_type & kept]
            sums = [[(cell & (met == 1)).sum() for cell in cells], [cell.sum() for cell in cells]]
            counted[code] = counted.get(code, np.zeros((2, 2))) + np.array(sums, dtype=np.float64)
    if not counted or not counted[-1][1].all():
        return None
    table = np.tile(ratio(*counted[-1])[:, None], max(counted) + 2)
    for code in counted.keys() - {-1}:
        own = ratio(*counted[code])
        table[:, code] = np.where(np.isnan(own), table[:, -1], own)
    return MetRates(table)


def expected_agreement(gold: npt.ArrayLike, chances: npt.ArrayLike) -> FloatArray:
    """The correlation with gold that counting met requirements is expected to have, shape (m,).

    Gold is (m, n), chances (m, n, r) the probabilities that requirement is met, independent of one another. The exact
    expectation of `correlation` for scores that are the numbers of requirements met; a tie adds 0. Undefined where gold
    is all tied. Range -1 to 1.

    >>> expected_agreement([[2, 1]], [[[1.0, 1.0], [1.0, 0.5]]]).tolist()
    [0.5]
    """
    truth = pair_signs(rows("gold", gold))
    p = np.asarray(chances, dtype=np.float64)
    if p.ndim != 3 or p.shape[:2] != truth.shape[:2]:
        raise ValueError(f"chances have shape {p.shape}, gold has {truth.shape[:2]}")
    counts = _count_distribution(p)
    below = np.cumsum(counts, axis=2) - counts
    above = np.einsum("mik,mjk->mij", counts, below)
    expected = above - above.transpose(0, 2, 1)
    return ratio((truth * expected).sum(axis=(1, 2)), np.abs(truth).sum(axis=(1, 2), dtype=np.int64))


def _count_distribution(p: FloatArray) -> FloatArray:
    """The chance that 0, 1 … r of the requirements are met, (m, n, r + 1)."""
    m, n, r = p.shape
    counts = np.zeros((m, n, r + 1))
    counts[:, :, 0] = 1.0
    for requirement in range(r):
        met = p[:, :, requirement, None]
        shifted = np.concatenate([np.zeros((m, n, 1)), counts[:, :, :-1]], axis=2)
        counts = counts * (1 - met) + shifted * met
    return counts
