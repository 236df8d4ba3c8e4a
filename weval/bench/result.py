"""result.json of a benchmark: figures in the units of their sources, each with its interval; undefined is null."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weval.bench.items import Mode
from weval.results import Cost, Estimate
from weval.types import Record

Cell = str | int | float | None


class BenchStamp(Record):
    """Which benchmark, and the sha256 of the files it was made of; `is_own` where one is not the public one."""

    name: str
    version: str
    title: str
    set: str
    files: dict[str, str]
    is_own: bool


class Maker(Record):
    """A writer, judge or rater: its name and what could change a reply; `given` where its texts came from a file."""

    name: str
    fingerprint: dict[str, Any] = Field(default_factory=dict)
    given: bool = False


class FigureStamp(Record):
    """How a figure is to be read."""

    label: str
    low: float
    high: float
    higher: bool
    decimals: int
    about: str


class Scored(Record):
    """A figure: its estimate (null where undefined), over how many items it is missing, and what it would be if all of
    these were at the worst, and at the best, end of the range.
    """

    estimate: Estimate | None
    n_missing: int
    worst: float | None
    best: float | None


class RepairEffect(Record):
    """What a repair changed: on how many items it makes a difference, and the headline figure without it."""

    name: str
    about: str
    n_items: int
    without: float | None


class FurtherTable(Record):
    """A table beside the figures; numbers as they are, null for a dash."""

    name: str
    title: str
    about: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class StepReport(Record):
    """What a step came to: how many replies of each status, how many calls have none that can be read, how many were
    asked again, an example of why, and the cost.
    """

    role: Literal["writer", "judge", "rater"]
    n_calls: int
    n_unread: int
    n_asked_again: int
    statuses: dict[str, int]
    reasons: dict[str, str]
    cost: Cost


class BenchResult(Record):
    """What a run says about a writer (or a rater) on a benchmark.

    `original` are the figures by the published arithmetic on the same replies, null with `original_stops` where the
    published script would have stopped. `repairs` says what each repair changed.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    kind: Literal["bench"] = "bench"
    benchmark: BenchStamp
    mode: Mode
    headline: str
    writer: Maker
    judge: Maker | None
    n_items: int
    n_scored: int
    n_missing: int
    publishable: bool
    unpublishable_because: tuple[str, ...]
    figures: dict[str, Scored]
    stamps: dict[str, FigureStamp]
    original: dict[str, float | None] | None
    original_stops: str | None
    repairs: tuple[RepairEffect, ...]
    by: dict[str, dict[str, dict[str, Estimate | None]]]
    further: tuple[FurtherTable, ...]
    steps: dict[str, StepReport]
    missing: dict[str, int]
    resamples: int
    notices: tuple[str, ...]
    versions: dict[str, str]
