"""Figures and counts in words, as every report has them."""

from __future__ import annotations

from weval.results import Estimate, Interval, PairEstimate

DASH = "–"


def number(value: float | None, decimals: int = 3) -> str:
    """So many decimals, a dash for what is undefined, and no minus before zero."""
    if value is None:
        return DASH
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if text.strip("-0.") == "" else text


def interval(ci: Interval, decimals: int = 3) -> str:
    """Both ends, or a dash."""
    return DASH if ci is None else f"{number(ci[0], decimals)} … {number(ci[1], decimals)}"


def value_of(estimate: Estimate | PairEstimate | None, decimals: int = 3) -> str:
    """The value alone."""
    return number(estimate.value if estimate else None, decimals)


def interval_of(estimate: Estimate | PairEstimate | None, decimals: int = 3) -> str:
    """Both ends of its interval, or a dash."""
    return interval(estimate.ci if estimate else None, decimals)


def places(best: int, worst: int) -> str:
    """A rank, or from which to which; a dash where there is none (0).

    >>> places(1, 1), places(2, 4), places(0, 0)
    ('1', '2–4', '–')
    """
    if not best:
        return DASH
    return f"{best}" if best == worst else f"{best}–{worst}"


def counted(n: int, noun: str) -> str:
    """So many of something.

    >>> counted(1, "item"), counted(1200, "item")
    ('1 item', '1,200 items')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
