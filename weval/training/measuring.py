"""What came of a training run, measured by `weval run` and `weval bench` as the profile's section `measure` says."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from weval.errors import WevalError
from weval.files import as_file_name
from weval.results import Estimate
from weval.run import RunSpec, run
from weval.tasks import task_names
from weval.training.folder import PRESET, RUNS
from weval.training.outcome import Measured, TrainingResult
from weval.training.sections import Bench, Setting
from weval.training.start import Training


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something to be measured: what it is called, where its run lies, the command, and how it is done from here."""

    name: str
    folder: Path
    command: str
    measure: Callable[[], Mapping[str, Estimate | None]]


def measured(training: Training, result: TrainingResult) -> TrainingResult:
    """The result with all that the profile wants measured, as far as it can be; runs that are here are gone on with.

    Why something could not be measured is told with the command that does it later.
    """
    found, failed = list[Measured](), dict[str, str]()
    for one in measurements(training):
        training.watcher.counts("scoring", "scored")
        try:
            figures = dict(one.measure())
        except WevalError as error:
            failed[one.name] = f"{str(error).splitlines()[0]}; later: {one.command}"
        else:
            folder = one.folder.relative_to(training.out).as_posix()
            found.append(Measured(name=one.name, folder=folder, figures=figures))
    return result.model_copy(update={"measured": tuple(found), "not_measured": failed})


def measurements(training: Training) -> Iterator[Measurement]:
    """What the profile wants measured, in its order."""
    for target in training.profile.measure.tasks:
        yield _of_task(training, target)
    for bench in training.profile.measure.benches:
        yield _of_bench(training, bench)


def as_set(settings: Mapping[str, Setting]) -> dict[str, str]:
    """Settings as --set takes them.

    >>> as_set({"probe": "swapped", "bounded": True})
    {'probe': 'swapped', 'bounded': 'true'}
    """
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in settings.items()}


def _of_task(training: Training, target: str) -> Measurement:
    """A reward model or judge on a task, or on a file of items."""
    model, out = f"preset:{training.out / PRESET}", training.out / RUNS / as_file_name(Path(target).stem)
    settings, is_task = as_set(training.profile.measure.settings), target in task_names()
    command = _command("run", "--model", model, "--task" if is_task else "--data", target, settings=settings, out=out)

    def score() -> Mapping[str, Estimate | None]:
        spec = RunSpec(model, settings=settings, out=out, command=command)
        spec = RunSpec(**(vars(spec) | ({"task": target} if is_task else {"data": Path(target)})))
        return run(spec, training.watcher).result.metrics

    return Measurement(target, out, command, score)


def _of_bench(training: Training, bench: Bench) -> Measurement:
    """A writer on a benchmark."""
    model = f"transformers/{training.model}"
    out = training.out / RUNS / as_file_name(f"{bench.name}-by-{bench.judge}")  # several judges may be asked
    settings = as_set(bench.settings)
    limit = ("--limit", str(bench.limit)) if bench.limit else ()
    data = ("--data", bench.data) if bench.data else ()
    asked = ("bench", bench.name, "--model", model, "--judge", bench.judge, *data, *limit)
    command = _command(*asked, settings=settings, out=out)

    def judge() -> Mapping[str, Estimate | None]:
        from weval.bench.run import BenchRun, run_bench

        spec = BenchRun(
            benchmark=bench.name,
            model=model,
            judge=bench.judge,
            data=Path(bench.data) if bench.data else None,
            settings=settings,
            limit=bench.limit,
            out=out,
            command=command,
        )
        result = run_bench(spec, training.watcher).result
        return {name: found.estimate for name, found in result.figures.items()}

    return Measurement(bench.name, out, command, judge)


def _command(*said: str, settings: Mapping[str, str], out: Path) -> str:
    """The command line that does the same."""
    pairs = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    return shlex.join(("weval", *said, *pairs, "--out", str(out)))
