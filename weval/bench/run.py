"""The whole way of a benchmark: data, models, steps, result. What was replied before is not asked again."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import weval
from weval.bench.asking import Asking
from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import benchmark_class
from weval.bench.data import BenchData
from weval.bench.finish import BenchOutcome, finish
from weval.bench.given import check_given, given_rows, not_given
from weval.bench.items import BenchItem, Fills, Step
from weval.bench.models import Cast, named, rater, shares
from weval.bench.options import BenchOptions
from weval.bench.replies import StepReplies
from weval.bench.result import Maker
from weval.bench.spec import BenchSpec, read_bench
from weval.bench.told import Told
from weval.bench.voice import Voice
from weval.errors import ConfigError, unknown
from weval.files import as_file_name
from weval.hashes import sha256_of
from weval.run import Watcher
from weval.settings import divide, updated
from weval.store import RunFolder, RunRecord
from weval.textmodels.batches.record import BATCHES
from weval.textmodels.journal import REPLIES
from weval.types import Adapter, TextModel


@dataclass(frozen=True)
class BenchRun:
    """What the user asked for. `responses` and `replies` are files that stand for a writer and for a judge."""

    benchmark: str
    model: str | None = None
    judge: str | None = None
    data: Path | None = None
    responses: Path | None = None
    replies: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    out: Path | None = None
    fresh: bool = False
    command: str = ""


@dataclass(frozen=True)
class Ready:
    """Everything checked, nothing asked yet."""

    spec: BenchRun
    benchmark: Benchmark[Any]
    steps: tuple[Step, ...]
    cast: Cast
    writer: Maker
    judge: Maker | None

    @property
    def items(self) -> Sequence[BenchItem]:
        """Those of the run."""
        return self.benchmark.items[: self.spec.limit]

    def identity(self) -> dict[str, Any]:
        """What must be the same when the run is continued."""
        data = self.benchmark.data
        return {
            "benchmark": {"name": data.spec.name, "version": data.spec.version, "set": data.set_name},
            "files": dict(data.used),
            "options": dict(self.benchmark.options.lasting()),
            "writer": self.writer.model_dump(mode="json"),
            "judge": self.judge.model_dump(mode="json") if self.judge else None,
            "steps": self.cast.fingerprints(self.steps),
            "limit": self.spec.limit if self.spec.limit and self.spec.limit < len(self.benchmark.items) else None,
        }

    def file_of(self, step: Step) -> Path | None:
        """The user's file that stands for a step."""
        files: Mapping[Fills, Path | None] = {"responses": self.spec.responses, "replies": self.spec.replies}
        return files[step.fills] if step.fills else None


def run_bench(spec: BenchRun, watcher: Watcher | None = None) -> BenchOutcome:
    """Runs or continues a benchmark and writes its result. Raises WevalError; what was replied before stays."""
    watcher = watcher or Watcher()
    ready = prepare(spec, watcher)
    identity = ready.identity()
    with held(spec.out or default_folder(ready), ready.steps) as folder:
        if spec.fresh:
            folder.clear()
        folder.begin(_record(ready, identity))
        with opened(folder.path, ready.benchmark, ready.steps) as (replies, told):
            for step in ready.steps:
                _fill(step, ready, replies[step.name])
                _ask(step, ready, replies[step.name], told, folder.path, watcher)
            return finish(folder.path, ready.benchmark, ready.items, replies, (ready.writer, ready.judge))


def prepare(spec: BenchRun, watcher: Watcher) -> Ready:
    """Everything that can be checked before the first call. Raises WevalError."""
    if spec.limit is not None and spec.limit < 1:
        raise ConfigError(f"--limit {spec.limit}: at least 1")
    about, kind = read_bench(spec.benchmark), benchmark_class(spec.benchmark)
    for_writer, for_judge, rest = shares(spec.settings)
    (own,), left = divide(rest, kind.options_type)
    options = updated(kind.options_type(), own)
    steps = kind.steps(options)
    rates = any(step.role == "rater" for step in steps)
    if left and not rates:
        raise unknown("setting", next(iter(left)), [*kind.options_type.model_fields, "writer.…", "judge.…"])
    voices = _voices(steps, options)
    cast = Cast({step.name: _model(step, spec, about, voices, (for_writer, for_judge, left)) for step in steps}, voices)
    data = BenchData(about, options.set, spec.data, watcher.download)
    benchmark = kind(data, options, voices)
    _check_files(spec, benchmark, steps, watcher)
    for remark in benchmark.remarks():
        watcher.notice(remark)
    return Ready(spec, benchmark, steps, cast, _writer(spec), _judge(spec, steps))


def _voices(steps: Sequence[Step], options: BenchOptions) -> dict[str, Voice]:
    """How each step of a judge is asked; the settings name the folder and the wording of the last."""
    asked = [step for step in steps if step.prompt]
    if not asked and (options.prompt or options.wording != "own"):
        raise ConfigError("--set prompt, wording: this benchmark asks no judge")
    voices = {}
    for step in asked:
        is_last = step is asked[-1]
        prompt = options.prompt if options.prompt and is_last else step.prompt
        assert prompt is not None
        voices[step.name] = Voice.of(prompt, official=options.wording == "official" and is_last)
    return voices


