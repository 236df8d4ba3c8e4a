"""How a step is started: `weval` with its words, on a leash that whoever started it holds, so that none outlives them.

    python -m weval.reproduce.leash FOLDER WORD …

Standard input is a pipe that the starter keeps open and never writes to. When it ends, the starter has, however that
came: `kill -9` too. The step is then told to stop as by `kill`, so that a training saves its step, and is ended after a
while. A step's folder is held for as long as it lives: the next start waits for the end of one that is being ended.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

import filelock

LEASH = ".leash"
"""In a step's folder, the lock that the step itself holds; that of whoever runs steps is another."""

BUSY = 75
"""The exit code where an earlier start has not come to an end; EX_TEMPFAIL of sysexits.h."""

GRACE_S, SECOND_S = 60.0, 10.0
"""How long a step may take to save and stop once it is told, and how long when it is told again."""

WAIT_S = GRACE_S + SECOND_S + 20.0
"""How long one waits for an earlier start to end."""


def main(words: list[str]) -> int:
    """Holds the folder, and runs `weval` with the other words as `python -m weval` does, which ends this process.

    Returns the exit code where it could not be begun.
    """
    folder, *words = words
    began = time.monotonic()
    threading.Thread(target=_watch, args=(_kept_input(), began), daemon=True).start()
    lock = filelock.FileLock(Path(folder) / LEASH)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        _say("note: waiting for an earlier start of this step to end")
        try:
            lock.acquire(timeout=WAIT_S)
        except filelock.Timeout:
            return BUSY
    sys.argv = ["weval", *words]
    runpy.run_module("weval", run_name="__main__", alter_sys=True)
    return 0


def _kept_input() -> int:
    """Standard input under another number. In its place there is nothing to read, for the step and what it starts."""
    kept = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return kept


def _watch(leash: int, began: float) -> None:
    """Waits until the leash is let go, then ends this process and what it started."""
    while os.read(leash, 1024):
        pass
    _say(f"# ended after {time.monotonic() - began:.1f} s: weval reproduce is gone")
    _tell(signal.SIGTERM)
    time.sleep(GRACE_S)
    _tell(signal.SIGTERM)  # who was asked to end in order does not wait when asked again
    time.sleep(SECOND_S)
    for process in _below():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            os.kill(process, signal.SIGKILL)
    _tell(signal.SIGKILL)


def _tell(number: signal.Signals) -> None:
    """Sends a signal to this process and to those of its group, if the group is its own."""
    own = os.getpid()
    if os.getpgrp() == own:
        os.killpg(own, number)
    else:
        os.kill(own, number)


def _below() -> list[int]:
    """The processes that this one started, and those that they did; a training has a session of its own.

    Without psutil, which all trainings need, none are known.
    """
    try:
        import psutil
    except ImportError:
        return []
    try:
        return [process.pid for process in psutil.Process().children(recursive=True)]
    except psutil.Error:
        return []


def _say(line: str) -> None:
    """A line into the log, by itself: whatever else writes there may be in the middle of one."""
    os.write(2, f"\n{line}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
