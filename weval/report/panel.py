"""One question of a page: a chart, what it shows in words, and its numbers in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from weval.report.beside import ID_BYTES, score_text
from weval.report.charts import Mark
from weval.report.excerpts import excerpt
from weval.results import Estimate, Interval, PairEstimate
from weval.wording import DASH, number

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_ROWS = 60
"""Of a table: a page must not grow with its task."""


class Table(NamedTuple):
    """Numbers under their headers; the first cell of a row is its name. `more` rows are not shown."""

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """One question: what the chart shows, or why there is none; how it is drawn; its numbers."""

    title: str
    finding: str
    draw: Callable[[], Markup] | None = None
    table: Table | None = None


def first_rows(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    """A table of the first rows, which says how many more there are."""
    return Table(headers, rows[:MAX_ROWS], max(0, len(rows) - MAX_ROWS))


def marks_of(found: Mapping[str, Estimate] | Mapping[str, PairEstimate]) -> list[Mark]:
    """What a chart draws of estimates; of as many as a table has rows."""
    return [Mark(short_name(name), estimate.value, estimate.ci) for name, estimate in [*found.items()][:MAX_ROWS]]


def short_name(text: str) -> str:
    """A name from outside, fit for a page."""
    return excerpt(text, ID_BYTES).text


def listed(marks: Sequence[Mark], text: Callable[[float], str] = number) -> str:
    """Every mark with its value, in a row."""
    return ", ".join(f"{mark.name} {text(mark.value)}" for mark in marks)


def spoken(title: str, marks: Sequence[Mark], text: Callable[[float], str] = number) -> str:
    """A chart for who cannot see it: what it is about, and every value in it."""
    return f"{title}: {listed(marks, text)}."


def score_interval(ci: Interval) -> str:
    """Both ends of an interval of scores, in their own digits, or a dash."""
    return DASH if ci is None else f"{score_text(ci[0])} … {score_text(ci[1])}"
