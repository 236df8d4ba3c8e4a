"""What the tables say of each other: values that stand in several of them, and columns that the paper's model lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from weval.reproduce.checks.printed import FIGURES, PrintedRow, percent
from weval.types import Record

OWN = "Our-RM-7B"
"""The paper's own model, as the tables name it."""


class Across(Record):
    """A figure of a model that stands in several tables: its values there, in points, and how far they lie apart.

    `equal` are the tables that share a value with another one.
    """

    name: str
    figure: str
    tables: tuple[str, ...]
    values: tuple[float, ...]
    spread: float
    equal: tuple[str, ...]


class Beaten(Record):
    """A column in which another model stands above the paper's own; people are not counted as models."""

    table: str
    figure: str
    own: float
    best: float
    by: str


class Repeats(Record):
    """Every figure that can be followed from table to table, and the columns that the paper's own model lost of all
    that it is in.
    """

    across: tuple[Across, ...]
    beaten: tuple[Beaten, ...]
    n_columns: int


def repeats(rows: Sequence[PrintedRow]) -> Repeats:
    """What the rows of several tables say of each other."""
    own = [row for row in rows if row.name == OWN]
    return Repeats(across=tuple(_across(rows)), beaten=tuple(_beaten(rows, own)), n_columns=len(own) * len(FIGURES))


def _across(rows: Sequence[PrintedRow]) -> Iterator[Across]:
    for name, times in Counter(row.name for row in rows).items():
        found = [row for row in rows if row.name == name]
        for figure in FIGURES if times > 1 else ():
            values = tuple(_value(row, figure) for row in found)
            yield Across(
                name=name,
                figure=figure,
                tables=tuple(row.table for row in found),
                values=values,
                spread=percent((max(values) - min(values)) / 100),
                equal=tuple(row.table for row, value in zip(found, values, strict=True) if values.count(value) > 1),
            )


def _beaten(rows: Sequence[PrintedRow], own: Sequence[PrintedRow]) -> Iterator[Beaten]:
    for mine in own:
        models = [row for row in rows if row.table == mine.table and row.family != "human"]
        for figure in FIGURES:
            best = max(models, key=lambda row: _value(row, figure))
            if _value(best, figure) > _value(mine, figure):
                values = {"own": _value(mine, figure), "best": _value(best, figure)}
                yield Beaten(table=mine.table, figure=figure, by=best.name, **values)


def _value(row: PrintedRow, figure: str) -> float:
    value: float = getattr(row.figures, figure)
    return value
