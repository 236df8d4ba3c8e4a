"""Writers on one benchmark side by side: for every figure the paired difference over items, and how sure it is."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from pydantic import Field

import weval
from weval.bench.figures import Sheet
from weval.bench.finish import BenchOutcome
from weval.bench.items import Figure, Mode
from weval.bench.result import BenchStamp, FigureStamp, FurtherTable, Maker
from weval.compare import adjusted, paired_difference
from weval.comparison import Difference
from weval.errors import ResultError, missing_extra
from weval.metrics import BoolArray, FloatArray, default_resamples
from weval.results import Estimate
from weval.store import changes, read_run
from weval.types import Record

_FREE = frozenset({"tries"})
"""Settings that may differ between runs that are compared: they decide what is missing, and nothing else."""

_ADDRESS = "base_url"


class WriterStamp(Record):
    """One of the runs, under a name that tells it from the others. `figures` are those on the items that all have."""

    name: str
    folder: str
    n_scored: int
    n_missing: int
    publishable: bool
    figures: dict[str, Estimate | None]


class BenchDuel(Record):
    """Two of the runs: how much higher each figure of the first is, tested by what each item adds to the difference."""

    first: str
    second: str
    figures: dict[str, Difference | None]


class BenchComparison(Record):
    """Several writers on the same items of one benchmark, judged in the same way. Each figure is over those items that
    all of them have it for; `n_compared` says how many these are. `further` is made of all that each of them has.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    benchmark: BenchStamp
    mode: Mode
    judge: Maker | None
    headline: str
    stamps: dict[str, FigureStamp]
    n_items: int
    n_compared: dict[str, int]
    runs: tuple[WriterStamp, ...]
    duels: tuple[BenchDuel, ...]
    further: tuple[FurtherTable, ...] = ()
    resamples: int
    notices: tuple[str, ...]
    versions: dict[str, str]


def compare_bench(outcomes: Sequence[BenchOutcome], resamples: int | None = None) -> BenchComparison:
    """The comparison of two or more runs of one benchmark.

    Two runs stay in the order given; more are ordered by the headline, best first. An item that one of them lacks a
    figure for is left out of that figure for all. Raises ResultError where they are not on the same benchmark, set and
    data, were not judged by the same judge in the same way, or share no item that has the headline.
    """
    first = outcomes[0]
    if len(outcomes) < 2:
        raise ResultError(f"{first.folder}: is one run; compare it with another")
    if importlib.util.find_spec("scipy") is None:
        raise missing_extra("scipy", "analysis", "comparing runs")
    for at, other in enumerate(outcomes):
        if any(other.folder.resolve() == before.folder.resolve() for before in outcomes[:at]):
            raise ResultError(f"{other.folder}: is given twice")
        check_comparable(first, other)
    figures, n_items = first.benchmark.figures, len(first.items)
    sheets = [Sheet(figures, outcome.rows) for outcome in outcomes]
    together: BoolArray = np.logical_and.reduce([sheet.weights > 0 for sheet in sheets])
    k = _headline(sheets)
    if not together[:, k].any():
        raise ResultError(f"no item has a {figures[k].label} in all of these runs: {', '.join(_names(outcomes))}")
    shared = [_shared(sheet, together) for sheet in sheets]
    order = list(range(len(outcomes)))
    if len(order) > 2:  # best first, so that the differences of all pairs point one way
        sign = -1 if figures[k].higher else 1
        order.sort(key=lambda at: sign * (shared[at].value(k) or 0.0))
    n_resamples, names = resamples or default_resamples(n_items), _names(outcomes)
    pairs = list(combinations(order, 2))
    found = [_differences(figures, shared[one], shared[two], n_resamples) for one, two in pairs]
    return BenchComparison(
        benchmark=first.result.benchmark,
        mode=first.result.mode,
        judge=first.result.judge,
        headline=figures[k].name,
        stamps=first.result.stamps,
        n_items=n_items,
        n_compared={figure.name: int(n) for figure, n in zip(figures, together.sum(axis=0), strict=True)},
        runs=tuple(_stamp(names[at], outcomes[at], shared[at], n_resamples) for at in order),
        duels=tuple(
            BenchDuel(first=names[one], second=names[two], figures=of_pair)
            for (one, two), of_pair in zip(pairs, adjusted(found), strict=True)
        ),
        further=first.benchmark.across([outcomes[at] for at in order], resamples),
        resamples=n_resamples,
        notices=tuple(_notices(outcomes, sheets, names, k)),
        versions={"weval": weval.__version__, "numpy": np.__version__},
    )


@dataclass(frozen=True)
class Across:
    """The runs on one benchmark, and their comparison; None of a single one."""

    outcomes: Sequence[BenchOutcome]
    comparison: BenchComparison | None

    @property
    def names(self) -> list[str]:
        """A name for each run, which tells it from the others of the benchmark."""
        return _names(self.outcomes)


def compare_across(outcomes: Sequence[BenchOutcome], resamples: int | None = None) -> list[Across]:
    """Runs on any benchmarks, compared benchmark by benchmark. Raises ResultError as compare_bench."""
    groups: dict[tuple[str, str], list[BenchOutcome]] = {}
    for outcome in outcomes:
        stamp = outcome.result.benchmark
        groups.setdefault((stamp.name, stamp.set), []).append(outcome)
    return [Across(runs, compare_bench(runs, resamples) if len(runs) > 1 else None) for runs in groups.values()]


