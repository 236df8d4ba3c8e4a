"""Measuring: work in a process of its own, growing numbers in rounds, and two things in turn."""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from tests.benchmarks.records import Clock, Point, Ratio, Series, ratio_of, series_of

KB = 1 if sys.platform == "darwin" else 1024
"""Bytes of what getrusage counts memory in."""


class Taken(NamedTuple):
    """Seconds of one core and on the clock, and the most memory that the process held, in 10^6 bytes."""

    cpu: float
    wall: float
    mb: float | None = None


Job = Callable[[], object]
T = TypeVar("T")


def timed(job: Job) -> Taken:
    """A job in this process."""
    began, cpu = time.perf_counter(), time.process_time()
    job()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KB / 1e6
    return Taken(time.process_time() - cpu, time.perf_counter() - began, peak)


def alone(make: Callable[[], Job]) -> Taken:
    """The job that `make` prepares, both in a copy of this process: nothing of it stays, only the job is timed.

    Memory includes what this process holds already, as modules. Raises RuntimeError where the copy fails.
    """
    context = multiprocessing.get_context("fork")
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(far, make))
    process.start()
    far.close()
    try:
        taken = near.recv()
    except EOFError:
        taken = None
    process.join()
    if taken is None:
        raise RuntimeError(f"the measured process ended with {process.exitcode}")
    return Taken(*taken)


def _send(far: Connection, make: Callable[[], Job]) -> None:
    job = make()
    far.send(tuple(timed(job)))


def command(words: Sequence[str], cwd: Path | None = None) -> Taken:
    """A command of its own; what it prints is dropped. Raises RuntimeError where it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(words, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return Taken(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss * KB / 1e6)


def growing(
    name: str, unit: str, numbers: Sequence[int], make: Callable[[int], Job], rounds: int = 3, clock: Clock = "cpu"
) -> Series:
    """What each of some numbers costs, each time in a copy of this process: the medians of rounds over all numbers.

    `make(n)` prepares, untimed, and returns what is timed.
    """
    return grown(name, unit, {n: lambda n=n: alone(lambda: make(n)) for n in numbers}, rounds, clock)


def grown(
    name: str, unit: str, runs: Mapping[int, Callable[[], Taken]], rounds: int = 3, clock: Clock = "cpu"
) -> Series:
    """The same of what is measured in another way, as a command."""
    found: dict[int, list[Taken]] = {n: [] for n in runs}
    for _ in range(rounds):
        for n, run in runs.items():
            found[n].append(run())
    points = [
        Point(
            n=n,
            seconds=median(getattr(taken, clock) for taken in each),
            mb=max((taken.mb for taken in each if taken.mb is not None), default=None),
        )
        for n, each in found.items()
    ]
    return series_of(name, unit, points, clock)


Run = Callable[[], "float | Taken"]


def in_turn(
    ours: tuple[str, Run], theirs: tuple[str, Run], rounds: int, clock: Clock = "cpu", *, warm: bool = True
) -> Ratio:
    """Two things in turn, A B B A A B …: the ratio of ours to theirs in each round. First both run once uncounted."""
    found = [
        [getattr(taken, clock) if isinstance(taken, Taken) else taken for taken in each]
        for each in _turns(ours[1], theirs[1], rounds, warm)
    ]
    return ratio_of(ours[0], theirs[0], (found[0], found[1]), clock)


def by_both_clocks(
    ours: tuple[str, Callable[[], Taken]], theirs: tuple[str, Callable[[], Taken]], rounds: int
) -> tuple[Ratio, Ratio]:
    """The ratios on the clock and of one core's time, of the same rounds."""
    found = _turns(ours[1], theirs[1], rounds, True)
    clocks: tuple[Clock, Clock] = ("wall", "cpu")
    on, off = (
        ratio_of(
            ours[0], theirs[0], ([getattr(a, clock) for a in found[0]], [getattr(b, clock) for b in found[1]]), clock
        )
        for clock in clocks
    )
    return on, off


def _turns(ours: Callable[[], T], theirs: Callable[[], T], rounds: int, warm: bool) -> tuple[list[T], list[T]]:
    runs, found = (ours, theirs), (list[T](), list[T]())
    for number in range(-1 if warm else 0, rounds):
        for which in (0, 1) if number % 2 else (1, 0):
            taken = runs[which]()
            if number >= 0:
                found[which].append(taken)
    return found
