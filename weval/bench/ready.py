"""Everything of a run that can be checked before the first call: who does which step, by which words, on which data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import benchmark_class
from weval.bench.data import BenchData
from weval.bench.given import not_given
from weval.bench.identity import BenchId, BenchIdentity
from weval.bench.items import BenchItem, Fills, Step
from weval.bench.models import JUDGE, PATIENCE, Cast, named, rater, shares, wording_of
from weval.bench.options import BenchOptions
from weval.bench.result import Maker
from weval.bench.spec import BenchSpec, read_bench
from weval.bench.voice import Voice
from weval.engine.options import EngineOptions, check_engine
from weval.errors import ConfigError, unknown
from weval.files import as_file_name
from weval.hashes import sha256_of
from weval.run import Watcher
from weval.settings import divide, updated
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

    def file_of(self, step: Step) -> Path | None:
        """The user's file that stands for a step."""
        files: Mapping[Fills, Path | None] = {"responses": self.responses, "replies": self.replies}
        return files[step.fills] if step.fills else None


@dataclass(frozen=True)
class Ready:
    """Everything checked, nothing asked yet. `rating` are the settings of a rater, `engine` says who answers."""

    spec: BenchRun
    benchmark: Benchmark[Any]
    steps: tuple[Step, ...]
    cast: Cast
    engine: EngineOptions
    rating: Mapping[str, str]

    @property
    def items(self) -> Sequence[BenchItem]:
        """Those of the run."""
        return self.benchmark.of_run

    @property
    def limit(self) -> int | None:
        """How many items are asked about, where it is not all of them."""
        return self.spec.limit if self.spec.limit and self.spec.limit < len(self.benchmark.items) else None

    @property
    def writer(self) -> Maker:
        """Whose figures these are; a model without its fingerprint."""
        path = self.spec.responses or (self.spec.replies if not self.spec.model else None)
        if path is None:
            return Maker(name=str(self.spec.model))
        return Maker(name=self.spec.model or path.stem, fingerprint={"file": sha256_of(path)}, given=True)

    @property
    def judge(self) -> Maker | None:
        """Who judges; None where nobody does."""
        if not any(step.role == "judge" for step in self.steps):
            return None
        if path := self.spec.replies:
            return Maker(name=self.spec.judge or path.stem, fingerprint={"file": sha256_of(path)}, given=True)
        return Maker(name=str(self.spec.judge))

    def identity(self) -> BenchIdentity:
        """What must be the same when the run is continued. A model is looked for now, and downloaded if need be."""
        data = self.benchmark.data
        return BenchIdentity(
            benchmark=BenchId(name=data.spec.name, version=data.spec.version, set=data.set_name),
            files=dict(data.used),
            options=dict(self.benchmark.options.lasting()),
            writer=self.writer,
            judge=self.judge,
            steps=self.cast.fingerprints(self.steps),
            limit=self.limit,
        )


def makers_of(identity: BenchIdentity, steps: Sequence[Step]) -> tuple[Maker, Maker | None]:
    """Writer and judge of an identity, each with what could change its replies, step by step."""

    def maker(found: Maker, *, is_judge: bool) -> Maker:
        about = {step.name: identity.steps[step.name] for step in steps if (step.role == "judge") is is_judge}
        return found if found.given else found.model_copy(update={"fingerprint": about})

    writer, judge = identity.writer, identity.judge
    return maker(writer, is_judge=False), maker(judge, is_judge=True) if judge else None


def prepare(spec: BenchRun, watcher: Watcher) -> Ready:
    """Everything that can be checked before the first call. Raises WevalError."""
    if spec.limit is not None and spec.limit < 1:
        raise ConfigError(f"--limit {spec.limit}: at least 1")
    about, kind = read_bench(spec.benchmark), benchmark_class(spec.benchmark)
    for_writer, for_judge, rest = shares(spec.settings)
    (own, for_engine), left = divide(rest, kind.options_type, EngineOptions)
    check_engine(for_engine)
    engine = updated(EngineOptions(), for_engine)
    options = updated(kind.options_type(), own)
    steps = kind.steps(options)
    if any(step.role == "rater" for step in steps):  # who may be a judge, with a folder of its own
        left |= {name: own.pop(name) for name in ("prompt", "wording") if name in own}
        options = updated(kind.options_type(), own)
    elif left:
        raise unknown(
            "setting",
            next(iter(left)),
            [*kind.options_type.model_fields, *EngineOptions.model_fields, "writer.…", "judge.…"],
        )
    if spec.judge and not spec.replies and "wording" not in own:
        options = options.model_copy(update={"wording": wording_of(spec.judge, _last_prompt(steps, options))})
    voices = _voices(steps, options)
    cast = Cast({step.name: _model(step, spec, about, voices, (for_writer, for_judge, left)) for step in steps}, voices)
    benchmark = kind(BenchData(about, options.set, spec.data, watcher.download), options, voices)
    benchmark.unit = next(
        (getattr(cast.steps[step.name], "unit", "response") for step in steps if step.role == "rater"), None
    )
    benchmark.limit = spec.limit
    benchmark.needs([step for step in steps if cast.steps[step.name] is not None], benchmark.of_run)
    _check_idle(spec, cast, steps, (for_writer, for_judge))
    _check_files(spec, benchmark, steps, watcher)
    for remark in benchmark.remarks():
        watcher.notice(remark)
    return Ready(spec, benchmark, steps, cast, engine, left)


