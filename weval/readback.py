"""A run read back from its folder: its items and answers side by side, its result, and the result made again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from weval.appending import is_cut_off
from weval.errors import AdapterError, DataError, ResultError
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.files import Problems, is_file, os_message, read_json, write_json
from weval.identity import Identity, evaluate_of, identity_of
from weval.join import Join
from weval.joined import Joined
from weval.ownmetrics import MetricOptions, OwnMetric, own_figures, own_metrics, undefined
from weval.peritem import PerItem
from weval.plan import PROBES, Probe
from weval.results import Result
from weval.settings import as_strings, check_known, divide, updated
from weval.store import RESULT, RUN, SCORES, RunFolder, check_kind, is_bench_run, read_rows, read_run
from weval.tasks import Task, load_data, load_task
from weval.types import Certificate, Item


@dataclass(frozen=True)
class ScoredRun:
    """What lies in a run folder, and the task it was made on. `options` say how its figures are computed.

    `certificate` is what was measured of a model that computes; None for others.
    """

    folder: Path
    identity: Identity
    options: EvaluateOptions
    task: Task
    joined: Joined
    certificate: Certificate | None = None

    def items(self) -> Iterator[Item]:
        """The items that were asked about, in task order."""
        return islice(self.task.items(), self.identity.limit)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its result, and all that it was made from.

    `left_out` names metrics of the user's own that the run had before, and that its result has no more.
    """

    result: Result
    run: ScoredRun
    left_out: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.run.folder


def read_back(folder: str | os.PathLike[str]) -> ScoredRun:
    """The run in a folder. Raises ResultError where it is none or its items have changed, DataError where broken.

    Items that lie elsewhere are read as they were fetched: no address is asked because a folder names it.
    """
    folder = Path(folder)
    record = read_run(folder)
    identity = identity_of(record, folder)
    strings = {key: str(value) for key, value in identity.data.model_dump().items() if value is not None}
    task = load_data(record.data, strings, reach=False) if record.data else load_task(identity.task.name, strings)
    if task.sha256 != identity.task.sha256:
        raise ResultError(
            f"{folder}: was scored on another file (sha256 {identity.task.sha256[:12]}…) than {task.path} is now"
        )
    try:
        return scored_run(folder, identity, evaluate_of(record, folder), task)
    except DataError as error:
        if not is_cut_off(folder / SCORES):
            raise
        raise ResultError(
            f"{folder}: its last answer was cut off when it was killed; mend it by: weval rescore {folder}"
        ) from error


def scored_run(folder: Path, identity: Identity, options: EvaluateOptions, task: Task) -> ScoredRun:
    """The answers that a folder holds, beside the items they are about."""
    join = Join(identity.model.unit, identity.plan)
    for item in islice(task.items(), identity.limit):
        join.add_item(item)
    problems = Problems(folder / SCORES)
    joined = join.answers(read_rows(folder, problems), problems)
    return ScoredRun(folder, identity, options, task, joined, read_run(folder).certificate)


def finish(run: ScoredRun, metrics: Sequence[OwnMetric] = ()) -> Outcome:
    """Computes the result of a run, with figures by these metrics of the user's own, and writes result.json."""
    options = run.options
    if options.drift is None and run.certificate:
        options = options.model_copy(update={"drift": run.certificate.noise})
    items = per_item(run.joined, options)
    result = result_of(run.identity, items, options, n_task_items=run.task.n_items, notices=run.task.notices)
    try:
        own = own_figures(metrics, run.joined, result.resamples)
    except AdapterError as error:
        raise AdapterError(f"{error}; what was scored is kept: weval rescore {run.folder}") from error
    result = result.model_copy(update={"own": own, "notices": (*result.notices, *undefined(own))})
    left_out = [name for name in _own_before(run.folder) if name not in result.own]
    write_json(run.folder / RESULT, result)
    return Outcome(result, run, tuple(left_out))


def _own_before(folder: Path) -> dict[str, None]:
    """The metrics of the user's own that the run was asked for, or has: names, of which nothing is imported."""
    said = (read_run(folder).settings or {}).get("metric")
    names = dict.fromkeys(said.split(",") if said else ())
    with contextlib.suppress(DataError, ResultError):
        names |= dict.fromkeys(read_result(folder).own)
    return names


