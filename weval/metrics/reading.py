"""Does a score per requirement follow the requirement, or only the look of the text?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, SignArray, numbers, ratio

_CELLS_PER_BLOCK = 500_000
"""Items are taken in blocks of about this many (requirement, requirement) cells: some 15 MB at a time."""

_RELATIVE_ERROR = 1e-9


def reading(values: npt.ArrayLike, kept: npt.ArrayLike, applicable: npt.ArrayLike) -> tuple[FloatArray, IntArray]:
    """Per item the mean sign of the interaction of text and requirement, and the number of comparisons behind it.

    All three arrays have shape (m, n, r): scores S, kept requirements, and the cells that apply (others may be NaN).
    Where candidate i kept a and dropped b, and j the other way round, D = S_ia - S_ib - S_ja + S_jb: every effect of
    the text alone and of the requirement alone cancels. The value, from -1 to 1, is the mean of sgn(D) over these
    quadruples, each counted once; those with a cell that does not apply are left out. Constant or form-only scorers
    get 0, a perfect reader 1. D counts as 0 within 1e-9 of the largest of its four scores, which is rounding.
    Undefined without quadruples, as always under nested dropout. Source: ours.

    >>> values, quadruples = reading([[[0.9, 0.2], [0.3, 0.8]]], [[[True, False], [False, True]]], [[[True] * 2] * 2])
    >>> values.tolist(), quadruples.tolist()
    ([1.0], [1])
    """
    held, usable = np.asarray(kept, dtype=np.bool_), np.asarray(applicable, dtype=np.bool_)
    scores = np.asarray(values)
    if not scores.shape == held.shape == usable.shape:
        raise ValueError(f"values, kept and applicable differ: {scores.shape}, {held.shape}, {usable.shape}")
    # A quarter is exact and keeps the sum of four from overflowing; only the sign of D matters.
    scores = numbers("values", np.where(usable, scores, 0), 3) / 4
    m, _, r = scores.shape
    signs, quadruples = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    step = max(1, _CELLS_PER_BLOCK // max(1, r * r))
    for start in range(0, m, step):
        block = slice(start, start + step)
        signs[block], quadruples[block] = _block_sums(scores[block], held[block], usable[block])
    return ratio(signs, quadruples), quadruples


def _block_sums(scores: FloatArray, kept: BoolArray, usable: BoolArray) -> tuple[IntArray, IntArray]:
    m, n, _ = scores.shape
    signs, quadruples = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    for i, j in combinations(range(n), 2):
        both = usable[:, i] & usable[:, j]
        only_i = kept[:, i] & ~kept[:, j] & both
        only_j = kept[:, j] & ~kept[:, i] & both
        chosen = only_i[:, :, None] & only_j[:, None, :]
        pair_signs = _interaction_signs(scores[:, i], scores[:, j])
        signs += (pair_signs * chosen).sum(axis=(1, 2), dtype=np.int64)
        quadruples += chosen.sum(axis=(1, 2))
    return signs, quadruples


def _interaction_signs(first: FloatArray, second: FloatArray) -> SignArray:
    """sgn(D) for two candidates (m, r) and all pairs of requirements: (m, r, r)."""
    difference = first - second
    largest = np.maximum(np.abs(first), np.abs(second))
    interaction = difference[:, :, None] - difference[:, None, :]
    rounding = _RELATIVE_ERROR * np.maximum(largest[:, :, None], largest[:, None, :])
    return (interaction > rounding).view(np.int8) - (interaction < -rounding).view(np.int8)
