"""Finished steps into the paper's tables: the published value of each cell beside ours, and what follows of the two."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import weval
from weval.errors import DataError, WevalError, visible
from weval.files import one_line, os_message
from weval.metrics import default_resamples
from weval.published import PublishedTable, read_published
from weval.reproduce.figures import Found, Measured
from weval.reproduce.graph import MADE, Graph
from weval.reproduce.manifest import Column, Profile, Row, Table
from weval.reproduce.outcome import (
    Cell,
    Figure,
    ReproducedColumn,
    ReproducedRow,
    ReproducedTable,
    Reproduction,
    StepOutcome,
    Verdict,
)
from weval.reproduce.reading import NotHere, measured
from weval.results import Estimate, Interval
from weval.rooms import room

NOT_RECOMPUTED = "not recomputed"
"""What is said of a step whose scores are here, and the data that they are about are not."""

MAX_WHY = 400
"""Characters of why a cell has no figure; what a step said may be long."""

_ROUNDING = 1e-9

STANDS_IN = (
    "what the published script makes of the same replies has no interval of its own, so the verdict is by that of "
    "the headline figure"
)


def tabulate(
    tables: Sequence[Table],
    profile: Profile,
    graph: Graph,
    outcomes: Iterable[StepOutcome],
    resamples: int | None = None,
) -> Reproduction:
    """The tables with what is there: every figure computed anew from the raw scores of the steps that are done.

    `outcomes` say where each step lies below the graph's folder, and why it is not done. A folder that cannot be read
    is a cell without a figure. Raises DataError where a row of the manifest is not in the published table.
    """
    steps = tuple(outcomes)
    read = _Reading(profile, graph.folder, {step.name: step for step in steps}, resamples)
    printed = {table.id: table for table in read_published(room("results"))}
    made = tuple(_table(table, _printed(table, printed), read) for table in tables)
    return Reproduction(
        profile=profile.name,
        title=profile.title,
        about=profile.about,
        is_check=profile.is_check,
        tables=made,
        steps=tuple(map(read.as_read, steps)),
        resamples=read.n_resamples,
        versions={"weval": weval.__version__, "numpy": np.__version__, "python": platform.python_version()},
    )


def verdict_of(published: float | None, decimals: int, ci: Interval) -> Verdict:
    """Whether a printed value lies in an interval; what was printed stands for all that is rounded to it.

    >>> verdict_of(85.4, 1, (85.44, 87.0)), verdict_of(85.4, 1, (85.46, 87.0)), verdict_of(None, 1, (0.0, 1.0))
    ('within', 'outside', 'not compared')
    """
    if published is None or ci is None:
        return "not compared"
    half = 0.5 * 10.0**-decimals + _ROUNDING
    return "within" if ci[0] - half <= published <= ci[1] + half else "outside"


@dataclass
class _Reading:
    """The steps that are done, each read once, when its first cell asks for it; `broken` says why some cannot be."""

    profile: Profile
    folder: Path
    steps: dict[str, StepOutcome]
    resamples: int | None
    broken: dict[str, str] = field(default_factory=dict)
    _read: dict[str, Measured | str] = field(default_factory=dict)

    @property
    def n_resamples(self) -> int:
        """The most that a figure has."""
        used = [found.n_resamples for found in self._read.values() if not isinstance(found, str)]
        return max([*used, self.resamples or 0]) or default_resamples(0)

    def step(self, name: str) -> Measured | str:
        """A step's figures, or why there are none."""
        if name not in self._read:
            self._read[name] = self._why_not(name) or self._measured(name)
        return self._read[name]

    def _why_not(self, name: str) -> str | None:
        if name not in self.profile.steps:
            return self.profile.absent.get(name) or f"the profile {self.profile.name} has no step {name}"
        found = self.steps.get(name)
        if found is None or found.state == "waiting":
            return found.why if found and found.why else f"{name} was not asked for"
        if found.state == "done" and found.folder is not None:
            return None
        return f"{name}: {found.why or found.state}"

    def _measured(self, name: str) -> Measured | str:
        folder = self.steps[name].folder
        assert folder is not None  # as _why_not holds
        try:
            found = measured(self.profile.steps[name], self.folder / folder / MADE, self.resamples)
        except NotHere as error:
            return f"{name}: {NOT_RECOMPUTED}: {self._here(str(error))}"
        except WevalError as error:
            self.broken[name] = f"cannot be read: {self._here(str(error))}"
        except OSError as error:
            self.broken[name] = f"cannot be read: {os_message(error)}"
        return f"{name}: {self.broken[name]}" if name in self.broken else found

    def as_read(self, step: StepOutcome) -> StepOutcome:
        """What became of a step, now that it was tried to read it: one that is broken has failed."""
        if step.name not in self.broken:
            return step
        remedy = f"remove the folder {step.folder}; the same command makes the step again"
        return step.model_copy(update={"state": "failed", "why": self.broken[step.name], "remedy": remedy})

    def _here(self, said: str) -> str:
        """An error's first line, with paths as seen from the reproduction."""
        return said.partition("\n")[0].replace(f"{self.folder}/", "")


