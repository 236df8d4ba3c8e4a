"""How a run is going, on standard error: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from weval.errors import visible
from weval.run import Watcher

BAR_EVERY_S, LINE_EVERY_S = 0.1, 10.0
"""How often a bar moves, and a line is written where standard error is a file."""

RATE_AFTER_S = 1.0
"""A rate is told so long after the first answer, from which on it counts: before it, models load and workers start."""


class Progress(Watcher):
    """A bar with rate and time left. Use as a context manager.

    `doing` and `past` say what is counted, before and after: what has been done is kept when a user stops it.
    """

    def __init__(self, doing: str = "scoring", past: str = "scored") -> None:
        self._doing, self._past = doing, past
        self._done = self._total = self._begin = 0
        self._first: float | None = None
        self._shown = 0.0
        self._beside = ""
        self._console = Console(stderr=True, highlight=False)
        self._bars: Bars | None = None
        self._bar: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        if kind is KeyboardInterrupt:
            self.notice(f"stopped; what was {self._past} is kept, and the same command continues")

    def download(self, done: int, total: int | None) -> None:
        if self._bars is None and self._console.is_terminal:
            self._start(Bars(TextColumn("downloading"), BarColumn(), DownloadColumn(), console=self._console), total)
        if self._bars is not None and self._bar is not None:
            self._bars.update(self._bar, completed=done, total=total)

    def counts(self, doing: str, past: str) -> None:
        self._doing, self._past = doing, past

    def beside(self, text: str) -> None:
        self._beside = text

    def started(self, total: int, done: int) -> None:
        self._stop()
        self._beside = ""
        if done:
            self.notice(f"continuing: {done:,} of {total:,} {self._past} already")
        self._done, self._total, self._begin = done, total, done + 1
        self._first, self._shown = None, time.monotonic()
        if self._console.is_terminal:
            bars = Bars(
                TextColumn(self._doing), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(), TimeRemainingColumn(), console=self._console, transient=True,
            )  # fmt: skip
            self._start(bars, total, done)

    def scored(self) -> None:
        self._done += 1
        now = time.monotonic()
        if self._first is None:
            self._first = now
        pause = BAR_EVERY_S if self._console.is_terminal else LINE_EVERY_S
        if now - self._shown < pause and self._done < self._total:
            return
        self._shown = now
        beside = ", ".join(filter(None, (self._rate(now - self._first), self._beside)))
        if self._bars is not None and self._bar is not None:
            self._bars.update(self._bar, completed=self._done, rate=beside)
        if not self._console.is_terminal and now - self._first >= LINE_EVERY_S:
            self.notice(f"{self._done:,} of {self._total:,} {self._past}{beside and ', '}{beside}")

    def _rate(self, seconds: float) -> str:
        """Answers after the first, in so many seconds."""
        if seconds < RATE_AFTER_S:
            return ""
        speed = (self._done - self._begin) / max(seconds, 1e-6)
        return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s" if speed >= 0.1 else f"{speed * 60:.1f}/min"

    def notice(self, text: str) -> None:
        self._console.print(visible(f"note: {text}"), markup=False, soft_wrap=True)

    def _start(self, bars: Bars, total: int | None, done: int = 0) -> None:
        self._bars, self._bar = bars, bars.add_task("", total=total, completed=done, rate="")
        bars.start()

    def _stop(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._bar = None
