"""A reproduction in a terminal of 80 columns; and the files that are made of its record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len

from weval.files import write_json, write_text
from weval.folders import held
from weval.report.reproduced_csv import reproduced_csv
from weval.report.reproduced_latex import reproduced_latex
from weval.report.reproduced_markdown import reproduced_markdown
from weval.report.reproduced_page import TABLES, reproduced_page
from weval.report.reproduced_wording import (
    CHECK,
    Shown,
    cells_of,
    counts_of_cells,
    counts_of_steps,
    has_figure,
    reading_of,
    reasons_of_row,
)
from weval.report.tables import WIDTH, clipped, hanging, table, wrapped
from weval.reproduce.outcome import ReproducedTable, Reproduction
from weval.wording import DASH

PAGE = "index.html"

WAIT_S = 30.0
"""How long another command may take to write the tables."""

_INDENT = "  "


def reproduced_text(reproduction: Reproduction) -> str:
    """Every table with what is ours, in lines of at most 80 columns whatever the names are."""
    parts = [wrapped(f"{reproduction.title} ({reproduction.profile})")]
    parts += ["", wrapped(CHECK)] if reproduction.is_check else []
    for one in reproduction.tables:
        parts += ["", wrapped(f"{one.label}. {one.title}"), "", _table_text(one, is_check=reproduction.is_check)]
        parts += ["\n".join(hanging("note: ", note)) for note in one.notes]
    parts += ["", wrapped(reading_of(reproduction)), ""]
    return "\n".join([*parts, counts_of_cells(reproduction), wrapped(counts_of_steps(reproduction))])


def write_reproduction(reproduction: Reproduction, folder: Path) -> dict[str, Path]:
    """Writes the tables as Markdown, LaTeX and CSV, the record and the page; gives where each lies, by name.

    All of one reproduction: another command that writes there is waited for. Raises ResultError.
    """
    markdown, latex, table, record = TABLES
    files = {
        markdown: reproduced_markdown(reproduction),
        latex: reproduced_latex(reproduction),
        table: reproduced_csv(reproduction),
        PAGE: reproduced_page(reproduction, folder),
    }
    with held(folder, "weval reproduce", WAIT_S):
        for name, text in files.items():
            write_text(folder / name, text)
        write_json(folder / record, reproduction)
    return {name: folder / name for name in (*files, record)}


def _table_text(one: ReproducedTable, *, is_check: bool) -> str:
    """A row is a line with its name, and below it a line for each column; why there is no figure follows.

    Where lines would be too long, intervals stand below their figures. Of a check, what stands for a row is told, and
    a row without any figure has no lines.
    """
    rows = [(row, [] if is_check and not any(map(has_figure, row.cells)) else cells) for row, cells in cells_of(one)]
    for below in (False, True):
        lines = [[_lines(shown, below=below, is_check=is_check) for shown in cells] for _, cells in rows]
        flat = [line for row in lines for cell in row for line in cell]
        laid = table(_headers(is_check=is_check), flat, keeps_start=True).split("\n")
        if _natural(flat, _headers(is_check=is_check)) <= WIDTH:
            break
    rest = iter(laid[1:])
    text = [laid[0]]
    for (row, _), cells in zip(rows, lines, strict=True):
        text.append(wrapped(row.name))
        text += hanging(_INDENT, row.about) if is_check and row.about else []
        text += [next(rest) for cell in cells for _ in cell]
        for what, why in reasons_of_row(row, one.columns):
            text += hanging(_INDENT, f"{what}: {why}")
    return "\n".join(clipped(line) for part in text for line in part.split("\n"))


def _headers(*, is_check: bool) -> list[str]:
    return ["", "released", "headline"] if is_check else ["", "published", "released", "headline", "diff.", "verdict"]


def _lines(shown: Shown, *, below: bool, is_check: bool) -> list[list[str]]:
    """The lines of a cell: one, or two where intervals stand below."""
    pairs = [(shown.released, shown.released_ci), (shown.headline, shown.headline_ci)]
    intervals = ["" if ci in ("", DASH) else f"[{ci.replace(' … ', ', ')}]" for _, ci in pairs]
    figures = [value for value, _ in pairs]
    if not below:
        figures = [f"{value} {ci}".rstrip() for value, ci in zip(figures, intervals, strict=True)]
    verdict = "" if shown.verdict == "not compared" else shown.verdict
    first, last = ([], []) if is_check else ([shown.published], [shown.difference, verdict])
    lines = [[f"{_INDENT}{shown.label}", *first, *figures, *last]]
    if below and any(intervals):
        lines.append([_INDENT, *("" for _ in first), *intervals, *("" for _ in last)])
    return lines


def _natural(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> int:
    """How wide a table would be of which nothing is cut."""
    return sum(max(map(cell_len, column)) for column in zip(headers, *rows, strict=True)) + 2 * (len(headers) - 1)
