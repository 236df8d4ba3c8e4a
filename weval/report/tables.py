"""Plain tables and paragraphs that fit a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from weval.errors import visible
from weval.results import Estimate
from weval.wording import DASH, interval, value_of

WIDTH = 80
GAP = "  "

LEAST_NAME = 8
"""Columns that a long name has in any case: where figures take more, lines are longer than a terminal."""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, keeps_start: bool = False) -> str:
    """A table without frames. Figures are never cut: what is too long is a name in the first column, which keeps its
    end, or its start.

    A name cannot end its line: what could move the cursor is written as an escape.
    """
    headers, *rows = ([visible(cell) for cell in row] for row in (headers, *rows))
    shown = [index for index, header in enumerate(headers) if header or index == 0]
    widths = [max(cell_len(row[index]) for row in (headers, *rows)) for index in shown]
    room = WIDTH - sum(width + len(GAP) for width in widths[1:])
    widths[0] = min(widths[0], max(room, LEAST_NAME))
    lines = []
    for row in (headers, *rows):
        first, *others = (row[index] for index in shown)
        figures = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        lines.append(GAP.join([_cut(first, widths[0], keeps_start=keeps_start), *figures]).rstrip())
    return "\n".join(lines)


def estimated(found: Estimate | None) -> tuple[str, str, str]:
    """A figure as cells: its value, its interval, and over how many items it is.

    >>> estimated(Estimate(value=0.5, ci=(0.25, 0.75), n=8)), estimated(None)
    (('0.500', '0.250 … 0.750', '8'), ('–', '–', '–'))
    """
    return value_of(found), interval(found.ci if found else None), str(found.n) if found else DASH


def _cut(name: str, width: int, *, keeps_start: bool) -> str:
    """A name in exactly so many columns of a terminal; of a long one the end tells runs apart, the start labels."""
    if cell_len(name) <= width:
        return set_cell_size(name, width)
    if keeps_start:
        return set_cell_size(set_cell_size(name, width - 1).rstrip() + "…", width)
    keep = name[-4 * width :]  # a stranger's file may have one of a megabyte
    while keep and cell_len(keep) >= width:
        keep = keep[1:]
    return set_cell_size("…" + keep, width)


def wrapped(text: str) -> str:
    """One paragraph in lines of at most 80 columns; a line end in it is shown as an escape, and ends no line."""
    lines = Text(visible(text)).wrap(Console(width=WIDTH), WIDTH)  # knows how wide Chinese is
    return "\n".join(line.plain.rstrip() for line in lines)


def hanging(first: str, text: str) -> list[str]:
    """A paragraph of at most 80 columns whose lines stand below the beginning of its first.

    >>> hanging("note: ", "a tea")
    ['note: a tea']
    """
    room = WIDTH - cell_len(first)
    lines = Text(visible(text)).wrap(Console(width=room), room)
    return [f"{first if at == 0 else ' ' * cell_len(first)}{line.plain.rstrip()}" for at, line in enumerate(lines)]


def clipped(line: str) -> str:
    """A line that fits a terminal, of a longer one its beginning.

    >>> clipped("tea"), len(clipped("tea" * 30))
    ('tea', 80)
    """
    return line if cell_len(line) <= WIDTH else set_cell_size(line, WIDTH - 1) + "…"