def result_of(
    identity: Identity, items: PerItem, options: EvaluateOptions, *, n_task_items: int, notices: Sequence[str]
) -> Result:
    """What the answers to a run's questions say. Raises ResultError where not a single item could be scored.

    What in the way of asking keeps the run from being published stands in the result. `notices` are those about the
    task's data.
    """
    plan = identity.plan
    reasons = []
    if identity.limit:
        reasons.append(f"only the first {identity.limit} of {n_task_items} items were judged")
    if plan.judged_on == "own":
        reasons.append("responses were judged on their own requirements only")
    if plan.probe:
        reasons.append(f"this is a probe ({plan.probe}), not the benchmark")
    return evaluate(items, identity.task, identity.model, options, notices=notices, unpublishable=reasons)


def rescore(folder: str | os.PathLike[str], settings: Mapping[str, str | float] | None = None) -> Outcome:
    """Computes a run's result again from its raw scores; nothing is asked. Raises WevalError.

    Metrics of the user's own are those that `settings` name: nothing is imported because the folder names it.
    """
    folder = Path(folder)
    (own, named), rest = divide(as_strings(settings or {}), EvaluateOptions, MetricOptions)
    check_known(rest, EvaluateOptions, MetricOptions)
    metrics = own_metrics(named.get("metric"))
    check_kind(read_run(folder), folder, "task")  # nothing is repaired, or locked, that is no run's
    with RunFolder(folder) as held:
        held.repair()
        run = read_back(folder)
        options = updated(run.options, own)
        return finish(replace(run, options=options), metrics)


def read_result(folder: str | os.PathLike[str]) -> Result:
    """The result of a finished run. Raises ResultError where there is none yet, DataError where it is broken."""
    folder = Path(folder)
    if not is_file(folder / RESULT):
        check_kind(read_run(folder), folder, "task")
        raise ResultError(f"{folder}: has no {RESULT} yet; the run's command continues it, or: weval rescore {folder}")
    if is_file(folder / RUN):
        check_kind(read_run(folder), folder, "task")
    result, problems = read_json(folder / RESULT, Result), Problems(folder / RESULT)
    for field in _lacking(result):
        problems.add(None, field, "is missing")
    problems.check()
    return result


def _lacking(result: Result) -> Iterator[str]:
    """The figures that every result has, and every report shows, where somebody took them out of the file."""
    diagnosis = result.diagnosis
    rules = ((rule, diagnosis.tie_rules.get(rule, {})) for rule in ("adverse", "favourable"))
    needed: list[tuple[str, Mapping[str, object], tuple[str, ...]]] = [
        ("metrics", result.metrics, ("correlation", "il", "pl", "reading")),
        ("diagnosis.detectable_difference", diagnosis.detectable_difference, ("correlation",)),
        *((f"diagnosis.tie_rules.{rule}", found, ("correlation",)) for rule, found in rules),
    ]
    yield from (f"{where}.{name}" for where, found, names in needed for name in names if name not in found)


def run_folders(folder: Path) -> list[Path]:
    """The folder itself if a run is in it, else the run folders below it, by name; runs of benchmarks lie beside them.

    Raises ResultError without any.
    """
    try:
        found = [folder] if is_file(folder / RUN) else sorted(path.parent for path in folder.rglob(RUN))
        found = [path for path in found if path == folder or not is_bench_run(path)]
    except OSError as error:
        raise ResultError(f"{folder}: {os_message(error)}") from error
    if not found:
        raise ResultError(f"{folder}: {'holds no run' if folder.exists() else 'no such folder'}")
    return found


def probes_of(run: ScoredRun) -> dict[Probe, Result]:
    """The results of the same run under each probe that lies beside its folder, in the order of PROBES."""
    found: dict[Probe, Result] = {}
    for probe, folder in runs_beside(run.folder, run.identity).items():
        with contextlib.suppress(DataError, ResultError):  # an unfinished probe is not this run's trouble
            found[probe] = read_result(folder)
    return found


def runs_beside(folder: Path, identity: Identity) -> dict[Probe, Path]:
    """The folders beside that of a run which hold the same run under a probe, finished, in the order of PROBES."""
    wanted = identity.model_dump(exclude={"plan": {"probe"}})
    found: dict[Probe, Path] = {}
    for path in sorted(folder.absolute().parent.glob(f"*/{RUN}")):
        try:
            other = identity_of(read_run(path.parent), path.parent)
        except (DataError, ResultError):  # nor is somebody else's folder
            continue
        probe = other.plan.probe
        if (
            probe
            and probe not in found
            and is_file(path.with_name(RESULT))
            and other.model_dump(exclude={"plan": {"probe"}}) == wanted
        ):
            found[probe] = path.parent
    return {probe: found[probe] for probe in PROBES if probe in found}
