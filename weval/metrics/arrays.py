"""What every metric stands on: the array types, the one check of what comes in, and the order within each pair."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
SignArray = npt.NDArray[np.int8]

_TIE_BITS = 40


def numbers(name: str, values: npt.ArrayLike, ndim: int) -> FloatArray:
    """The values as floats of the given number of dimensions.

    Text is refused rather than read as a number: compared as text, "0.10" stands below "0.9" but above "0.08x".
    Raises ValueError for anything but finite numbers in the right shape.

    >>> numbers("scores", [[1, 2]], 2).tolist()
    [[1.0, 2.0]]
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected numbers, got {array.dtype}")
    if array.ndim != ndim:
        raise ValueError(f"{name}: expected {ndim} dimensions, got shape {array.shape}")
    result = array.astype(np.float64, copy=False)
    if not np.isfinite(result).all():
        raise ValueError(f"{name}: every value must be finite; leave incomplete items out")
    return result


def rows(name: str, values: npt.ArrayLike) -> FloatArray:
    """One row per item and one finite number per candidate, shape (m, n) with n >= 2.

    Raises ValueError where there is nothing to put in order, that is below two candidates.

    >>> rows("scores", [[1, 2]]).shape
    (1, 2)
    """
    result = numbers(name, values, 2)
    if result.shape[1] < 2:
        raise ValueError(f"{name}: an order needs at least 2 candidates, got shape {result.shape}")
    return result


def same_rows(gold: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Gold and scores as two arrays of one shape (m, n).

    >>> [a.shape for a in same_rows([[2, 1]], [[0.3, 0.1]])]
    [(1, 2), (1, 2)]
    """
    first, second = rows("gold", gold), rows("scores", scores)
    if first.shape != second.shape:
        raise ValueError(f"gold has shape {first.shape}, scores have {second.shape}")
    return first, second


def pair_signs(values: FloatArray) -> SignArray:
    """For each item the sign of values[i] - values[j], shape (m, n, n).

    Compared, not subtracted: a difference can overflow, or vanish between two tiny numbers.

    >>> pair_signs(np.array([[3.0, 1.0, 1.0]])).tolist()
    [[[0, 1, 1], [-1, 0, 0], [-1, 0, 0]]]
    """
    above = (values[:, :, None] > values[:, None, :]).view(np.int8)
    return above - above.transpose(0, 2, 1)


def ratio(numerator: npt.NDArray[np.generic], denominator: npt.NDArray[np.generic]) -> FloatArray:
    """numerator / denominator element by element, NaN (undefined) where the denominator is 0.

    >>> ratio(np.array([1, 1]), np.array([2, 0])).tolist()
    [0.5, nan]
    """
    top = np.asarray(numerator, dtype=np.float64)
    bottom = np.asarray(denominator, dtype=np.float64)
    result = np.full(np.broadcast_shapes(top.shape, bottom.shape), np.nan)
    np.divide(top, bottom, out=result, where=bottom != 0)
    return result


def tied_means(values: FloatArray, chosen: BoolArray) -> FloatArray:
    """Means of the chosen values along the last axis, equal ones exactly equal; NaN (undefined) where none is chosen.

    Means that are equal in arithmetic differ in their last bits when other values made them, and would break a tie, so
    those that agree in 40 bits, about 12 digits, are made one. Values that are not chosen may be NaN.

    >>> first, second = tied_means(np.array([[0.3, 0.0, 0.0], [0.1, 0.2, 0.0]]), np.full((2, 3), True))
    >>> bool(first == second), (0.1 + 0.2) / 3 == 0.3 / 3
    (True, False)
    """
    means = ratio(np.where(chosen, values, 0.0).sum(axis=-1), chosen.sum(axis=-1))
    fraction, exponent = np.frexp(means)
    snapped: FloatArray = np.ldexp(np.round(np.ldexp(fraction, _TIE_BITS)), exponent - _TIE_BITS)
    return snapped
