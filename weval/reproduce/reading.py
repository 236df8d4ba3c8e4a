"""A finished step's folder read back: what it wrote is computed again, its own result is not believed. Nothing is
fetched and nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from weval.bench.figures import Sheet
from weval.bench.finish import BenchOutcome
from weval.bench.identity import BenchIdentity, identity_in
from weval.bench.readback import read_bench_run
from weval.bench.run import opened
from weval.bench.spec import PinnedFile, read_bench
from weval.build.releasing.export import ITEMS
from weval.errors import DataError, OriginalError, ResultError
from weval.files import Problems, is_file, read_jsonl
from weval.identity import evaluate_of, identity_of
from weval.join import Join
from weval.joined import Joined
from weval.pins import is_whole
from weval.readback import read_back
from weval.reproduce.figures import BenchFigures, Counts, Measured, RunFigures, counts_of
from weval.reproduce.manifest import Bench, Build, Doing, Fetch, Run
from weval.store import SCORES, check_kind, read_rows, read_run
from weval.tasks import is_data, load_task, read_spec, task_names
from weval.types import Gold, Item


class NotHere(DataError):
    """The items or files that figures are of are not on this machine."""


GOLD = "gold.jsonl"
"""Beside a run that was kept without its items: what is measured of them, without a word of their texts."""

EXPORT = "export"
"""In the folder of a build, that of its last step."""


def measured(step: Doing, made: Path, resamples: int | None = None) -> Measured:
    """The figures of a finished step, whose command wrote the folder `made`.

    Raises WevalError where it cannot be read any more, its data are not here, or such a step has no figures.
    """
    match step:
        case Run():
            return run_figures(made, resamples)
        case Bench():
            return bench_figures(made, resamples)
        case Fetch(name=name):
            return _counts_of_task(name)
        case Build():
            return _counts_of_items(made / EXPORT / ITEMS)
    raise ResultError(f"{type(step).__name__.lower()} has no figures")


def run_figures(folder: Path, resamples: int | None = None) -> RunFigures:
    """A run of a task by its raw scores. Raises WevalError, also where the task's items are not here."""
    record = read_run(folder)
    identity, options = identity_of(record, folder), evaluate_of(record, folder)
    if is_file(folder / GOLD):
        return RunFigures(identity, options, _joined_by_gold(folder), resamples)
    if not record.data:
        _need_items(identity.task.name)
    elif not is_data(record.data):
        raise NotHere(f"the items that it was made on are not here ({Path(record.data).name})")
    return RunFigures(identity, options, read_back(folder).joined, resamples)


def bench_figures(folder: Path, resamples: int | None = None) -> BenchFigures:
    """A run of a benchmark by its raw replies. Raises WevalError, also where the benchmark's files are not here."""
    record = read_run(folder)
    check_kind(record, folder, "benchmark")
    if record.data and not Path(record.data).exists():
        raise NotHere(f"the files that it was made on are not here ({Path(record.data).name})")
    if not record.data:
        _need_files(identity_in(record, folder, BenchIdentity))
    outcome = read_bench_run(folder)
    originals, stops = _originals(folder, outcome)
    return BenchFigures(outcome, originals, stops, resamples)


def _originals(folder: Path, outcome: BenchOutcome) -> tuple[Sheet | None, str | None]:
    """What the published arithmetic makes of the items, or where its script would stop."""
    benchmark = outcome.benchmark
    if outcome.result.original is None:
        return None, outcome.result.original_stops
    with opened(folder, benchmark, benchmark.steps(benchmark.options), only_reads=True) as (_, told):
        try:
            rows = [benchmark.row(item, told, "original") for item in outcome.items]
        except OriginalError as error:
            return None, str(error)
    return Sheet(benchmark.figures, rows), None


def _need_files(identity: BenchIdentity) -> None:
    """Raises DataError where a pinned file is not here: reading must not become a download."""
    spec = read_bench(identity.benchmark.name)
    for name in spec.sets.get(identity.benchmark.set, {}).values():
        file = spec.files[name]
        if isinstance(file, PinnedFile) and not is_whole(file):
            raise NotHere(f"the files of {spec.name} are not here: weval fetch {spec.name}")


def _joined_by_gold(folder: Path) -> Joined:
    """Answers beside gold, as read_back has them beside items. Raises DataError."""
    record = read_run(folder)
    identity, problems = identity_of(record, folder), Problems(folder / GOLD)
    join = Join(identity.model.unit, identity.plan)
    for _, gold in islice(read_jsonl(folder / GOLD, Gold, problems), identity.limit):
        join.add(gold)
    problems.check()
    problems = Problems(folder / SCORES)
    return join.answers(read_rows(folder, problems), problems)


def _counts_of_task(name: str) -> Counts:
    if name not in task_names():
        raise ResultError(f"{name} is no task whose items could be counted")
    _need_items(name)
    return _counted(load_task(name).items())


def _need_items(name: str) -> None:
    """Raises NotHere where the items of a task are not here. Raises ConfigError for an unknown one."""
    source = read_spec(name).source
    if not source.is_here:
        raise NotHere(f"the items of {name} are not here: {source.remedy(name)}")


def _counts_of_items(path: Path) -> Counts:
    if not is_file(path):
        raise NotHere("the items that it built are not here")
    problems = Problems(path)
    found = _counted(item for _, item in read_jsonl(path, Item, problems))
    problems.check()
    return found


def _counted(items: Iterable[Item]) -> Counts:
    return counts_of([(len(item.candidates), len(item.requirements)) for item in items])
