"""Figures and counts in words, as every report has them."""

from __future__ import annotations

from weval.results import Estimate, Interval, PairEstimate

DASH = "–"


def number(value: float | None) -> str:
    """Three decimals, a dash for what is undefined, and no minus before zero."""
    if value is None:
        return DASH
    text = f"{value:.3f}"
    return text.removeprefix("-") if text.strip("-0.") == "" else text


def interval(ci: Interval) -> str:
    """Both ends, or a dash."""
    return DASH if ci is None else f"{number(ci[0])} … {number(ci[1])}"


def value_of(estimate: Estimate | PairEstimate | None) -> str:
    """The value alone."""
    return number(estimate.value if estimate else None)


def counted(n: int, noun: str) -> str:
    """So many of something.

    >>> counted(1, "item"), counted(1200, "item")
    ('1 item', '1,200 items')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
