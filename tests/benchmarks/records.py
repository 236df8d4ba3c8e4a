"""What a benchmark comes to, as the JSON file of the suite has it."""

from __future__ import annotations

from statistics import median
from typing import Literal

from pydantic import Field

from tests.benchmarks.fitting import Fit, line, power
from weval.types import Record

Clock = Literal["cpu", "wall"]
"""cpu: seconds of one core, user and system, of the process that works; wall: seconds on the clock."""


class Point(Record):
    """What n of something cost: the median over rounds, and the most memory that the process held (10^6 bytes)."""

    n: int
    seconds: float
    mb: float | None = None


class Growth(Record):
    """How cost grows: seconds = fixed + each · n by least squares, and seconds ~ n^power on logarithms.

    Both with R², the share of the variance that the fit explains; None where all seconds are the same.
    """

    fixed: float
    each: float
    r2: float | None
    power: float
    power_r2: float | None


class Series(Record):
    """The cost of growing numbers of one thing; `growth` needs three points."""

    name: str
    unit: str
    clock: Clock = "cpu"
    points: tuple[Point, ...]
    growth: Growth | None = None


class Ratio(Record):
    """Seconds of `ours` by those of `theirs`, neighbours in time, one for each round: below 1 ours is faster."""

    ours: str
    theirs: str
    clock: Clock = "cpu"
    rounds: tuple[float, ...]
    median: float
    low: float
    high: float
    seconds: tuple[float, float]


class Figure(Record):
    """Any other number worth keeping: a rate, a largest difference."""

    name: str
    value: float
    unit: str


class Measured(Record):
    """What one benchmark found. `missing` says what was not measured, and how to get it; `versions` are peers'."""

    series: tuple[Series, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)


class Outcome(Record):
    """A benchmark of a run of the suite: what it found, or the last line of what went wrong.

    It took `seconds` on the clock, and `cpu` of one core with all processes that it waited for.
    """

    name: str
    about: str
    seconds: float
    cpu: float
    measured: Measured | None
    error: str | None = None


class Machine(Record):
    """The machine in general words. `load` is how many processes wanted a core in the minute before, ours included."""

    system: str
    processor: str
    cores: int
    memory_gb: int | None
    load: tuple[float, float]


class Report(Record):
    """One run of the suite."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    date: str
    quick: bool
    seconds: float
    machine: Machine
    versions: dict[str, str]
    benchmarks: tuple[Outcome, ...]


def series_of(name: str, unit: str, points: list[Point], clock: Clock = "cpu") -> Series:
    """A series with its growth, where there are points enough to see one."""
    return Series(name=name, unit=unit, clock=clock, points=tuple(points), growth=growth(points))


def growth(points: list[Point]) -> Growth | None:
    """The two fits; None with fewer than three points, or where something took no measurable time."""
    if len({point.n for point in points}) < 3 or min(point.seconds for point in points) <= 0:
        return None
    numbers, seconds = [point.n for point in points], [point.seconds for point in points]
    straight: Fit = line(numbers, seconds)
    bent: Fit = power(numbers, seconds)
    return Growth(fixed=straight.at_zero, each=straight.slope, r2=straight.r2, power=bent.slope, power_r2=bent.r2)


def ratio_of(ours: str, theirs: str, seconds: tuple[list[float], list[float]], clock: Clock = "cpu") -> Ratio:
    """The ratio of each round, their median and range. `seconds` are ours and theirs, round by round."""
    rounds = tuple(a / b for a, b in zip(*seconds, strict=True))
    both = (median(seconds[0]), median(seconds[1]))
    return Ratio(
        ours=ours, theirs=theirs, clock=clock, rounds=rounds,
        median=median(rounds), low=min(rounds), high=max(rounds), seconds=both,
    )  # fmt: skip
