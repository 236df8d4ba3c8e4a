"""How a reproduction is going, on standard error: in a terminal the step at hand with its latest line, else lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from weval.errors import visible
from weval.files import one_line
from weval.reproduce.outcome import StepOutcome
from weval.reproduce.running import Watching
from weval.wording import counted

LINE_EVERY_S = 60.0
"""How often the latest line of a step is written where standard error is a file."""

WRITE_EVERY_S = 300.0
"""How often the tables are written while steps run: they may run for days."""

MAX_SAID = 100
"""Characters of why a step was passed over; the tables and the plan say all of it."""

MAX_NAMED = 8
"""Of more steps that failed, the first are named."""


class Telling(Watching):
    """A line per step, when it begins and when it ends; those that were done before are counted. A context manager.

    `writes` is called with what became of all steps now and then, and where the user stops it.
    """

    def __init__(self, writes: Callable[[Sequence[StepOutcome]], object] | None = None) -> None:
        self._writes, self._written = writes, time.monotonic()
        self._console = Console(stderr=True, highlight=False)
        self._bars: Bars | None = None
        self._bar: TaskID | None = None
        self._at, self._shown = "", 0.0
        self._n_before = self._n_blocked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._count()
        if self._n_blocked:
            self._print(f"note: {counted(self._n_blocked, 'step')} blocked; --plan says how to get what is lacking")
        if kind is KeyboardInterrupt:
            self._print("note: stopped; what was done is kept, and the same command continues")

    def begins(self, number: int, total: int, name: str, about: str) -> None:
        self._count()
        self._at, self._shown = f"[{number}/{total}] {name}", time.monotonic()
        self._print(f"{self._at}: {about}")
        if not self._console.is_terminal:
            return
        latest = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
        elapsed = TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7))
        self._bars = Bars(elapsed, latest, console=self._console, transient=True, refresh_per_second=2)
        self._bar = self._bars.add_task("", total=None)
        self._bars.start()

    def says(self, line: str) -> None:
        if self._bars is not None and self._bar is not None:
            self._bars.update(self._bar, description=visible(line))
        elif line and time.monotonic() - self._shown > LINE_EVERY_S:
            self._print(f"{self._at}: {line}")
            self._shown = time.monotonic()

    def ends(self, outcome: StepOutcome) -> None:
        self._stop()
        if not self._at and outcome.state == "done":
            self._n_before += 1
            return
        self._count()
        self._n_blocked += outcome.state == "blocked"
        self._print(f"{self._at or outcome.name}: {told(outcome)}")
        self._at = ""

    def so_far(self, outcomes: Sequence[StepOutcome], *, last: bool) -> None:
        if self._writes and (last or time.monotonic() - self._written > WRITE_EVERY_S):
            self._writes(outcomes)
            self._written = time.monotonic()

    def _count(self) -> None:
        if self._n_before:
            self._print(f"{counted(self._n_before, 'step')} done already")
        self._n_before = 0

    def _print(self, text: str) -> None:
        self._console.print(visible(text), markup=False, soft_wrap=True)

    def _stop(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._bar = None


def told(outcome: StepOutcome) -> str:
    """What became of a step, in one line: how long it took, or why it is not done.

    What to do is said of what failed; for what is lacking, --plan says it once for all steps.
    """
    if outcome.state == "done":
        return f"done in {duration(outcome.seconds or 0)}"
    if outcome.state == "blocked":
        return one_line(f"blocked: {outcome.why}", MAX_SAID)
    remedy = outcome.remedy if outcome.state == "failed" else None
    return "; ".join(filter(None, [f"{outcome.state}: {outcome.why}", remedy]))


def summary(outcomes: Iterable[StepOutcome]) -> str:
    """Why a command that ran steps ends as one that has failed: what failed, or that nothing could be run."""
    every = list(outcomes)
    failed = [outcome.name for outcome in every if outcome.state == "failed"]
    elsewhere = [outcome.name for outcome in every if outcome.state == "elsewhere"]
    if elsewhere and not failed:
        return f"another weval reproduce is at {', '.join(elsewhere[:MAX_NAMED])}; the same command goes on after it"
    if not failed:
        return "nothing is done, and nothing could be run; --plan says what is missing"
    named = ", ".join(failed[:MAX_NAMED]) + (", …" if len(failed) > MAX_NAMED else "")
    return f"{counted(len(failed), 'step')} failed: {named}; what to do stands above, and beside each step on the page"


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(0.4), duration(75), duration(5000)
    ('0.4 s', '1 min 15 s', '1 h 23 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
