"""Two scorers on the same pairs of candidates: which of them puts a pair in gold order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import FloatArray, pair_signs, ratio, rows, same_rows

NO_PAIR, NEITHER, ONLY_FIRST, ONLY_SECOND, BOTH = -1, 0, 1, 2, 3
"""What can be said of an ordered pair; NO_PAIR where gold does not put its first candidate above its second."""


def verdicts(gold: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """For each ordered pair of candidates which of two scorers puts it in gold order, codes of shape (m, n, n).

    All three are (m, n). A tie in score is not in order. The four cells are those of McNemar's table.

    >>> verdicts([[2, 1]], [[0.9, 0.1]], [[0.5, 0.5]]).tolist() == [[[NO_PAIR, ONLY_FIRST], [NO_PAIR, NO_PAIR]]]
    True
    """
    truth, one = same_rows(gold, first)
    _, other = same_rows(gold, second)
    right = [(pair_signs(scores) > 0).astype(np.int8) for scores in (one, other)]
    codes = right[0] * np.int8(ONLY_FIRST) + right[1] * np.int8(ONLY_SECOND)
    return np.where(pair_signs(truth) > 0, codes, np.int8(NO_PAIR))


def concordance(first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """How alike two scorers rank the candidates of an item: concordant minus discordant pairs over all, shape (m,).

    Range -1 to 1; a pair that either leaves tied adds 0, so that even a scorer with ties and itself stay below 1.

    >>> concordance([[3.0, 2.0, 1.0]], [[1.0, 3.0, 2.0]]).round(2).tolist()
    [-0.33]
    """
    one, other = rows("first", first), rows("second", second)
    if one.shape != other.shape:
        raise ValueError(f"the two have shapes {one.shape} and {other.shape}")
    n = one.shape[1]
    return ratio((pair_signs(one) * pair_signs(other)).sum(axis=(1, 2), dtype=np.int64), np.array(n * (n - 1)))
