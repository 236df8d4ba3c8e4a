"""How far every prompt has got along its references: a file that several workers write, and that checkpoints tie down.

A line says that a prompt's reference was beaten in a step, and at which reference the prompt is from the next step on.
Nothing is ever taken back or counted up, so that neither the order of lines, nor several wins in a step, nor a step
that is done over after a resume moves a prompt twice. A run that goes on begins with a line of its checkpoint's
schedule; what stands before that line is history.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import filelock
from pydantic import TypeAdapter, ValidationError

from weval.appending import append_line
from weval.bench.items import Mode, is_original
from weval.bench.writing_rl import References
from weval.errors import ResultError
from weval.files import Problems, os_message
from weval.folders import new_folder
from weval.types import Count, Id, Record

SCHEDULE = "schedule.jsonl"
"""In a training run's folder."""

PATIENCE_S = 120.0
"""How long others may hold the file; each holds it for a few milliseconds."""

POLL_S = 0.005


class Schedule(Record):
    """At which reference each prompt is, counted from 0, when `step` begins. Prompts that have not moved may lack."""

    step: Count
    index: dict[Id, Count]


class Moved(Record):
    """A prompt whose reference was beaten in a step: from the next step on it is `at` another."""

    step: Count
    prompt: Id
    at: Count


_LINE: TypeAdapter[Schedule | Moved] = TypeAdapter(Schedule | Moved)


class Seen:
    """The references that prompts have in one step, and what comparisons with them came to."""

    def __init__(self, step: int, index: Mapping[str, int], mode: Mode) -> None:
        self.step, self.start = step, dict(index)
        self.references = References(index, mode)

    def moved(self) -> dict[str, int]:
        """The prompts that got further, and by how many references."""
        self.references.end_batch()
        return {name: at - self.start.get(name, 0) for name, at in self.references.index.items()
                if at > self.start.get(name, 0)}  # fmt: skip


class Store:
    """The schedule in a file, for any number of processes and threads: the kernel frees the lock of a killed one.

    Repaired: a step sees what was beaten in the steps before it, whatever has been beaten since. Original: every win is
    seen at once and counted, those of a step that is done over too. Several machines need a file system that they share
    and that knows locks. Its methods raise ResultError where the file cannot be used, DataError where it is broken.
    """

    def __init__(self, path: Path, mode: Mode = "repaired") -> None:
        self.path, self.mode = path, mode
        self._original = is_original(mode)
        new_folder(path.parent)
        self._threads = threading.Lock()
        self._lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
        self._offset, self._n_lines = 0, 0
        self._base: dict[str, int] = {}
        self._wins: dict[str, list[Moved]] = {}

    def begin(self, schedule: Schedule) -> None:
        """Goes on from a schedule, whatever was noted before: by one process of a run, before its first step."""
        with self._held():
            append_line(self.path, schedule.model_dump_json().encode() + b"\n")

    def seen(self, step: int, prompts: Iterable[str | int | None]) -> Seen:
        """What these prompts are compared with in a step; those that the schedule does not name stand at the first."""
        with self._held():
            self._read()
            names = {str(prompt) for prompt in prompts if prompt is not None}
            return Seen(step, {name: self._at(name, step) for name in names if self._knows(name)}, self.mode)

    def note(self, seen: Seen) -> None:
        """Keeps what comparisons came to. May be called again for the same ones, but in the original's mode."""
        if not (gains := seen.moved()):
            return
        with self._held():
            self._read()
            moved = [self._moved(seen, name, gain) for name, gain in gains.items()]
            lines = [each.model_dump_json() + "\n" for each in moved if self._original or not self._has(each)]
            if lines:
                append_line(self.path, "".join(lines).encode())

    def schedule(self, step: int) -> Schedule:
        """Where all prompts are when a step begins."""
        with self._held():
            self._read()
            return Schedule(
                step=step, index={name: self._at(name, step) for name in sorted({*self._base, *self._wins})}
            )

    def _moved(self, seen: Seen, name: str, gain: int) -> Moved:
        # What a prompt was compared with counts, not what it has got to since; the original counts wins.
        start = self._at(name, seen.step) if self._original else seen.start.get(name, 0)
        return Moved(step=seen.step, prompt=name, at=start + gain)

    def _has(self, move: Moved) -> bool:
        """Whether another worker said so before."""
        return any(win.step <= move.step and win.at >= move.at for win in self._wins.get(move.prompt, ()))

    def _knows(self, name: str) -> bool:
        return not self._original or name in self._base or name in self._wins

    def _at(self, name: str, step: int) -> int:
        wins = (win.at for win in self._wins.get(name, ()) if self._original or win.step < step)
        return max([self._base.get(name, 0), *wins])

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            with self._threads, self._lock.acquire(timeout=PATIENCE_S, poll_interval=POLL_S):
                yield
        except filelock.Timeout as error:
            raise ResultError(f"{self.path}: others hold it for more than {PATIENCE_S:g} s") from error
        except OSError as error:
            raise ResultError(f"cannot use {self.path}: {os_message(error)}") from error

    def _read(self) -> None:
        """Takes in the lines that came since; what a killed process left half-written is none."""
        if not self.path.exists():
            self._offset = self._n_lines = 0
            self._forget({})
            return
        with self.path.open("rb") as file:
            if file.seek(0, 2) < self._offset:  # another file: the run was begun afresh
                self._offset = self._n_lines = 0
                self._forget({})
            file.seek(self._offset)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            self._n_lines += 1
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            found = _LINE.validate_json(line)
        except ValidationError as error:
            problems = Problems(self.path)
            problems.add(self._n_lines, "", f"is no line of a schedule ({error.error_count()} problems)")
            raise problems.error() from error
        if isinstance(found, Schedule):
            self._forget(found.index)
        else:
            self._wins.setdefault(found.prompt, []).append(found)

    def _forget(self, index: Mapping[str, int]) -> None:
        self._base, self._wins = dict(index), {}
