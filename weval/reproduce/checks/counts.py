"""What a mean over so many items can be: PL is a count of identical rankings, so few values of it can be printed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from weval.reproduce.checks.printed import FIGURES, Printed, PrintedRow
from weval.types import Record

_ENOUGH_ITEMS = 1000
"""So many make every value of one decimal."""


class Count(Record):
    """A printed PL, and the numbers of items that it can stand for, each from another way of rounding.

    `rounded`: the share rounded to one decimal of percent, halves either way. `twice`: further ones if the script's
    four decimals were rounded once more. `cut`: if decimals were cut off.
    """

    row: PrintedRow
    rounded: tuple[int, ...]
    twice: tuple[int, ...]
    cut: tuple[int, ...]


class Odd(Record):
    """A value that `n_items` rankings cannot make: the least number that could, and how many rankings of every item,
    averaged, it takes at least.
    """

    count: Count
    fewest_items: int
    fewest_rankings: int


class Step(Record):
    """A figure's least step in a mean over all items, in points, and how many steps a printed decimal holds."""

    figure: str
    points: float
    in_a_decimal: float


class Counts(Record):
    """Every PL as a count. `makeable` is the share of all values with one decimal that `n_items` can make.
    `fewest_items` is the least number of items that can make all values but the odd ones.
    """

    n_items: int
    rows: tuple[Count, ...]
    odd: tuple[Odd, ...]
    makeable: float
    fewest_items: int
    steps: tuple[Step, ...]


def counts(printed: Printed) -> Counts:
    """The counts behind the printed PL."""
    n = printed.n_items
    rows = [_count(row, n) for row in printed.rows]
    made = [_tenths(each.row.figures.pl) for each in rows if each.rounded]
    return Counts(
        n_items=n,
        rows=tuple(rows),
        odd=tuple(_odd(each, n) for each in rows if not each.rounded),
        makeable=sum(bool(rounded_counts(tenths, n)) for tenths in range(1001)) / 1001,
        fewest_items=_fewest(made),
        steps=_steps(n, printed.n_candidates),
    )


def rounded_counts(tenths: int, n: int) -> tuple[int, ...]:
    """The k for which k / n in percent, rounded to one decimal with halves either way, is so many tenths.

    >>> rounded_counts(780, 550), rounded_counts(794, 550)
    ((429,), ())
    """
    near = tenths * n // 1000
    return tuple(k for k in range(max(near - 1, 0), min(near + 2, n) + 1) if abs(1000 * k - tenths * n) * 2 <= n)


def twice_rounded_counts(tenths: int, n: int) -> tuple[int, ...]:
    """The k for which k / n at four decimals, and that in percent at one, is so many tenths; halves either way.

    >>> twice_rounded_counts(794, 550)  # 437/550 is 0.79454…, so 0.7945, which is 79.4 or 79.5 %
    (437,)
    """
    near = tenths * n // 1000  # half a decimal, and half a hundredth of percent before it: 0.55 tenths
    return tuple(k for k in range(max(near - 1, 0), min(near + 2, n) + 1) if abs(1000 * k - tenths * n) * 20 <= 11 * n)


def cut_counts(tenths: int, n: int) -> tuple[int, ...]:
    """The k for which k / n in percent, cut off after one decimal, is so many tenths.

    >>> cut_counts(794, 550)
    (437,)
    """
    near = tenths * n // 1000
    return tuple(k for k in range(near, min(near + 2, n) + 1) if 1000 * k // n == tenths)


def _count(row: PrintedRow, n: int) -> Count:
    tenths = _tenths(row.figures.pl)
    rounded = rounded_counts(tenths, n)
    twice = tuple(k for k in twice_rounded_counts(tenths, n) if k not in rounded)
    return Count(row=row, rounded=rounded, twice=twice, cut=cut_counts(tenths, n))


def _odd(found: Count, n: int) -> Odd:
    tenths = _tenths(found.row.figures.pl)
    times = next(times for times in count(1) if rounded_counts(tenths, times * n))
    return Odd(count=found, fewest_items=_fewest([tenths]), fewest_rankings=times)


def _fewest(values: Sequence[int]) -> int:
    return next(n for n in range(1, _ENOUGH_ITEMS + 1) if all(rounded_counts(tenths, n) for tenths in values))


def _steps(n_items: int, n_candidates: int) -> tuple[Step, ...]:
    """Of one item: the correlation moves by 2 pairs of n(n-1)/2, the script's IL by rank differences of 2 in all."""
    pairs = n_candidates * (n_candidates - 1)
    of_an_item = dict(zip(FIGURES, (4 / pairs, 2 / pairs, 1.0), strict=True))
    points = {figure: 100 * step / n_items for figure, step in of_an_item.items()}
    return tuple(Step(figure=figure, points=step, in_a_decimal=0.1 / step) for figure, step in points.items())


def _tenths(value: float) -> int:
    return round(10 * value)
