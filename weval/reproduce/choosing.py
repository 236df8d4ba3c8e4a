"""What of the paper is wanted: which tables, which of their rows, and so which steps."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from weval.errors import ConfigError, unknown
from weval.reproduce.manifest import Cells, Profile, Row, Table

USUAL = ("table4", "table5", "table6", "table7")
"""The tables that are made where nobody says which."""

MAX_ROWS = 12
"""Of more rows an error names the number only."""


def choose_tables(cells: Cells, table_ids: tuple[str, ...], rows: tuple[str, ...] = ()) -> list[Table]:
    """The tables of these ids, or the usual ones, in the order of print, with the wanted rows only.

    "figure4" stands for all parts of Figure 4. A row is wanted where its name holds one of the texts, in capitals or
    not; a table without such a row is left out. Raises ConfigError for an id or a text that there is nothing for.
    """
    for wanted in table_ids:
        if not any(_is_of(table, wanted) for table in cells.tables):
            raise unknown("table", wanted, (table.id for table in cells.tables))
    chosen = [table for table in cells.tables if any(_is_of(table, wanted) for wanted in table_ids or USUAL)]
    for text in rows:
        if not any(_holds(row, text) for table in chosen for row in table.rows):
            names = dict.fromkeys(row.name for table in chosen for row in table.rows)
            known = "; ".join(names) if len(names) <= MAX_ROWS else f"{len(names)} rows, see --plan"
            raise ConfigError(f"--rows {text!r}: no row of {_labels(chosen)} holds that ({known})")
    kept = (_with_rows(table, rows) for table in chosen)
    return [table for table in kept if table is not None]


def chosen_steps(
    cells: Cells, profile: Profile, table_ids: tuple[str, ...], rows: tuple[str, ...], only: tuple[str, ...]
) -> list[str]:
    """The steps that fill the chosen rows, or `only` these, each once; without those that come before them.

    A step that the profile has not is left out: the cell says why. Raises ConfigError as above, and for a name in
    `only` that is no step of the profile.
    """
    tables = choose_tables(cells, table_ids, rows)
    for name in only:
        if name in profile.absent:
            raise ConfigError(f"--only {name}: the profile {profile.name} has no such step: {profile.absent[name]}")
        if name not in profile.steps:
            near = difflib.get_close_matches(name, profile.steps, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "weval reproduce --plan names them"
            raise ConfigError(f"--only {name}: no step of the profile {profile.name}; {hint}")
    wanted = only or tuple(name for table in tables for name in table.steps())
    return [name for name in dict.fromkeys(wanted) if name in profile.steps]


def _is_of(table: Table, wanted: str) -> bool:
    return table.id == wanted or table.id.startswith(f"{wanted}-")


def _with_rows(table: Table, rows: Iterable[str]) -> Table | None:
    """The table with the rows that hold one of the texts; None where none does."""
    texts = list(rows)
    kept = tuple(row for row in table.rows if not texts or any(_holds(row, text) for text in texts))
    return table.model_copy(update={"rows": kept}) if kept else None


def _holds(row: Row, text: str) -> bool:
    return text.casefold() in row.name.casefold()


def _labels(tables: list[Table]) -> str:
    return ", ".join(table.label for table in tables)
