"""From what each item adds to shares, with their intervals over items."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from weval.audit.records import Share
from weval.estimates import shares_of_pairs

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
    counts = {name: (hits.astype(np.float64), n.astype(np.int64)) for name, (hits, n) in groups.items()}
    return {
        name: Share(value=found.value, ci=found.ci, count=int(counts[name][0].sum()), n=found.n_pairs)
        for name, found in shares_of_pairs(counts).items()
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
