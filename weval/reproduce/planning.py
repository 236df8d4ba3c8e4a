"""`weval reproduce --plan`: what would run, what is here, what every cell still waits for, and about what it takes.

Nothing is run, loaded, downloaded or written. Of the network nothing is asked but whether the machines that steps need
take a connection, all at once, for a second.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Literal

from weval.errors import WevalError
from weval.machine import Lack, Machine, this_machine
from weval.reproduce.choosing import choose_tables, chosen_steps
from weval.reproduce.costs import StepCost, cost_of
from weval.reproduce.finished import done_steps
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Column, Row, Table, needed_steps, read_cells
from weval.reproduce.needs import lacking
from weval.reproduce.reach import addresses_of, reachable
from weval.reproduce.running import ReproduceSpec, graph_of
from weval.types import Record, Text

UNTOLD = "this profile does not have it"

PlanState = Literal["done", "ready", "blocked"]
"""`done`: finished. `ready`: it can run, once those before it have. `blocked`: it lacks something, or one before it."""


class Missing(Record):
    """Something that is lacking, how to get it (empty where nobody can say), and the steps that lack it themselves."""

    what: Text
    how: str
    steps: tuple[str, ...]


class PlannedStep(Record):
    """A step. `lacks` are places in the plan's `missing` of what it lacks itself; `blocked_by` the steps before it that
    lack something. `cells` are those that it fills, as "Table 4: Our-RM-7B".
    """

    name: str
    does: str
    about: str
    state: PlanState
    lacks: tuple[int, ...]
    blocked_by: tuple[str, ...]
    cost: StepCost
    cells: tuple[str, ...]
    command: str


class PlannedCell(Record):
    """A cell by its column, and the step that fills it. `waits_for` are places in `missing`, of what that step and all
    before it lack; `why` says why there is no step.
    """

    column: str
    label: str
    step: str | None
    state: PlanState | None
    waits_for: tuple[int, ...] = ()
    why: str | None = None


class PlannedRow(Record):
    """A row by its published name."""

    name: str
    cells: tuple[PlannedCell, ...]


class PlannedTable(Record):
    """A table of the paper, as far as it was asked for."""

    id: str
    label: str
    title: str
    rows: tuple[PlannedRow, ...]


class Totals(Record):
    """Of the steps that are not done: sums of what is known, and the names of those of which something is not."""

    steps: int
    done: int
    ready: int
    blocked: int
    gpus: int
    gpu_hours: float
    requests: int
    paid_requests: int
    usd: float
    gpu_usd: float
    unknown: tuple[str, ...]


class Plan(Record):
    """Everything that can be said before anything runs.

    `reached` says which machines took a connection, HOST:PORT; `notes` what estimates stand on.
    """

    profile: str
    title: str
    about: str
    is_check: bool
    folder: str
    tables: tuple[PlannedTable, ...]
    steps: tuple[PlannedStep, ...]
    missing: tuple[Missing, ...]
    totals: Totals
    reached: dict[str, bool]
    notes: tuple[Text, ...]


def make_plan(spec: ReproduceSpec) -> Plan:
    """The plan for what was asked for. Raises ConfigError for names that there are not, DataError for a broken file."""
    return plan_of(graph_of(spec), spec.tables, spec.rows, spec.only)


def plan_of(
    graph: Graph, table_ids: tuple[str, ...] = (), rows: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> Plan:
    """The plan for a graph. Raises as above."""
    cells = read_cells(graph.manifests)
    tables, wanted = choose_tables(cells, table_ids, rows), chosen_steps(cells, graph.profile, table_ids, rows, only)
    done = done_steps(graph)
    order = graph.closure(wanted, done)
    with ThreadPoolExecutor(1) as beside:  # while the machines are waited for, the rest is reckoned
        asked = beside.submit(reachable, _addresses(graph, [name for name in order if name not in done]))
        costs = {name: cost_of(graph.profile.steps[name], graph) for name in order}
        machine, reached = this_machine(), asked.result()
    lacks = {name: [] if name in done else _lacks(graph, name, machine, reached) for name in order}
    known = _Known(graph, done, lacks)
    steps = tuple(known.step(name, costs[name], tables) for name in order)
    return Plan(
        profile=graph.profile.name,
        title=graph.profile.title,
        about=graph.profile.about,
        is_check=graph.profile.is_check,
        folder=str(graph.folder),
        tables=tuple(known.table(table) for table in tables),
        steps=steps,
        missing=known.missing,
        totals=_totals(steps),
        reached=reached,
        notes=tuple(dict.fromkeys(note for step in steps if step.state != "done" for note in step.cost.notes)),
    )


def _addresses(graph: Graph, names: Iterable[str]) -> list[str]:
    """The machines that steps have to reach; what is wrong with a step is told where its lacks are."""
    found: dict[str, None] = {}
    for name in names:
        with suppress(WevalError):
            found |= dict.fromkeys(addresses_of(graph.profile.steps[name], graph))
    return list(found)


def _lacks(graph: Graph, name: str, machine: Machine, reached: Mapping[str, bool]) -> list[Lack]:
    """What a step lacks itself; a step before it that the profile has not is among that."""
    profile, step = graph.profile, graph.profile.steps[name]
    absent = [one for one in needed_steps(step) if one not in profile.steps]
    gone = [Lack(f"the step {one}: {profile.absent.get(one, UNTOLD)}") for one in absent]
    return [*gone, *lacking(step, graph, machine, reached)]


class _Known:
    """What is known of all steps, and what follows for those after them, and for cells."""

    def __init__(self, graph: Graph, done: Collection[str], lacks: Mapping[str, list[Lack]]) -> None:
        self._graph, self._done, self._lacks = graph, done, lacks
        every: dict[Lack, list[str]] = {}
        for name, found in lacks.items():
            for lack in found:
                every.setdefault(lack, []).append(name)
        self._places = {lack: place for place, lack in enumerate(every)}
        self.missing = tuple(Missing(what=lack.what, how=lack.how, steps=tuple(steps)) for lack, steps in every.items())

    def step(self, name: str, cost: StepCost, tables: Iterable[Table]) -> PlannedStep:
        """A step, and the cells that it fills."""
        step = self._graph.profile.steps[name]
        return PlannedStep(
            name=name,
            does=step.does,
            about=step.about,
            state=self._state(name),
            lacks=tuple(self._places[lack] for lack in self._lacks[name]),
            blocked_by=tuple(one for one in self._before(name) if one != name and self._lacks[one]),
            cost=cost,
            cells=tuple(_cells(name, tables)),
            command=self._graph.command_text(name),
        )

    def table(self, table: Table) -> PlannedTable:
        """A table, row by row."""
        rows = tuple(
            PlannedRow(name=row.name, cells=tuple(self._cell(row, column) for column in table.columns))
            for row in table.rows
        )
        return PlannedTable(id=table.id, label=table.label, title=table.title, rows=rows)

    def _cell(self, row: Row, column: Column) -> PlannedCell:
        name, profile = row.step_of(column.name), self._graph.profile
        both = [one for one in (name, row.minus) if one is not None]
        absent = [one for one in both if one not in profile.steps]
        why: str | None = None
        if name is None or absent:
            why = row.why or (profile.absent.get(absent[0]) if absent else None) or UNTOLD
        elif any(one not in self._lacks for one in both):
            why = "not chosen"
        found = PlannedCell(column=column.name, label=column.label, step=name, state=None, why=why)
        if why is not None:
            return found
        lacks = {self._places[lack] for one in both for each in self._before(one) for lack in self._lacks[each]}
        states = {self._state(one) for one in both}
        state: PlanState = "blocked" if "blocked" in states else "ready" if "ready" in states else "done"
        return found.model_copy(update={"state": state, "waits_for": tuple(sorted(lacks))})

    def _before(self, name: str) -> list[str]:
        """A step and all that come before it and are not done."""
        return [one for one in self._graph.closure([name], self._done) if one not in self._done]

    def _state(self, name: str) -> PlanState:
        if name in self._done:
            return "done"
        return "blocked" if any(self._lacks[one] for one in self._before(name)) else "ready"


def _cells(name: str, tables: Iterable[Table]) -> Iterator[str]:
    """The rows that a step is for."""
    for table in tables:
        for row in table.rows:
            if name in {row.minus, *(row.step_of(column.name) for column in table.columns)}:
                yield f"{table.label}: {row.name}"


def _totals(steps: Iterable[PlannedStep]) -> Totals:
    every = list(steps)
    left = [step for step in every if step.state != "done"]
    costs = [step.cost for step in left]
    return Totals(
        steps=len(every),
        done=len(every) - len(left),
        ready=sum(step.state == "ready" for step in left),
        blocked=sum(step.state == "blocked" for step in left),
        gpus=max((cost.gpus for cost in costs), default=0),
        gpu_hours=math.fsum(cost.gpu_hours or 0.0 for cost in costs),
        requests=sum(cost.requests or 0 for cost in costs),
        paid_requests=sum(cost.paid_requests or 0 for cost in costs),
        usd=math.fsum(cost.usd or 0.0 for cost in costs),
        gpu_usd=math.fsum(cost.gpu_usd or 0.0 for cost in costs),
        unknown=tuple(step.name for step in left if _is_unknown(step)),
    )


def _is_unknown(step: PlannedStep) -> bool:
    """Whether something of what it takes cannot be told."""
    cost = step.cost
    untold = step.does != "fetch" and cost.requests is None and cost.gpu_hours is None
    return untold or bool(cost.gpus and cost.gpu_hours is None) or bool(cost.paid_requests and cost.usd is None)
