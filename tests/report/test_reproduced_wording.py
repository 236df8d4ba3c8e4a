from __future__ import annotations

from weval.report.reproduced_wording import reasons_of_row, reasons_of_table, shown_cell
from weval.reproduce.outcome import Cell, Figure, ReproducedColumn, ReproducedRow, ReproducedTable

COLUMNS = tuple(ReproducedColumn(name=name, label=name.upper(), decimals=1) for name in ("a", "b"))


def cell(column: str, why: str | None = None, **changes: object) -> Cell:
    plain = {"column": column, "step": "s", "published": 1.0, "released": None, "headline": None, "difference": None}
    return Cell.model_validate({**plain, "verdict": "not run" if why else "within", "why": why, **changes})


def row(name: str, *cells: Cell) -> ReproducedRow:
    return ReproducedRow(name=name, about=None, cells=cells)


def test_reasons_are_told_once_with_what_they_are_about() -> None:
    assert reasons_of_row(row("x", cell("a", "why"), cell("b", "why")), COLUMNS) == [("not run", "why")]
    assert reasons_of_row(row("x", cell("a"), cell("b", "why")), COLUMNS) == [("not run (B)", "why")]
    assert reasons_of_row(row("x", cell("a", "one"), cell("b", "two")), COLUMNS) == [
        ("not run (A)", "one"),
        ("not run (B)", "two"),
    ]
    assert reasons_of_row(row("x", cell("a"), cell("b")), COLUMNS) == []


def test_rows_with_one_reason_stand_together() -> None:
    rows = (row("x", cell("a", "why"), cell("b", "why")), row("y", cell("a", "why"), cell("b", "why")))
    table = ReproducedTable(id="t", label="", title="", source="", columns=COLUMNS, rows=rows, notes=())
    assert reasons_of_table(table) == [("x, y: not run", "why")]


def test_a_cell_in_words_has_what_is_there() -> None:
    figure = Figure(value=50.04, ci=(40.0, 60.06), n=9)
    shown = shown_cell(
        cell("a", released=figure, headline=Figure(value=5.0, ci=(5.0, 5.0), n=9), difference=-1.0), COLUMNS[0]
    )
    assert (shown.label, shown.published, shown.released, shown.released_ci) == ("A", "1.0", "50.0", "40.0 … 60.1")
    assert (shown.headline, shown.headline_ci) == ("5.0", "")  # a count
    assert (shown.difference, shown.verdict) == ("-1.0", "within")
    bare = shown_cell(cell("a", "why", published=None), COLUMNS[0])
    assert (bare.published, bare.released, bare.released_ci, bare.difference) == ("–", "–", "–", "–")
