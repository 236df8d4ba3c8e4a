"""reproduction.json as a record: each table's cells, ours beside the published ones, and what became of every step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weval.results import Interval
from weval.types import Record

Verdict = Literal["within", "outside", "not compared", "not run"]
"""`within`, `outside`: whether the published value lies in the 95 % interval of ours, computed as the paper's script
does. `not compared`: there is a figure of ours, but no published value, no interval, or the profile is a check.
`not run`: there is none, and `why` says why."""

State = Literal["done", "failed", "blocked", "stopped", "elsewhere", "waiting"]
"""`done`: finished, now or earlier. `failed`: it ended with an error. `blocked`: it lacks something, or a step before
it has not come to an end. `stopped`: by the user. `elsewhere`: another process is at it. `waiting`: not chosen, or not
yet tried."""


class Figure(Record):
    """A figure in the units of print, its 95 % interval over items, and of how many items."""

    value: float
    ci: Interval
    n: int


class Cell(Record):
    """One cell. `headline` is by our definition, `released` by the arithmetic that made the published tables; the
    difference is released less published, in the units of print.
    """

    column: str
    step: str | None
    published: float | None
    released: Figure | None
    headline: Figure | None
    difference: float | None
    verdict: Verdict
    why: str | None = None


class ReproducedRow(Record):
    """A row by its published name; `about` is what stands for it in this profile."""

    name: str
    about: str | None
    cells: tuple[Cell, ...]


class ReproducedColumn(Record):
    """How a column is headed, and with how many decimals its figures are printed."""

    name: str
    label: str
    decimals: int


class ReproducedTable(Record):
    """A table of the paper with ours beside it; `source` is where the published one stands."""

    id: str
    label: str
    title: str
    source: str
    columns: tuple[ReproducedColumn, ...]
    rows: tuple[ReproducedRow, ...]
    notes: tuple[str, ...]


class StepOutcome(Record):
    """What became of a step. `folder` is relative to the reproduction's, null where nothing was begun; `command` is
    what a user would type; `remedy` says what to do where it is blocked or failed.
    """

    name: str
    does: str
    about: str
    state: State
    fingerprint: str
    folder: str | None
    command: str
    seconds: float | None
    why: str | None = None
    remedy: str | None = None


class Reproduction(Record):
    """What `weval reproduce` came to: for people who compare, and for every page and table that is made of it."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    kind: Literal["reproduction"] = "reproduction"
    profile: str
    title: str
    about: str
    is_check: bool
    tables: tuple[ReproducedTable, ...]
    steps: tuple[StepOutcome, ...]
    resamples: int
    versions: dict[str, str]
