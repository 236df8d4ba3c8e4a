"""One attempt at a step: `weval` in a process of its own, on a leash, with all that it says in the step's log."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from weval.errors import ResultError
from weval.files import os_message
from weval.reproduce.attempts import LOG, Tail, foot, head
from weval.training.stopping import is_heard

POLL_S = 0.5
"""How often somebody who watches is shown the latest line."""

QUIETLY = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait for one another sleep: on cores that others use as well, spinning ones take five times as long."""

ASKS = 2
"""So often the step is told to stop; whoever asks once more does not wait for it."""


class Stopper:
    """Ctrl-C and SIGTERM: passed on to the step that runs, which has a session of its own; waited for; then noted.

    Use as a context manager. In a thread other than the main one it hears nothing. Where no step runs, or at the third
    signal, KeyboardInterrupt is raised at once; the leash ends the step then.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in (signal.SIGINT, signal.SIGTERM) if is_heard(number)]
            self._before = {number: signal.signal(number, self._pass_on) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def runs(self, process: subprocess.Popen[bytes] | None) -> None:
        """From now on this is the process that signals go to."""
        self._process = process

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if self._process is None or self.asked > ASKS:
            raise KeyboardInterrupt
        with contextlib.suppress(OSError):  # it has just ended
            os.killpg(self._process.pid, number)


def attempt(words: Sequence[str], folder: Path, stopper: Stopper, says: Callable[[str], None]) -> tuple[int, Tail]:
    """Runs `weval` with these words to its end. Gives its exit code, negative for a signal, and what it said.

    `says` is called with its latest line now and then. Raises ResultError where it cannot be started.
    """
    log = folder / LOG
    tail, began = Tail(log), time.monotonic()
    try:
        with log.open("ab", buffering=0) as file:
            file.write(head(words))
            process = subprocess.Popen(
                [*_python(), "-m", "weval.reproduce.leash", str(folder), *words],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                env=QUIETLY | os.environ,
                start_new_session=True,
            )
            code = _waited_for(process, stopper, lambda: says(tail.latest()))
            file.write(foot(code, time.monotonic() - began))
    except OSError as error:
        raise ResultError(f"{folder}: cannot start the step: {os_message(error)}") from error
    return code, tail


def _python() -> list[str]:
    """This Python, which finds modules in the current folder only if it does so here."""
    return [sys.executable, *([] if {"", str(Path.cwd())} & set(sys.path) else ["-P"])]


def _waited_for(process: subprocess.Popen[bytes], stopper: Stopper, shows: Callable[[], None]) -> int:
    """The exit code of a process. The leash is let go when it has ended, or when nobody waits for it any more."""
    assert process.stdin
    stopper.runs(process)
    try:
        while True:
            try:
                return process.wait(POLL_S)
            except subprocess.TimeoutExpired:
                shows()
    finally:
        stopper.runs(None)
        process.stdin.close()
