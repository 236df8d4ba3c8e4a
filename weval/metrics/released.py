"""The paper's released script, reproduced on purpose and with its faults, for comparison with the published tables.

Source: Rainier-rq1/From_Coarse_to_Fine at 9e31c7cb6a54c88dbdc03a5aeaeeb6456f46cb16, WEval/cal_corr.py (the ranking),
server.py (requirement values) and llm_judge.py (means). It breaks tied scores by the kept count, that is by gold, so
a scorer that gives every text the same number comes out perfect. Headline figures are those of `ranking`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, IntArray, SignArray, pair_signs, ratio, same_rows


class Released(NamedTuple):
    """The script's three figures for each item, each of shape (m,)."""

    correlation: FloatArray
    il: FloatArray
    pl: FloatArray


def released(kept: npt.ArrayLike, scores: npt.ArrayLike) -> Released:
    """What the released script computes from kept counts and scores, both (m, n) with n >= 2, candidates in file order.

    `correlation` (-1 to 1) is Kendall's, `il` (0 to 1) is 1 - mean |rank difference| / (n-1) rather than the printed
    formula, `pl` is 1 for identical sequences and else 0. Tied scores are ordered by kept count, in favour of gold.
    Where kept counts tie as well, the earlier row has the better rank by score but the worse one by gold: a quirk of
    two stable sorts, kept as it is. Never undefined; a single candidate, text or no number at all raises ValueError.

    >>> [figure.tolist() for figure in released([[3, 2, 1]], [[0.5, 0.5, 0.5]])]
    [[1.0], [1.0], [1.0]]
    """
    gold, values = same_rows(kept, scores)
    by_kept = pair_signs(gold)
    by_score = pair_signs(values)
    score_ranks = _ranks(np.where(by_score == 0, by_kept, by_score))
    gold_ranks = _ranks(by_kept, earlier_first=False)
    n = gold.shape[1]
    signs = pair_signs(score_ranks.astype(np.float64)) * pair_signs(gold_ranks.astype(np.float64))
    distance = np.abs(score_ranks - gold_ranks).mean(axis=1)
    return Released(
        correlation=signs.sum(axis=(1, 2), dtype=np.int64) / (n * (n - 1)),
        il=1.0 - distance / (n - 1),
        pl=(score_ranks == gold_ranks).all(axis=1).astype(np.float64),
    )


def round_requirement_scores(values: npt.ArrayLike) -> FloatArray:
    """Requirement values at 3 decimals, as the released server sends them; any shape, NaN stays NaN.

    Source: server.py, Python's `round`, which decides halves by the exact binary value.

    >>> round_requirement_scores([0.99996, 0.0005]).tolist()
    [1.0, 0.001]
    """
    return _rounded(np.asarray(values, dtype=np.float64), 3)


def requirement_means(values: npt.ArrayLike, applicable: npt.ArrayLike, decimals: int | None = 4) -> FloatArray:
    """The mean over a candidate's applicable requirements, rounded: (m, n, r) and a mask (m, n, r) to (m, n).

    Undefined where nothing applies; values that do not apply may be NaN. Source: llm_judge.py, which rounds to 4
    decimals; server_eval.py does not round its means (`decimals` None), so that noise in the last bit decides ties.

    >>> requirement_means([[[0.5, 0.25, 0.25]]], [[[True, True, True]]]).tolist()
    [[0.3333]]
    """
    cells = np.asarray(values, dtype=np.float64)
    mask = np.asarray(applicable, dtype=np.bool_)
    if cells.ndim != 3 or cells.shape != mask.shape:
        raise ValueError(f"expected values and mask of one shape (m, n, r), got {cells.shape} and {mask.shape}")
    total = np.zeros(cells.shape[:2])
    for column in range(cells.shape[2]):  # one after the other, as the script adds: the last bit decides halves
        total += np.where(mask[:, :, column], cells[:, :, column], 0.0)
    means = ratio(total, mask.sum(axis=2))
    return means if decimals is None else _rounded(means, decimals)


def _ranks(signs: SignArray, earlier_first: bool = True) -> IntArray:
    """Ranks from 1 (best); what the signs leave tied goes by file order, forwards or backwards."""
    n = signs.shape[1]
    before = np.tri(n, k=-1, dtype=np.bool_)
    beaten_by = (signs < 0) | ((signs == 0) & (before if earlier_first else before.T))
    ranks: IntArray = 1 + beaten_by.sum(axis=2)
    return ranks


def _rounded(values: FloatArray, decimals: int) -> FloatArray:
    """Python's `round`, fast: numpy rounds the scaled value, which goes wrong near halves and for huge values."""
    with np.errstate(invalid="ignore", over="ignore"):
        result = np.round(values, decimals)
        near_half = np.abs(np.abs(values * 10.0**decimals) % 1.0 - 0.5) < 1e-6
    unsure = (near_half | (np.abs(values) > 1e6)) & np.isfinite(values)
    result[unsure] = [round(value, decimals) for value in values[unsure].tolist()]
    return result
