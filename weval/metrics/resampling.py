"""Bootstrap resamples of items as counts: how often each item was drawn, so that resampled sums are matrix products."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, IntArray

_DRAWS_PER_BLOCK = 2_000_000
"""Resamples come in blocks of about this many draws: three arrays of 8 bytes each, some 48 MB."""


_MOST_KEPT = 30_000_000
"""Counts of resamples that are kept for the next figure on the same items: at most 30 MB for one set of items."""

_SMALL = 600_000
"""So few counts are kept as floats, 5 MB, and need not be converted for each figure."""

_SETS_KEPT = 16
"""All items of a task, and those of its categories and languages, which together are as large as three sets of all."""


RESAMPLES = "bootstrap resamples of items; default: 10,000, beyond 10,000 items 1,000"
"""What is said of the setting."""


def default_resamples(m: int) -> int:
    """How many resamples to draw for m items: 10,000 up to 10,000 items, 1,000 above.

    The interval of a larger sample is narrow and nearly symmetric, so that its ends are settled by fewer resamples;
    10,000 of 100,000 items would be a thousand million draws.

    >>> default_resamples(550), default_resamples(100_000)
    (10000, 1000)
    """
    return 10_000 if m <= 10_000 else 1_000


def resample_counts(m: int, n_resamples: int, seed: int) -> Iterator[FloatArray]:
    """Blocks of shape (some resamples, m) that say how often each of m items was drawn; every row sums to m.

    Repeatable for a seed. Memory stays near 48 MB up to two million items, above which one resample makes a block.

    >>> [block.sum(axis=1).tolist() for block in resample_counts(3, 2, seed=0)]
    [[3.0, 3.0]]
    """
    if m < 1 or n_resamples < 1:
        raise ValueError(f"need at least 1 item and 1 resample, got {m} and {n_resamples}")
    # All figures of a run are on the same resamples, which are drawn once as long as they fit into little memory.
    cells = m * n_resamples
    if cells <= _SMALL:
        yield from _kept_as_floats(m, n_resamples, seed)
        return
    for counts in _kept(m, n_resamples, seed) if cells <= _MOST_KEPT else _drawn(m, n_resamples, seed):
        yield counts.astype(np.float64)


@lru_cache(maxsize=_SETS_KEPT)
def _kept_as_floats(m: int, n_resamples: int, seed: int) -> tuple[FloatArray, ...]:
    return tuple(counts.astype(np.float64) for counts in _drawn(m, n_resamples, seed))


@lru_cache(maxsize=_SETS_KEPT)
def _kept(m: int, n_resamples: int, seed: int) -> tuple[npt.NDArray[np.uint8], ...]:
    # An item drawn 256 times in one resample: a chance of 1 in 256!, which is nobody's.
    return tuple(counts.astype(np.uint8) for counts in _drawn(m, n_resamples, seed))


def _drawn(m: int, n_resamples: int, seed: int) -> Iterator[IntArray]:
    generator = np.random.default_rng(seed)
    step = max(1, _DRAWS_PER_BLOCK // m)
    for start in range(0, n_resamples, step):
        size = min(step, n_resamples - start)
        draws = generator.integers(0, m, size=(size, m))
        draws += np.arange(size)[:, None] * m  # each resample counts in a range of its own
        yield np.bincount(draws.ravel(), minlength=size * m).reshape(size, m)
