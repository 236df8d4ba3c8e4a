"""index.html of a reproduction: one self-contained page. No script, every foreign text escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from weval.report.page import environment
from weval.report.reproduced_wording import (
    CHECK,
    cells_of,
    counts_of_cells,
    counts_of_steps,
    reading_of,
    reasons_of_table,
)
from weval.reproduce.graph import MADE
from weval.reproduce.outcome import Cell, Figure, ReproducedColumn, ReproducedTable, Reproduction, StepOutcome
from weval.reproduce.telling import duration
from weval.wording import interval, number

FILES = ("result.json", "report.html", "scores.jsonl", "responses.jsonl", "replies.jsonl", "step.json", "log.txt")
"""Of a step's folder what is linked, where it is there, in this order."""

PARTS = Path(__file__).parent / "templates" / "reproduced_parts.html.j2"
"""A table as the page has it, and a page of the leaderboard."""

TABLES = ("tables.md", "tables.tex", "tables.csv", "reproduction.json")
"""What lies beside the page: the same for other programs."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where things stand between the ends of a column, in percent: a figure of ours, its interval, the published value.

    `said` is the same in words.
    """

    at: float
    start: float
    width: float
    printed: float | None
    said: str


def reproduced_page(reproduction: Reproduction, folder: Path | None = None) -> str:
    """The page as HTML. `folder` is where the steps lie, whose raw scores and logs are linked."""
    return (
        environment()
        .get_template("reproduced.html.j2")
        .render(
            said_of(reproduction),
            files=TABLES if folder else (),
            steps=[(step, time_of(step), _links(step, folder)) for step in reproduction.steps],
        )
    )


def said_of(reproduction: Reproduction) -> dict[str, Any]:
    """What is said on every page of a reproduction, the leaderboard's too, by the names that templates have for it."""
    return {
        "reproduction": reproduction,
        "check": CHECK if reproduction.is_check else "",
        "reading": reading_of(reproduction),
        "counts": counts_of_cells(reproduction),
        "step_counts": counts_of_steps(reproduction),
        "tables": [
            (table, list(cells_of(table)), {} if reproduction.is_check else drawings(table), reasons_of_table(table))
            for table in reproduction.tables
        ],
    }


def drawings(table: ReproducedTable) -> dict[tuple[str, str], Drawing]:
    """What is drawn of each row and column with a figure: the released one, where there is none the headline.

    A column has one scale, a little wider than all that is drawn in it.
    """
    found = {}
    for column in table.columns:
        cells = {row.name: cell for row in table.rows for cell in row.cells if cell.column == column.name}
        values = [value for cell in cells.values() for value in _drawn(cell)]
        if not values:
            continue
        low, high = min(values), max(values)
        edge = 0.04 * (high - low) or 1.0
        for name, cell in cells.items():
            if ours := cell.released or cell.headline:
                found[name, column.name] = _drawing(cell, ours, column, (low - edge, high + edge))
    return found


def _drawing(cell: Cell, ours: Figure, column: ReproducedColumn, ends: tuple[float, float]) -> Drawing:
    def place(value: float) -> float:
        return 100 * (value - ends[0]) / (ends[1] - ends[0])

    low, high = ours.ci or (ours.value, ours.value)
    said = f"{number(ours.value, column.decimals)}, 95 % interval {interval(ours.ci, column.decimals)}"
    if cell.published is not None:
        said += f", published {number(cell.published, column.decimals)}"
    printed = None if cell.published is None else place(cell.published)
    return Drawing(place(ours.value), place(low), place(high) - place(low), printed, said)


def _drawn(cell: Cell) -> Iterator[float]:
    """The values of a cell that a drawing has; of one without a figure none is drawn."""
    if ours := cell.released or cell.headline:
        yield from (ours.value, *(ours.ci or ()))
        if cell.published is not None:
            yield cell.published


def time_of(step: StepOutcome) -> str:
    """How long a step took; empty where it was not begun."""
    return "" if step.seconds is None else duration(step.seconds)


def _links(step: StepOutcome, folder: Path | None) -> list[tuple[str, str]]:
    """Names and addresses of a step's files, relative to the page. A folder that lies elsewhere has none."""
    if folder is None or step.folder is None:
        return []
    place = PurePosixPath(step.folder)
    if place.is_absolute() or ".." in place.parts:
        return []
    return list(_files(folder, place))


def _files(folder: Path, place: PurePosixPath) -> Iterator[tuple[str, str]]:
    for part in (place / MADE, place):
        for name in FILES:
            if (folder / part / name).is_file():
                yield name, quote(str(part / name))