def check_comparable(first: BenchOutcome, other: BenchOutcome) -> None:
    """Raises ResultError where two runs are not on the same items of a benchmark, judged in the same way."""
    ours, theirs = first.result, other.result
    before, now = (read_run(outcome.folder).identity for outcome in (first, other))
    said = f"{other.folder}: was not made in the same way as {first.folder}: "
    if before["benchmark"] != now["benchmark"] or before["files"] != now["files"]:
        names = [f"{stamp.name} {stamp.version}, set {stamp.set}" for stamp in (theirs.benchmark, ours.benchmark)]
        raise ResultError(said + (", not ".join(names) if names[0] != names[1] else "its files are others"))
    if (theirs.judge and theirs.judge.name) != (ours.judge and ours.judge.name):
        judges = [result.judge.name if result.judge else "nobody" for result in (theirs, ours)]
        given = any(result.judge and result.judge.given for result in (theirs, ours))
        how = " (--judge NAME says who gave the --replies of a file)" if given else ""
        raise ResultError(f"{said}figures by different judges cannot be compared: {', not '.join(judges)}{how}")
    if differing := next(changes(_way(before, first), _way(now, other)), None):
        raise ResultError(f"{said}{differing}")


def _way(identity: Mapping[str, Any], outcome: BenchOutcome) -> dict[str, Any]:
    """How a run was judged: what must be the same where figures are compared. An address is not what answers at it."""
    options = {name: value for name, value in identity["options"].items() if name not in _FREE}
    steps = {}
    for step in outcome.benchmark.steps(outcome.benchmark.options):
        if step.role == "judge" and outcome.result.judge and not outcome.result.judge.given:
            about = dict(identity["steps"][step.name])
            model = {name: value for name, value in about.get("model", {}).items() if name != _ADDRESS}
            steps[step.name] = {**about, "model": model}
    return {"limit": identity["limit"], "options": options, "judge": steps}


def _names(outcomes: Sequence[BenchOutcome]) -> list[str]:
    """The writers' names where they tell the runs apart, else with the folder."""
    writers = [outcome.result.writer.name for outcome in outcomes]
    return [
        name if writers.count(name) == 1 else f"{name} ({outcome.folder})"
        for name, outcome in zip(writers, outcomes, strict=True)
    ]


def item_differences(one: Sheet, two: Sheet, k: int) -> FloatArray:
    """What each item adds to the difference of a figure of two runs, (m,) for the m items that both have: the mean of
    these numbers is the difference of the figures. Where all items weigh alike they are the differences of their marks.

    An item of weight w and sum s adds m (s - R w) / (sum of weights) for each run, R being the figure of both together.
    """
    both = (one.weights[:, k] > 0) & (two.weights[:, k] > 0)
    total = one.weights[both, k].sum() + two.weights[both, k].sum()
    figure = (one.sums[both, k].sum() + two.sums[both, k].sum()) / total if total else 0.0

    def adds(sheet: Sheet) -> FloatArray:
        weights = sheet.weights[both, k]
        found: FloatArray = (sheet.sums[both, k] - figure * weights) / (weights.mean() if len(weights) else 1.0)
        return found

    return adds(one) - adds(two)


def _differences(figures: Sequence[Figure], one: Sheet, two: Sheet, n_resamples: int) -> dict[str, Difference | None]:
    return {
        figure.name: paired_difference(item_differences(one, two, k), figure.high - figure.low, n_resamples)
        for k, figure in enumerate(figures)
    }


def _shared(sheet: Sheet, together: BoolArray) -> Sheet:
    """The same with nothing but what all runs have."""
    found = Sheet(sheet.figures, sheet.rows)
    found.sums[~together] = found.weights[~together] = 0.0
    return found


def _stamp(name: str, outcome: BenchOutcome, shared: Sheet, n_resamples: int) -> WriterStamp:
    return WriterStamp(
        name=name,
        folder=str(outcome.folder),
        n_scored=outcome.result.n_scored,
        n_missing=outcome.result.n_missing,
        publishable=outcome.result.publishable,
        figures={figure: found.estimate for figure, found in shared.estimates(n_resamples).items()},
    )


def _headline(sheets: Sequence[Sheet]) -> int:
    """The first figure that every run has. One without its texts lacks those that are of the texts alone."""
    return int(np.logical_and.reduce([sheet.weights.any(axis=0) for sheet in sheets]).argmax())


def _notices(
    outcomes: Sequence[BenchOutcome], sheets: Sequence[Sheet], names: Sequence[str], headline: int
) -> Iterator[str]:
    figures, n_items = outcomes[0].benchmark.figures, len(outcomes[0].items)
    for name, sheet in zip(names, sheets, strict=True):
        if n := int((sheet.weights[:, headline] == 0).sum()):
            yield f"{name} has no {figures[headline].label} for {n} of {n_items} items; they are left out for all"
    if outcomes[0].result.mode == "original":
        yield "the figures of items are by the published arithmetic, faults included"
