"""Which formula a printed IL can have come from: bounds that hold for every ranking, whatever the rule for ties.

n candidates; a ranking and gold are two permutations. K is the number of pairs in another order, so that the
correlation t is 1 - 4K / n(n-1); D is the sum of the rank differences. Every bound is linear in the figures of an
instruction, so it holds for their means over instructions as well. Figures are fractions here.
"""

from __future__ import annotations

from typing import Literal

from weval.reproduce.checks.printed import ROUNDING, Figures, PrintedRow, percent
from weval.types import Record

Possible = Literal["yes", "if rounded", "no"]
"""Whether values can belong together as they are printed, only since each may be up to ROUNDING off, or not even so."""


class Bound(Record):
    """A row, what IL each formula allows it, in percent, and whether the printed IL can have come from it.

    `printed_most` is the end of the printed formula, `script` the interval of the released script's by the correlation
    alone, `script_most` its sharper upper end by PL as well: `by_all` holds the row against that, too.
    """

    row: PrintedRow
    printed_most: float
    by_printed: Possible
    script: tuple[float, float]
    script_most: float
    by_script: Possible
    by_all: Possible


def bound(row: PrintedRow, n: int) -> Bound:
    """A printed row against the bounds for n candidates."""
    figures = row.figures
    correlation, pl = figures.correlation / 100, figures.pl / 100
    low, high = script_il(correlation)
    return Bound(
        row=row,
        printed_most=percent(printed_il_most(pl, n)),
        by_printed=_possible(_fits_printed(figures, n, 0.0), _fits_printed(figures, n, ROUNDING)),
        script=(percent(low), percent(high)),
        script_most=percent(script_il_most(correlation, pl, n)),
        by_script=_possible(_fits_script(figures, 0.0), _fits_script(figures, ROUNDING)),
        by_all=_possible(_fits_all(figures, n, 0.0), _fits_all(figures, n, ROUNDING)),
    )


def printed_il_most(pl: float, n: int) -> float:
    """The most that IL by the printed formula, the share of candidates in place, can be with a PL.

    A ranking with n - 1 candidates in place has the last one in place as well, as no other place is left for it. So a
    ranking that is not identical has at most n - 2 in place, and IL <= PL + (1 - PL)(n - 2)/n. Two neighbours that
    changed places reach it.

    >>> round(printed_il_most(0.78, 5), 3)
    0.912
    """
    return pl + (1 - pl) * (n - 2) / n


def script_il(correlation: float) -> tuple[float, float]:
    """The least and the most that the script's IL, 1 - D / n(n-1), can be with a correlation; n drops out.

    K <= D <= 2K (Diaconis and Graham 1977, Spearman's footrule as a measure of disarray). K swaps of neighbours lead
    from one ranking to the other, and each moves two candidates by one place: D <= 2K. For K <= D see `script_il_most`.
    With K = (1 - t) n(n-1) / 4 that is (1 + t)/2 <= IL <= (3 + t)/4.

    >>> [round(end, 4) for end in script_il(0.946)]
    [0.973, 0.9865]
    """
    return (1 + correlation) / 2, (3 + correlation) / 4


def script_il_most(correlation: float, pl: float, n: int) -> float:
    """The most that the script's IL can be with a correlation and a PL: (3 + t)/4 - (1 - PL) / n(n-1).

    As K + 1 <= D for a ranking that is not identical. By induction on n: if the n-th candidate is in place, leave it
    out. Else it stands on place j, and the k-th on place n. Exchange the two. With m = max(j, k) this takes 2(n - m)
    off D, and off K at most 1 + 2(n - 1 - m): the pair itself, and two for each candidate that stands between and ranks
    between, of which there are at most n - 1 - m. So every exchange takes at least 1 more off D than off K.

    It meets the least IL where the correlation is PL + (1 - PL)(1 - 4 / n(n-1)); no greater one can be with that PL.

    >>> round(script_il_most(0.946, 0.78, 5), 4)
    0.9755
    """
    return script_il(correlation)[1] - (1 - pl) / (n * (n - 1))


def _fits_printed(figures: Figures, n: int, off: float) -> bool:
    most = printed_il_most((figures.pl + off) / 100, n)
    return figures.il - off <= percent(most)


def _fits_script(figures: Figures, off: float) -> bool:
    """Whether IL is inside where each figure is moved by `off` points in its favour; so in the next one."""
    low, high = (script_il((figures.correlation + sign * off) / 100)[end] for end, sign in enumerate((-1, 1)))
    return percent(low) <= figures.il + off and figures.il - off <= percent(high)


def _fits_all(figures: Figures, n: int, off: float) -> bool:
    correlation, pl = (figures.correlation + off) / 100, (figures.pl + off) / 100
    return _fits_script(figures, off) and figures.il - off <= percent(script_il_most(correlation, pl, n))


def _possible(as_printed: bool, rounded: bool) -> Possible:
    return "yes" if as_printed else "if rounded" if rounded else "no"
