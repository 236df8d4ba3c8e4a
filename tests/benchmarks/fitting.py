"""How cost grows: a straight line through points, and the exponent of a power."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, log
from typing import NamedTuple


class Fit(NamedTuple):
    """Value at zero (of a power: at one), slope (of a power: exponent), and R², None where all values are the same."""

    at_zero: float
    slope: float
    r2: float | None


def line(xs: Sequence[float], ys: Sequence[float]) -> Fit:
    """The straight line with the least squares. Raises ValueError without two different x.

    >>> line([1, 2, 3], [5, 7, 9])
    Fit(at_zero=3.0, slope=2.0, r2=1.0)
    """
    if len(set(xs)) < 2:
        raise ValueError("a line needs two different x")
    mean_x, mean_y = fsum(xs) / len(xs), fsum(ys) / len(ys)
    square = fsum((x - mean_x) ** 2 for x in xs)
    slope = fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / square
    at_zero = mean_y - slope * mean_x
    whole = fsum((y - mean_y) ** 2 for y in ys)
    left = fsum((y - at_zero - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    return Fit(at_zero, slope, 1 - left / whole if whole else None)


def power(xs: Sequence[float], ys: Sequence[float]) -> Fit:
    """The power law y = c · x^k as a line through the logarithms; R² is theirs. All values are to be above 0.

    A fixed cost pulls the exponent below that of the growing part: look at it beside the line.

    >>> fit = power([1, 10, 100], [2, 200, 20000])
    >>> round(fit.at_zero, 9), round(fit.slope, 9), round(fit.r2, 9)
    (2.0, 2.0, 1.0)
    """
    found = line([log(x) for x in xs], [log(y) for y in ys])
    return found._replace(at_zero=exp(found.at_zero))
