"""Tables that papers have published, as data: reported, never verified, and so kept apart from runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from weval.bench.spec import bench_names
from weval.errors import DataError
from weval.files import Problems, read_yaml
from weval.invalid import Loc, field_name
from weval.types import Id, Record, Text
from weval.wording import number
from weval.yamltree import parse

Family = Literal["scalar RM", "judge", "human"]
Scale = Literal["percent", "fraction", "0-100", "0-10", "points", "count"]
TaskName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=200)]

_RANGES: Mapping[Scale, tuple[float, float]] = {
    "percent": (-100, 100),
    "fraction": (-1, 1),
    "0-100": (0, 100),
    "0-10": (0, 10),
    "points": (-100, 100),
    "count": (0, float("inf")),
}
"""What can be printed on each scale; correlations and gains may be negative."""

_DECIMALS = 6  # so that 85.4 % is 0.854, and not what dividing leaves in the last bit


class PublishedSource(Record):
    """Where a table was printed; `table` is its number there ("Table 4"), null where that is not known."""

    paper: Text
    arxiv: Annotated[str, Field(pattern=r"^\d{4}\.\d{4,5}$")]
    table: Text | None = None

    @property
    def text(self) -> str:
        """The source in words.

        >>> PublishedSource(paper="On Tea", arxiv="2601.00001", table="Table 4").text
        'On Tea (arXiv 2601.00001), Table 4'
        """
        return ", ".join(filter(None, (f"{self.paper} (arXiv {self.arxiv})", self.table)))


class PublishedRow(Record):
    """What was reported of one model, a value per column, as printed; null where illegible or not there."""

    name: Id
    family: Family | None = None
    values: tuple[float | None, ...]
    note: Text | None = None


class PublishedTable(Record):
    """One printed table. Where it is about a task of ours, `task` names it, values are percent, rows have a family.

    `columns` are then names of metrics, as the paper's script computes them. `benchmarks` are those that it is about.
    """

    id: Name
    title: Text
    source: PublishedSource
    task: TaskName | None = None
    benchmarks: tuple[Name, ...] = ()
    scale: Scale
    columns: tuple[Name, ...] = Field(min_length=1)
    rows: tuple[PublishedRow, ...] = Field(min_length=1)
    notes: tuple[Text, ...] = ()


class PublishedFile(Record):
    """A file of `results/paper/`: the tables of one paper."""

    tables: tuple[PublishedTable, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A published row about a task: `figures` are fractions by column, None where illegible. Higher is better."""

    name: str
    family: Family
    figures: Mapping[str, float | None]
    source: str


def read_published(folder: Path) -> list[PublishedTable]:
    """The tables of every YAML file in `folder/paper`, by file name, then as they stand; none without such a folder.

    Raises DataError with all that is wrong in all files, a line per problem.
    """
    tables, wrong, ids = list[PublishedTable](), list[str](), dict[str, str]()
    for path in sorted((folder / "paper").glob("*.yaml")):
        try:
            found = read_yaml(path, PublishedFile).tables
            _check(path, found, ids)
        except DataError as error:
            wrong += error.problems
        else:
            tables += found
    if wrong:
        raise DataError(wrong)
    return tables


def reported_rows(tables: Iterable[PublishedTable], task: str) -> list[ReportedRow]:
    """The rows of all tables about a task, in their order, percent as fractions.

    >>> reported_rows([], "weval")
    []
    """
    rows = []
    for table in tables:
        for row in table.rows if table.task == task else ():
            assert row.family is not None  # as read_published holds
            figures = {column: _fraction(value) for column, value in zip(table.columns, row.values, strict=True)}
            rows.append(ReportedRow(row.name, row.family, figures, table.source.text))
    return rows


def tables_about(tables: Iterable[PublishedTable], benchmark: str) -> list[PublishedTable]:
    """The tables that are about a benchmark, alone or among others, in their order.

    >>> tables_about([], "writingbench")
    []
    """
    return [table for table in tables if benchmark in table.benchmarks]


def as_printed(table: PublishedTable) -> list[tuple[str, list[str]]]:
    """The rows of a table by name, every column with as many decimals as its longest number; a dash for no value.

    >>> source = PublishedSource(paper="On Tea", arxiv="2601.00001")
    >>> rows = (PublishedRow(name="a", values=(8.5,)), PublishedRow(name="b", values=(8.25,)))
    >>> as_printed(PublishedTable(id="t", title="T", source=source, scale="0-10", columns=("x",), rows=rows))
    [('a', ['8.50']), ('b', ['8.25'])]
    """
    columns = zip(*(row.values for row in table.rows), strict=True)
    decimals = [
        max((len(f"{value:g}".partition(".")[2]) for value in each if value is not None), default=0) for each in columns
    ]
    return [
        (row.name, [number(value, places) for value, places in zip(row.values, decimals, strict=True)])
        for row in table.rows
    ]


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else round(percent / 100, _DECIMALS)


def _check(path: Path, tables: Iterable[PublishedTable], ids: dict[str, str]) -> None:
    """Raises what does not fit together in a file; `ids` maps the ids of tables so far to their files."""
    wrong = list[tuple[Loc, str]]()
    for index, table in enumerate(tables):
        if table.id in ids:
            wrong.append((("tables", index, "id"), f"{table.id!r} is already the id of a table in {ids[table.id]}"))
        ids.setdefault(table.id, path.name)
        wrong += [(("tables", index, *loc), message) for loc, message in _contradictions(table)]
    if wrong:
        problems = Problems(path)
        line_of = parse(path.read_text(encoding="utf-8")).line_of
        for loc, message in wrong:
            problems.add(line_of(loc), field_name(loc), message)
        raise problems.error()


def _contradictions(table: PublishedTable) -> Iterator[tuple[Loc, str]]:
    """What does not fit together in a table, each with its field."""
    if table.task is not None and table.scale != "percent":
        yield ("scale",), f"must be 'percent' in a table about a task, not {table.scale!r}"
    for index, name in enumerate(table.benchmarks):
        if name not in bench_names():
            yield ("benchmarks", index), f"{name!r} is no benchmark of weval; there are {', '.join(bench_names())}"
    for index, column in enumerate(table.columns):
        if column in table.columns[:index]:
            yield ("columns", index), f"{column!r} appears twice"
    names = set[str]()
    for index, row in enumerate(table.rows):
        if row.name in names:
            yield ("rows", index, "name"), f"{row.name!r} appears twice in the table"
        names.add(row.name)
        if table.task is not None and row.family is None:
            yield ("rows", index, "family"), "is missing; rows of a table about a task have one"
        yield from ((("rows", index, *loc), message) for loc, message in _wrong_values(table, row))


def _wrong_values(table: PublishedTable, row: PublishedRow) -> Iterator[tuple[Loc, str]]:
    if len(row.values) != len(table.columns):
        yield ("values",), f"{row.name!r} has {len(row.values)} for {len(table.columns)} columns"
    low, high = _RANGES[table.scale]
    for index, value in enumerate(row.values):
        if value is not None and not low <= value <= high:
            yield ("values", index), f"{value:g} is not on the scale {table.scale!r}"
