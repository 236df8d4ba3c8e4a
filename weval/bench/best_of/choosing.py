"""Which of N texts is the best of n of them: chances, exact, not drawn."""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt

from weval.metrics import FloatArray


def numbers_of_texts(n_texts: int) -> tuple[int, ...]:
    """The n of a curve: the powers of two up to N, and N itself.

    >>> numbers_of_texts(8), numbers_of_texts(6)
    ((1, 2, 4, 8), (1, 2, 4, 6))
    """
    powers = [2**k for k in range(n_texts.bit_length())]
    return tuple(dict.fromkeys([*powers, n_texts]))


def chances(rewards: npt.ArrayLike, n: int) -> FloatArray:
    """How probable it is of each of N texts that it is chosen as the best of n, drawn without replacement, (N,).

    Higher rewards are better; the text of rank r of N is chosen with C(N-r, n-1) / C(N, n). Equal rewards have equal
    chances. A text without a reward (NaN) is drawn, but never chosen; where none of the n has one, others are drawn.
    So the chances add up to 1; where no text has a reward, all are 0. Raises ValueError for an n that is not 1 to N.

    >>> chances([5.0, 7.0, 6.0], 2).round(3).tolist()
    [0.0, 0.667, 0.333]
    >>> chances([5.0, float("nan"), 5.0], 2).tolist()
    [0.5, 0.0, 0.5]
    """
    values = np.asarray(rewards, dtype=np.float64)
    total = len(values)
    if not 1 <= n <= total:
        raise ValueError(f"n: must be 1 to {total}, got {n}")
    found = np.zeros(total)
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return found
    # Whole numbers of any size, as C(64, 32) is exact in no float.
    ways = [comb(total - rank, n - 1) for rank in range(1, len(known) + 1)]
    order = known[np.argsort(-values[known], kind="stable")]
    _, first, sizes = np.unique(-values[order], return_index=True, return_counts=True)
    for start, size in zip(first.tolist(), sizes.tolist(), strict=True):
        found[order[start : start + size]] = sum(ways[start : start + size]) / (size * sum(ways))
    return found
