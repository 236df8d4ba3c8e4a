"""The steps of a reproduction, one after another: what is done is passed over, a failure stops only what needs it."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import filelock

import weval
from weval.errors import ResultError, WevalError
from weval.files import os_message
from weval.folders import LOCK, new_folder
from weval.machine import Machine, this_machine
from weval.reproduce.attempts import LOG, seconds_of
from weval.reproduce.choosing import choose_tables, chosen_steps
from weval.reproduce.contents import contents_of
from weval.reproduce.finished import Finished, done_steps, is_done, read_finished, write_finished
from weval.reproduce.graph import MADE, Graph
from weval.reproduce.leash import BUSY
from weval.reproduce.manifest import FOLDER, Doing, Table, needed_steps, read_cells, read_profile
from weval.reproduce.needs import lacking
from weval.reproduce.outcome import State, StepOutcome
from weval.reproduce.reach import addresses_of, reachable
from weval.reproduce.starting import Stopper, attempt
from weval.reproduce.unanswered import unanswered

REACH_S = 10.0
"""How long a machine that a step has to reach may take to answer."""

OUT = "reproductions"
"""Where reproductions lie that have no folder named, one per profile."""


@dataclass(frozen=True)
class ReproduceSpec:
    """What the user asked for. `manifests` is the folder of cells and profiles."""

    profile: str = "paper"
    tables: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    brought: Mapping[str, Path] = field(default_factory=dict)
    out: Path | None = None
    manifests: Path = FOLDER

    @property
    def folder(self) -> Path:
        """Where the reproduction lies."""
        return self.out or Path(OUT) / self.profile


class Watching:
    """Told how the steps are going. This one shows nothing; a front end overrides what it can show."""

    def begins(self, number: int, total: int, name: str, about: str) -> None:
        """A step is started, the so-many-th of all that were wanted."""

    def says(self, line: str) -> None:
        """The latest line of the step that runs."""

    def ends(self, outcome: StepOutcome) -> None:
        """What became of a step: of one that was begun, or that was passed over."""

    def so_far(self, outcomes: Sequence[StepOutcome], *, last: bool) -> None:
        """What became of all steps until now, after one was run; `last` where the user has stopped it."""


def graph_of(spec: ReproduceSpec) -> Graph:
    """The graph of the profile, with what was brought, in the folder of the reproduction.

    Raises ConfigError for an unknown profile or something brought that is not there, DataError for a broken manifest.
    """
    profile = read_profile(spec.profile, spec.manifests)
    bare = Graph(profile, spec.folder, spec.brought, {}, spec.manifests)  # which says what may be brought
    return replace(bare, contents=contents_of(profile, spec.brought, spec.manifests))


def tables_of(spec: ReproduceSpec) -> list[Table]:
    """The tables that are wanted, with their wanted rows. Raises ConfigError for what there is not."""
    return choose_tables(read_cells(spec.manifests), spec.tables, spec.rows)


def reproduce(spec: ReproduceSpec, graph: Graph, watching: Watching | None = None) -> list[StepOutcome]:
    """Runs what is not done of the wanted steps and those before them, and says what became of each.

    Steps that fill the tables, but were not wanted (`only`), are told too. Raises WevalError where nothing can be
    begun, KeyboardInterrupt where the user stopped it; what was done stays, and the same command goes on.
    """
    cells = read_cells(spec.manifests)
    chosen = chosen_steps(cells, graph.profile, spec.tables, spec.rows, spec.only)
    done = done_steps(graph)
    needed = {*graph.closure(chosen, done), *done}  # what is done needs nothing before it
    shown = graph.closure([*chosen_steps(cells, graph.profile, spec.tables, spec.rows, ()), *chosen])
    new_folder(graph.folder)
    walk = _Walk(graph, watching or Watching(), this_machine(), graph.closure(chosen))
    with walk.stopper:
        for name in walk.order:
            if name not in needed:
                continue
            walk.outcomes[name] = walk.step(name, was_done=name in done)
            walk.watching.ends(walk.outcomes[name])
            if name not in done and walk.outcomes[name].state != "blocked":
                walk.watching.so_far(walk.all(shown, done), last=bool(walk.stopper.asked))
            if walk.stopper.asked:
                raise KeyboardInterrupt
    for name, one in walk.outcomes.items():  # what another process has done meanwhile counts
        if one.state != "done" and is_done(graph, name):
            walk.outcomes[name] = walk.outcome(name, "done")
    return walk.all(shown, done)


@dataclass
class _Walk:
    """The way through the graph, and what became of the steps so far; `roots` say of blocked ones why in the end."""

    graph: Graph
    watching: Watching
    machine: Machine
    order: Sequence[str]
    outcomes: dict[str, StepOutcome] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    reached: dict[str, bool] = field(default_factory=dict)
    stopper: Stopper = field(default_factory=Stopper)

    def step(self, name: str, *, was_done: bool) -> StepOutcome:
        """Runs a step, unless it was done before or something is in its way."""
        if was_done:
            return self.outcome(name, "done")
        try:
            return self._in_the_way(name) or self._run(name)
        except WevalError as error:
            return self.outcome(name, "failed", str(error).partition("\n")[0])

    def all(self, shown: Iterable[str], done: Collection[str]) -> list[StepOutcome]:
        """What became of the steps, and of others that are shown."""
        found = list(self.outcomes.values())
        for name in shown:
            if name in done and name not in self.outcomes:
                found.append(self.outcome(name, "done"))
            elif name not in self.outcomes:
                why = "not reached" if self.stopper.asked else "not needed: what it is for is done"
                found.append(self.outcome(name, "waiting", why if name in self.order else "not chosen"))
        return found

    def outcome(self, name: str, state: State, why: str | None = None, remedy: str | None = None) -> StepOutcome:
        """What became of a step, as a record."""
        step, folder = self.graph.profile.steps[name], self.graph.step_folder(name)
        finished = read_finished(folder) if state == "done" else None
        return StepOutcome(
            name=name,
            does=step.does,
            about=step.about,
            state=state,
            fingerprint=self.graph.fingerprints[name],
            folder=folder.relative_to(self.graph.folder).as_posix() if folder.is_dir() else None,
            command=self.graph.command_text(name),
            seconds=finished.seconds if finished else seconds_of(folder / LOG) or None,
            why=why,
            remedy=remedy,
        )

    def _in_the_way(self, name: str) -> StepOutcome | None:
        """Why the step cannot be run now: what this machine lacks for it, or a step before it."""
        step = self.graph.profile.steps[name]
        if lacks := lacking(step, self.graph, self.machine, self._reached(step)):
            how = dict.fromkeys(lack.how for lack in lacks if lack.how)
            what = "; ".join(lack.what for lack in lacks)
            waited = [each for each in needed_steps(step) if each in self.outcomes and not self._is_over(each)]
            also = f"; and waits for {', '.join(waited)}" if waited else ""
            return self.outcome(name, "blocked", f"lacks {what}{also}", "; ".join(how) or None)
        for before in needed_steps(step):
            found = self.outcomes.get(before)
            if found is None:
                why = self.graph.profile.absent.get(before, "a step that this profile does not have")
                return self.outcome(name, "blocked", f"needs {before}: {why}")
            if found.state != "done":
                named = f"needs {before}, which {_became(found.state)}: {found.why}"
                self.roots[name] = self.roots.get(before, named)
                return self.outcome(name, "blocked", self.roots[name], found.remedy)
        return None

    def _is_over(self, name: str) -> bool:
        return self.outcomes[name].state == "done"

    def _reached(self, step: Doing) -> Mapping[str, bool]:
        """Which of the machines that a step has to reach answer; each is asked once in all."""
        with suppress(WevalError):  # what is wrong with the step is among what it lacks
            new = [address for address in addresses_of(step, self.graph) if address not in self.reached]
            self.reached |= reachable(new, REACH_S)
        return self.reached

    def _run(self, name: str) -> StepOutcome:
        """An attempt at a step, unless another process is at it, or has just done it."""
        lock = filelock.FileLock(new_folder(self.graph.step_folder(name)) / LOCK)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            return self.outcome(name, "elsewhere", "another weval reproduce is at it")
        except OSError as error:
            raise ResultError(f"cannot write into {self.graph.step_folder(name)}: {os_message(error)}") from error
        try:
            return self.outcome(name, "done") if is_done(self.graph, name) else self._attempted(name)
        finally:
            lock.release()

    def _attempted(self, name: str) -> StepOutcome:
        words, folder = self.graph.command(name), self.graph.step_folder(name)
        about = self.graph.profile.steps[name].about
        self.watching.begins(self.order.index(name) + 1, len(self.order), name, about)
        code, tail = attempt(words, folder, self.stopper, self.watching.says)
        log = f"see {LOG} in {folder.relative_to(self.graph.folder)}; the same command tries it again"
        if code == 0 and (why := unanswered(self.graph.profile.steps[name], folder / MADE)):
            return self.outcome(name, "failed", why, log)
        if code == 0:
            write_finished(folder, self._finished(name, words))
            return self.outcome(name, "done")
        if self.stopper.asked:
            return self.outcome(name, "stopped", "stopped by the user", "the same command goes on")
        if code == BUSY:
            return self.outcome(name, "elsewhere", "what an earlier start of it left running has not ended")
        return self.outcome(name, "failed", tail.why(code), log)

    def _finished(self, name: str, words: Sequence[str]) -> Finished:
        return Finished(
            step=name,
            fingerprint=self.graph.fingerprints[name],
            command=tuple(words),
            seconds=seconds_of(self.graph.step_folder(name) / LOG),
            versions={"weval": weval.__version__, "python": platform.python_version()},
        )


def _became(state: State) -> str:
    return "failed" if state == "failed" else f"is {state}"
