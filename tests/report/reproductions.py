"""Reproductions to show: a real one, one that checks the machinery, and one in which every word is hostile."""

from __future__ import annotations

from pathlib import Path

from tests.report.conftest import HOSTILE, HOSTILE_TEXT
from tests.reproduce.reproductions import make_steps, profile, tabulated
from weval.reproduce.outcome import Cell, Figure, ReproducedColumn, ReproducedRow, ReproducedTable, Reproduction

WIDE = "写作评测基准" * 12

NAMES = ("n" * 200, WIDE, "写a" * 40, HOSTILE)


def real(folder: Path) -> Reproduction:
    """What `make_steps` makes, with figures, verdicts and cells that are not run."""
    return tabulated(make_steps(folder))


def check(folder: Path) -> Reproduction:
    """The same as a check of the machinery, of a folder with its steps."""
    return tabulated(folder, profile(is_check=True))


def worst(of: Reproduction) -> Reproduction:
    """The worst of words in every place for one, long names and wide ones, and the largest of figures."""
    labels = (HOSTILE, WIDE, "label " * 30)
    columns = tuple(ReproducedColumn(name=f"c{at}", label=label, decimals=2) for at, label in enumerate(labels))
    whole = Figure(value=100.0, ci=(99.995, 100.0), n=550)
    rows = tuple(
        ReproducedRow(name=name, about=HOSTILE_TEXT, cells=tuple(_cell(column, whole, at) for column in columns))
        for at, name in enumerate(NAMES)
    )
    table = ReproducedTable(
        id="table4",
        label=HOSTILE,
        title=HOSTILE_TEXT,
        source=HOSTILE,
        columns=columns,
        rows=rows,
        notes=(HOSTILE_TEXT,),
    )
    said = {"about": HOSTILE_TEXT, "command": HOSTILE_TEXT, "why": HOSTILE_TEXT, "remedy": HOSTILE}
    steps = tuple(step.model_copy(update={**said, "folder": "../../etc"}) for step in of.steps[:3])
    changed = {"title": HOSTILE, "about": HOSTILE_TEXT, "profile": HOSTILE, "tables": (table,), "steps": steps}
    return of.model_copy(update={**changed, "versions": {HOSTILE: HOSTILE}})


def _cell(column: ReproducedColumn, whole: Figure, at: int) -> Cell:
    if at == 1:
        return Cell(
            column=column.name, step=HOSTILE, published=-100.0, released=None, headline=None, difference=None,
            verdict="not run", why=HOSTILE_TEXT,
        )  # fmt: skip
    return Cell(
        column=column.name, step=HOSTILE, published=-100.0, released=whole, headline=whole, difference=200.0,
        verdict="outside", why=None,
    )  # fmt: skip
