"""What a reproduction says in words, in the terminal, in files and on its pages alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from weval.reproduce.outcome import (
    Cell,
    Figure,
    ReproducedColumn,
    ReproducedRow,
    ReproducedTable,
    Reproduction,
    State,
    Verdict,
)
from weval.wording import DASH, counted, interval, number

CHECK = (
    "This is a check of the machinery. Its figures are of small models that were made on the spot: they show that "
    "every step works, and say nothing of the paper. So they stand without published values, differences and verdicts."
)

READING = (
    "Released is computed as the paper's script does, which puts tied scores in gold order; headline is ours. A "
    "verdict is of the published value: within or outside the 95 % interval, over items, of the released figure. What "
    "was printed stands for all that is rounded to it."
)

READING_CHECK = (
    "Released is computed as the paper's script does, which puts tied scores in gold order; headline is ours. Beside "
    "each stands its 95 % interval over items."
)

VERDICTS: tuple[Verdict, ...] = ("within", "outside", "not compared", "not run")

STATES: tuple[State, ...] = ("done", "failed", "blocked", "stopped", "elsewhere", "waiting")


class Shown(NamedTuple):
    """A cell in words."""

    column: str
    label: str
    published: str
    released: str
    released_ci: str
    headline: str
    headline_ci: str
    difference: str
    verdict: str


LACKING = "How to get what is lacking: weval reproduce --plan."


def reading_of(reproduction: Reproduction) -> str:
    """How the tables are to be read."""
    reading = READING_CHECK if reproduction.is_check else READING
    return f"{reading} {LACKING}" if any(step.state == "blocked" for step in reproduction.steps) else reading


def counts_of_cells(reproduction: Reproduction) -> str:
    """How many cells there are, and how many of each verdict; of a check, how many have a figure."""
    cells = [cell for table in reproduction.tables for row in table.rows for cell in row.cells]
    if reproduction.is_check:
        return f"{counted(len(cells), 'cell')}: {sum(map(has_figure, cells))} with figures, {_n_not_run(cells)} not run"
    found = Counter(cell.verdict for cell in cells)
    return f"{counted(len(cells), 'cell')}: " + ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS)


def counts_of_steps(reproduction: Reproduction) -> str:
    """How many steps there are, and what became of them."""
    found = Counter(step.state for step in reproduction.steps)
    said = ", ".join(f"{found[state]} {state}" for state in STATES if found[state])
    return f"{counted(len(reproduction.steps), 'step')}: {said or 'none'}"


def has_figure(cell: Cell) -> bool:
    """Whether there is anything of ours in a cell."""
    return cell.headline is not None or cell.released is not None


def shown_cell(cell: Cell, column: ReproducedColumn) -> Shown:
    """A cell in words. The interval of a count, which is the count, is left out."""
    decimals = column.decimals
    return Shown(
        column=column.name,
        label=column.label,
        published=number(cell.published, decimals),
        released=number(cell.released.value if cell.released else None, decimals),
        released_ci=_ci(cell.released, decimals),
        headline=number(cell.headline.value if cell.headline else None, decimals),
        headline_ci=_ci(cell.headline, decimals),
        difference=signed(cell.difference, decimals),
        verdict=cell.verdict,
    )


def signed(value: float | None, decimals: int) -> str:
    """A difference with its sign.

    >>> signed(1.25, 1), signed(-0.01, 1), signed(None, 1)
    ('+1.2', '0.0', '–')
    """
    text = number(value, decimals)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.") else text


def cells_of(table: ReproducedTable) -> Iterator[tuple[ReproducedRow, list[Shown]]]:
    """Each row with its cells in words, in the order of the columns."""
    for row in table.rows:
        by_name = {cell.column: cell for cell in row.cells}
        yield row, [shown_cell(by_name[column.name], column) for column in table.columns if column.name in by_name]


def reasons_of_row(row: ReproducedRow, columns: Sequence[ReproducedColumn]) -> list[tuple[str, str]]:
    """Why a row has cells that are not run, or not compared: each reason once, after what it is about."""
    labels = {column.name: column.label for column in columns}
    found: dict[tuple[str, str], list[str]] = {}
    for cell in row.cells:
        if cell.why:
            found.setdefault((cell.verdict, cell.why), []).append(labels.get(cell.column, cell.column))
    return [
        (verdict if len(names) == len(row.cells) else f"{verdict} ({', '.join(names)})", why)
        for (verdict, why), names in found.items()
    ]


def reasons_of_table(table: ReproducedTable) -> list[tuple[str, str]]:
    """The same of all rows: rows with one reason stand together."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in table.rows:
        for what, why in reasons_of_row(row, table.columns):
            found.setdefault((what, why), []).append(row.name)
    return [(f"{', '.join(names)}: {what}", why) for (what, why), names in found.items()]


def _n_not_run(cells: Sequence[Cell]) -> int:
    return sum(cell.verdict == "not run" for cell in cells)


def _ci(figure: Figure | None, decimals: int) -> str:
    if figure is None or figure.ci is None:
        return DASH
    return "" if figure.ci == (figure.value, figure.value) else interval(figure.ci, decimals)
