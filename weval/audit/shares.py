"""From what each item adds to shares and means, with their intervals over items."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from weval import estimates
from weval.audit.records import Share
from weval.metrics import FloatArray, bootstrap
from weval.results import Estimate

Counts = tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]
"""How many, of how many: one number per item, shape (m,) each."""

K = TypeVar("K", bound=Hashable)


class GroupCounts:
    """How many of how many, per item and group, while items come one by one. A few bytes per item and group."""

    def __init__(self) -> None:
        self._rows = array("q")

    def add(self, item: int, group: int, hits: int, n: int) -> None:
        """Adds to what the item at a position has in a group."""
        self._rows.extend((item, group, hits, n))

    def by_group(self, n_items: int) -> dict[str, Counts]:
        """The counts of each group over all items, groups in ascending order."""
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 4)
        found: dict[str, Counts] = {}
        for group in np.unique(rows[:, 1]).tolist():
            own = rows[rows[:, 1] == group]
            hits, n = (np.bincount(own[:, 0], weights=own[:, column], minlength=n_items) for column in (2, 3))
            found[str(group)] = (hits, n)
        return found


def shares(groups: Mapping[K, Counts]) -> dict[K, Share]:
    """The share of each group that has anything to count; all intervals are on the same resamples of items."""
    chosen = {name: counts for name, counts in groups.items() if counts[1].sum()}
    if not chosen:
        return {}
    hits = np.column_stack([counts[0] for counts in chosen.values()]).astype(np.float64)
    n = np.column_stack([counts[1] for counts in chosen.values()]).astype(np.float64)
    found = bootstrap(hits, n, seed=0, limits=(0.0, 1.0))
    totals = zip(*(part.tolist() for part in found), hits.sum(axis=0), n.sum(axis=0), strict=True)
    return {
        name: Share(value=value, ci=estimates.interval(low, high), count=int(count), n=int(total))
        for name, (value, low, high, count, total) in zip(chosen, totals, strict=True)
    }


def share(counts: Counts) -> Share | None:
    """One share; None where there is nothing to count."""
    return shares({"": counts}).get("")


def summed(groups: Mapping[K, Counts]) -> Counts | None:
    """The counts of all groups together, None without any."""
    if not groups:
        return None
    hits = np.sum([counts[0] for counts in groups.values()], axis=0)
    return hits, np.sum([counts[1] for counts in groups.values()], axis=0)


def means(columns: Mapping[str, FloatArray], limits: tuple[float, float] | None = None) -> dict[str, Estimate]:
    """The mean over items of each column (m,) that has a value, on the same resamples; NaN is undefined.

    `limits` are the two ends of the range of all columns.
    """
    if not columns:
        return {}
    table = np.column_stack(list(columns.values()))
    table = table[~np.isnan(table).all(axis=1)]  # as in a run's result, whose items are the scored ones
    found = estimates.means([*columns], table, limits=limits)
    return {name: estimate for name, estimate in found.items() if estimate}