def _printed(table: Table, every: dict[str, PublishedTable]) -> PublishedTable:
    """The published table. Raises DataError for what of the manifest is not in it."""
    if table.published not in every:
        raise DataError(f"{table.id}: published: {table.published!r} is no table of results/paper")
    printed = every[table.published]
    strange = [column.name for column in table.columns if column.name not in printed.columns]
    strange += [row.name for row in table.rows if row.name not in {row.name for row in printed.rows}]
    if strange:
        raise DataError([f"{table.id}: {name!r} is not in the published table {printed.id}" for name in strange])
    return printed


def _table(table: Table, printed: PublishedTable, read: _Reading) -> ReproducedTable:
    is_check = read.profile.is_check
    values = {row.name: dict(zip(printed.columns, row.values, strict=True)) for row in printed.rows}
    remarks: dict[str, dict[str, list[str]]] = {}  # in the order in which they are first said, by row with its columns
    rows = []
    for row in table.rows:
        cells = []
        for column in table.columns:
            published = None if is_check else values[row.name][column.name]
            cell, said = _cell(row, column, published, read)
            cells.append(cell)
            for remark in said:
                remarks.setdefault(remark, {}).setdefault(row.name, []).append(column.label)
        rows.append(ReproducedRow(name=row.name, about=_about(table, row, read.profile), cells=tuple(cells)))
    notes = [*table.notes, *([] if is_check else _printed_notes(table, printed))]
    notes += [_remark(remark, of, len(table.columns)) for remark, of in remarks.items()]
    return ReproducedTable(
        id=table.id,
        label=table.label,
        title=table.title,
        source=printed.source.text,
        columns=tuple(ReproducedColumn(name=one.name, label=one.label, decimals=one.decimals) for one in table.columns),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _remark(remark: str, of: dict[str, list[str]], n_columns: int) -> str:
    """A remark after the rows that it is about, and their columns where it is not about all of them."""
    named = (f"{row} ({', '.join(labels)})" if len(labels) < n_columns else row for row, labels in of.items())
    return visible(f"{', '.join(named)}: {remark}")


def _printed_notes(table: Table, printed: PublishedTable) -> Iterator[str]:
    """What is known of the published table, and of its rows that are shown."""
    yield from printed.notes
    shown = {row.name for row in table.rows}
    yield from (f"{row.name}: {row.note}" for row in printed.rows if row.note and row.name in shown)


def _about(table: Table, row: Row, profile: Profile) -> str | None:
    """What the steps of a row are or stand for, each thing once."""
    names = [row.step_of(column.name) for column in table.columns]
    about = dict.fromkeys(profile.steps[name].about for name in names if name in profile.steps)
    return "; ".join(about) or None


def _cell(row: Row, column: Column, published: float | None, read: _Reading) -> tuple[Cell, list[str]]:
    """A cell, and what is to be said below the table about it."""
    step = row.step_of(column.name)
    found = _found(row, column, read)
    if isinstance(found, str):
        why = one_line(found, MAX_WHY)
        return _without(column, step, published, why), []
    headline, released = (_in_print(one, column.times) for one in (found.headline, found.released))
    said = list(found.remarks)
    if headline is None and released is None:
        return _without(column, step, published, f"{step}: it is not defined for a single item"), said
    ci = released.ci if released else None
    if published is not None and released and ci is None and headline and headline.ci:
        ci = headline.ci
        said.append(STANDS_IN)
    verdict = verdict_of(published, column.decimals, ci)
    has_why = verdict == "not compared" and not read.profile.is_check
    cell = Cell(
        column=column.name,
        step=step,
        published=published,
        released=released,
        headline=headline,
        difference=None if published is None or released is None else released.value - published,
        verdict=verdict,
        why=_why_not_compared(published, released) if has_why else None,
    )
    return cell, said


def _found(row: Row, column: Column, read: _Reading) -> Found | str:
    """The figure that belongs into a cell, or why there is none."""
    step = row.step_of(column.name)
    if step is None:
        return row.why or "no step makes it"
    ours = read.step(step)
    before = read.step(row.minus) if row.minus else None
    if isinstance(ours, str):
        return ours
    if isinstance(before, str):
        return f"what it is a gain over is not there: {before}"
    try:
        return ours.figure(column.figure) if before is None else ours.gain(column.figure, before)
    except WevalError as error:
        return f"{step}: {read._here(str(error))}"


def _without(column: Column, step: str | None, published: float | None, why: str) -> Cell:
    return Cell(
        column=column.name,
        step=step,
        published=published,
        released=None,
        headline=None,
        difference=None,
        verdict="not run",
        why=why,
    )


def _why_not_compared(published: float | None, released: Figure | None) -> str:
    if published is None:
        return "no value was published, or it cannot be read"
    if released is None:
        return "there is no figure as the published script computes it"
    return "there is no interval, as fewer than two items have a figure"


def _in_print(found: Estimate | None, times: float) -> Figure | None:
    """A figure in the units of print."""
    if found is None:
        return None
    ends = None if found.ci is None else (found.ci[0] * times, found.ci[1] * times)
    return Figure(value=found.value * times, ci=ends, n=found.n)
