"""From arrays to what a result holds: means over items and shares of pairs, each with its interval and count."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from weval.metrics import LIMITS, FloatArray, bootstrap
from weval.results import Estimate, Interval, PairEstimate

K = TypeVar("K", bound=Hashable)


def means(
    names: Sequence[str], columns: FloatArray, resamples: int | None = None, limits: tuple[float, float] | None = None
) -> dict[str, Estimate | None]:
    """The mean of each column (m, k) over the items that have a value; None where none has.

    All on the same resamples of items. `limits` are the ends of the range of every column; without, a figure that has
    a range of its own has that. At an end of its range a mean has Wilson's interval.
    """
    return means_of_each(names, [columns], resamples, limits)[0]


def means_of_each(
    names: Sequence[str],
    tables: Sequence[FloatArray],
    resamples: int | None = None,
    limits: tuple[float, float] | None = None,
) -> list[dict[str, Estimate | None]]:
    """`means` of several tables of the same items, as of several models: much faster together than one by one."""
    ranges = [limits or LIMITS.get(name, (np.nan, np.nan)) for name in names]
    columns = np.concatenate(tables, axis=1)
    found = bootstrap(columns, seed=0, n_resamples=resamples, limits=ranges * len(tables))
    counts = (~np.isnan(columns)).sum(axis=0).tolist()
    estimates = [
        None if np.isnan(value) else Estimate(value=value, ci=interval(low, high), n=n)
        for value, low, high, n in zip(*(part.tolist() for part in found), counts, strict=True)
    ]
    k = len(names)
    return [dict(zip(names, estimates[at : at + k], strict=True)) for at in range(0, len(estimates), k)]


def mean(name: str, values: FloatArray, resamples: int | None = None) -> Estimate | None:
    """The mean of one figure, (m,), over the items that have a value, the others left out of resampling too.

    None where no item has a value. `name` says which figure's range it has.
    """
    return means([name], values[~np.isnan(values), None], resamples)[name]


def shares_of_pairs(
    groups: Mapping[K, tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.signedinteger[Any]]]],
    resamples: int | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
) -> dict[K, PairEstimate]:
    """Points over pairs for each group that has any pairs; items are resampled.

    A group is the points and the pairs of each item, (m,) and (m,). `limits` are the ends of the range of a share.
    """
    chosen = {name: pair for name, pair in groups.items() if pair[1].sum()}
    if not chosen:
        return {}
    points, counts = (np.column_stack(columns) for columns in zip(*chosen.values(), strict=True))
    found = bootstrap(points, counts, seed=0, n_resamples=resamples, limits=limits)
    totals = counts.sum(axis=0).tolist()
    return {
        name: PairEstimate(value=value, ci=interval(low, high), n_pairs=total)
        for name, value, low, high, total in zip(chosen, *(part.tolist() for part in found), totals, strict=True)
    }


def interval(low: float, high: float) -> Interval:
    """Both ends, None where they are undefined (NaN)."""
    return None if np.isnan(low) else (low, high)
