"""A reproduction's cells as CSV (RFC 4180), a cell a line, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

from weval.report.escaping import csv_cell
from weval.reproduce.outcome import Cell, Figure, Reproduction

HEADERS = (
    "table", "row", "stands_for", "column", "step", "published",
    "released", "released_low", "released_high", "released_items",
    "headline", "headline_low", "headline_high", "headline_items",
    "difference", "verdict", "why",
)  # fmt: skip

CHECK = "check"
"""Of a reproduction that checks the machinery, what stands in the column of its profile."""


def reproduced_csv(reproduction: Reproduction) -> str:
    """All cells in the units of print; nothing where there is nothing. The profile is in every line, as is whether it
    is a check, so that no line of it can be taken for a figure of the paper's models.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["profile", "kind", *HEADERS])
    kind = CHECK if reproduction.is_check else "reproduction"
    for table in reproduction.tables:
        for row in table.rows:
            for cell in row.cells:
                values = [reproduction.profile, kind, table.id, row.name, row.about, *_values(cell)]
                writer.writerow(["" if value is None else csv_cell(value) for value in values])
    return out.getvalue()


def _values(cell: Cell) -> list[object]:
    figures = [*_figure(cell.released), *_figure(cell.headline)]
    return [cell.column, cell.step, cell.published, *figures, cell.difference, cell.verdict, cell.why]


def _figure(figure: Figure | None) -> list[object]:
    if figure is None:
        return [None] * 4
    return [figure.value, *(figure.ci or (None, None)), figure.n]