def default_folder(ready: Ready) -> Path:
    """runs/<writer>/<benchmark>, with the set, the judge and the limit in its name where there are any."""
    data, options, judge = ready.benchmark.data, ready.benchmark.options, ready.judge
    parts = [data.spec.name]
    parts += [data.set_name] if data.set_name != data.spec.default_set else []
    parts += ["by", judge.name.removeprefix("judge:")] if judge else []
    parts += [options.mode] if options.mode != "repaired" else []
    parts += [f"first{ready.limit}"] if ready.limit else []
    return Path("runs") / as_file_name(ready.writer.name) / as_file_name("-".join(parts))


def _last_prompt(steps: Sequence[Step], options: BenchOptions) -> str | None:
    """The judge folder of the last step that asks a judge, which is the one that the settings can change."""
    own = [step.prompt for step in steps if step.prompt]
    return (options.prompt or own[-1]) if own else None


def _voices(steps: Sequence[Step], options: BenchOptions) -> dict[str, Voice]:
    """How each step of a judge is asked; the settings name the folder and the wording of the last."""
    asked = [step for step in steps if step.prompt]
    if not asked and (options.prompt or options.wording != "own"):
        raise ConfigError("--set prompt, wording: this benchmark asks no judge")
    voices = {}
    for step in asked:
        assert step.prompt is not None
        official = options.wording == "official" and step is asked[-1]
        voices[step.name] = Voice.of(step.prompt, official=official and not options.prompt)
        if options.prompt and step is asked[-1]:
            voices[step.name] = voices[step.name].instead(options.prompt, official=official)
    return voices


def _model(
    step: Step,
    spec: BenchRun,
    about: BenchSpec,
    voices: Mapping[str, Voice],
    settings: tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]],
) -> TextModel | Adapter | None:
    """Who does a step; None where a file does. With --replies, nothing that comes before is asked; with --responses no
    writer, as what led to the texts is theirs.
    """
    for_writer, for_judge, left = settings
    if spec.file_of(step) or spec.replies or (spec.responses and step.role == "writer"):
        return None
    if step.role == "judge":
        if not spec.judge:
            raise ConfigError("--judge BACKEND/MODEL: who judges? Or --replies FILE, of a judge's replies")
        return named(spec.judge, for_judge, JUDGE).opened(voices[step.name].sampling)
    if not spec.model and step.role == "rater":
        raise ConfigError("--model NAME: who rates? See: weval list models")
    if not spec.model:
        raise ConfigError("--model BACKEND/MODEL: who writes? Or --responses FILE, of texts that are here already")
    if step.role == "rater":
        return rater(spec.model, left)
    return named(spec.model, for_writer).opened({**PATIENCE, **about.writer, **step.sampling})


def _check_idle(
    spec: BenchRun, cast: Cast, steps: Sequence[Step], settings: tuple[Mapping[str, str], Mapping[str, str]]
) -> None:
    """Raises ConfigError for what has no effect, as nobody is asked for whom it is meant."""
    if spec.judge and all(step.role != "judge" for step in steps):
        raise ConfigError(f"--judge {spec.judge}: {spec.benchmark} asks no judge")
    for given, role in zip(settings, ("writer", "judge"), strict=True):
        if given and all(cast.steps[step.name] is None for step in steps if step.role == role):
            raise ConfigError(f"--set {role}.{next(iter(given))}: has no effect, as no {role} is asked here")


def _check_files(spec: BenchRun, benchmark: Benchmark[Any], steps: Sequence[Step], watcher: Watcher) -> None:
    """Raises DataError, ConfigError for files that cannot stand for a step of this benchmark."""
    given: dict[Fills, Path | None] = {"responses": spec.responses, "replies": spec.replies}
    for fills, path in given.items():
        if path is None:
            continue
        if all(step.fills != fills for step in steps):
            raise ConfigError(f"--{fills}: {spec.benchmark} has no step that a file could stand for so")
        if remark := not_given(path, benchmark, fills, benchmark.of_run):
            watcher.notice(remark)