def _model(
    step: Step,
    spec: BenchRun,
    about: BenchSpec,
    voices: Mapping[str, Voice],
    settings: tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]],
) -> TextModel | Adapter | None:
    """Who does a step; None where a file does. With --replies alone, nothing that comes before is asked."""
    for_writer, for_judge, left = settings
    if step.fills and {"responses": spec.responses, "replies": spec.replies}[step.fills]:
        return None
    if spec.replies:
        return None
    if step.role == "judge":
        if not spec.judge:
            raise ConfigError("--judge BACKEND/MODEL: who judges? Or --replies FILE, of a judge's replies")
        return named(spec.judge, for_judge).opened(voices[step.name].sampling)
    if not spec.model:
        raise ConfigError("--model BACKEND/MODEL: who writes? Or --responses FILE, of texts that are here already")
    if step.role == "rater":
        return rater(spec.model, left)
    return named(spec.model, for_writer).opened(about.writer)


def _check_files(spec: BenchRun, benchmark: Benchmark[Any], steps: Sequence[Step], watcher: Watcher) -> None:
    """Raises DataError, ConfigError for files that cannot stand for a step of this benchmark."""
    given: dict[Fills, Path | None] = {"responses": spec.responses, "replies": spec.replies}
    for fills, path in given.items():
        if path is None:
            continue
        if all(step.fills != fills for step in steps):
            raise ConfigError(f"--{fills}: {spec.benchmark} has no step that a file could stand for so")
        check_given(path, fills, benchmark)
        if remark := not_given(path, benchmark, fills, benchmark.items[: spec.limit]):
            watcher.notice(remark)


def _writer(spec: BenchRun) -> Maker:
    """Whose figures these are."""
    path = spec.responses or (spec.replies if not spec.model else None)
    if path is None:
        return Maker(name=str(spec.model))
    return Maker(name=spec.model or path.stem, fingerprint={"file": sha256_of(path)}, given=True)


def _judge(spec: BenchRun, steps: Sequence[Step]) -> Maker | None:
    if not any(step.role == "judge" for step in steps):
        return None
    if spec.replies:
        return Maker(name=spec.judge or spec.replies.stem, fingerprint={"file": sha256_of(spec.replies)}, given=True)
    return Maker(name=str(spec.judge))


def default_folder(ready: Ready) -> Path:
    """runs/<writer>/<benchmark>, with the set, the judge and the limit in its name where there are any."""
    data, options = ready.benchmark.data, ready.benchmark.options
    parts = [data.spec.name]
    parts += [data.set_name] if data.set_name != data.spec.default_set else []
    parts += ["by", ready.judge.name.removeprefix("judge:")] if ready.judge else []
    parts += [options.mode] if options.mode != "repaired" else []
    parts += [f"first{ready.spec.limit}"] if ready.identity()["limit"] else []
    return Path("runs") / as_file_name(ready.writer.name) / as_file_name("-".join(parts))


def held(path: Path, steps: Sequence[Step]) -> RunFolder:
    """The run's folder, with the files of its steps."""
    kept = [f"{step.name}/{name}" for step in steps for name in (REPLIES, BATCHES)]
    return RunFolder(path, [f"{step.name}.jsonl" for step in steps], kept)


@contextmanager
def opened(
    folder: Path, benchmark: Benchmark[Any], steps: Sequence[Step]
) -> Iterator[tuple[dict[str, StepReplies], Told]]:
    """The files of all steps. Raises DataError for a broken one."""
    with ExitStack() as stack:
        replies = {}
        for step in steps:
            found = StepReplies(folder / f"{step.name}.jsonl", partial(benchmark.is_read, step))
            replies[step.name] = stack.enter_context(found)
        yield replies, Told(replies)


def _fill(step: Step, ready: Ready, replies: StepReplies) -> None:
    """Takes over what a file of the user has and the run has not yet."""
    path = ready.file_of(step)
    if path is None or not step.fills:
        return
    wanted = {item.id for item in ready.items}
    for row in given_rows(path, step.fills, ready.benchmark):
        known = [seen.row.attempt for seen in replies.attempts(row.item, row.part)]
        if row.item in wanted and row.attempt not in known:
            replies.add(row)


def _ask(step: Step, ready: Ready, replies: StepReplies, told: Told, folder: Path, watcher: Watcher) -> None:
    model = ready.cast.steps[step.name]
    if model is None:
        return
    watcher.notice(f"{step.name}: {step.role} {ready.spec.judge if step.role == 'judge' else ready.spec.model}")
    if keep_in := getattr(model, "keep_in", None):
        (folder / step.name).mkdir(exist_ok=True)
        keep_in(folder / step.name)
    tries = step.tries or ready.benchmark.options.tries
    Asking(step, ready.benchmark, ready.items, replies, told, tries, watcher).ask(model)


def _record(ready: Ready, identity: dict[str, Any]) -> RunRecord:
    return RunRecord(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=ready.spec.command,
        data=str(ready.spec.data.absolute()) if ready.spec.data else None,
        identity=identity,
        evaluate={"resamples": ready.benchmark.options.resamples},
        settings=dict(ready.spec.settings),
        environment={
            "weval": weval.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "platform": platform.platform(),
            "cpus": os.cpu_count(),
        },
    )
