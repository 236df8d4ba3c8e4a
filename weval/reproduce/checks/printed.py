"""What the paper prints about WEval: the rows with correlation, IL and PL, and of how many items they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from weval.errors import DataError
from weval.metrics import Released
from weval.published import Family, PublishedRow, PublishedTable, read_published
from weval.types import Record

FIGURES = Released._fields
"""The three figures of the tables, as their columns are named."""

ROUNDING = 0.055
"""By how many points a printed value may be off: the script prints shares at four decimals (0.005 points), the tables
percent at one (0.05 points)."""

_SIZE = ("instructions", "candidates_per_instruction")

_MOST_CANDIDATES = 6
"""All outcomes of judges that flip coins are counted: (n + 1)^n of them."""


class Figures(Record):
    """The three figures of a row or of a judge, in percent. Higher is better."""

    correlation: float
    il: float
    pl: float

    @classmethod
    def of(cls, fractions: Sequence[float]) -> Figures:
        """From three fractions in the order of FIGURES.

        >>> Figures.of([0.5, 1 / 3, 1.0])
        Figures(correlation=50.0, il=33.333333, pl=100.0)
        """
        return cls(**dict(zip(FIGURES, map(percent, fractions), strict=True)))


class PrintedRow(Record):
    """A row, and the table in which it stands; figures as printed, each up to ROUNDING off."""

    table: str
    name: str
    family: Family
    figures: Figures

    @property
    def label(self) -> str:
        """The row's name with its table.

        >>> PrintedRow(table="Table 4", name="A", family="judge", figures=Figures.of([1, 1, 1])).label
        'A (Table 4)'
        """
        return f"{self.name} ({self.table})"


@dataclass(frozen=True, slots=True)
class Printed:
    """All rows in the order of print, of how many instructions each is, and how many candidates an instruction has."""

    rows: tuple[PrintedRow, ...]
    n_items: int
    n_candidates: int


def read_printed(folder: Path) -> Printed:
    """The rows of every table in `folder/paper` that is about a set of WEval.

    Raises DataError where there are none, where a value of them is illegible or has more decimals than one, or where no
    table gives the size.
    """
    tables = read_published(folder)
    sizes = [_size(table, row) for table in tables if {*_SIZE} <= {*table.columns} for row in table.rows]
    rows = list(_rows(table for table in tables if table.task is not None and {*FIGURES} <= {*table.columns}))
    if not rows or len(sizes) != 1:
        raise DataError(
            f"{folder / 'paper'}: needs tables with {', '.join(FIGURES)}, and one with {' and '.join(_SIZE)}"
        )
    return Printed(tuple(rows), *sizes[0])


def percent(fraction: float) -> float:
    """A fraction in percent, without what multiplying leaves in the last bits.

    >>> percent(0.78 + 0.6 * 0.22)
    91.2
    """
    return round(100 * fraction, 6)


def _rows(tables: Iterable[PublishedTable]) -> Iterable[PrintedRow]:
    for table in tables:
        for row in table.rows:
            assert row.family is not None  # as read_published holds of tables about a task
            figures = Figures(**{name: _printed(table, row, name) for name in FIGURES})
            yield PrintedRow(table=table.source.table or table.id, name=row.name, family=row.family, figures=figures)


def _size(table: PublishedTable, row: PublishedRow) -> tuple[int, int]:
    items, candidates = (int(_value(table, row, name)) for name in _SIZE)
    if items < 1 or not 2 <= candidates <= _MOST_CANDIDATES:
        raise DataError(
            f"{table.id}: {row.name!r} has {items} instructions of {candidates} candidates; needs at least one, "
            f"of 2 to {_MOST_CANDIDATES}"
        )
    return items, candidates


def _printed(table: PublishedTable, row: PublishedRow, column: str) -> float:
    value = _value(table, row, column)
    if round(value, 1) != value or not (column == "correlation" or value >= 0):
        raise DataError(f"{table.id}: {row.name!r} has a {column} of {value:g}; needs one decimal, and none below 0")
    return value


def _value(table: PublishedTable, row: PublishedRow, column: str) -> float:
    value = row.values[table.columns.index(column)]
    if value is None:
        raise DataError(f"{table.id}: {row.name!r} has no {column}, without which it cannot be checked")
    return value
