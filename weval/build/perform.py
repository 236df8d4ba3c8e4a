"""A build, step by step: what is done already is left alone, what was made of something else now is made again."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import ModuleType

import weval
from weval.build.chain import STEPS, reads, steps_of
from weval.build.folder import bring_to_end, main_file, put_in_place, read_step
from weval.build.recipe import Recipe, read_recipe
from weval.build.records import StepRecord
from weval.build.roles import check_roles
from weval.build.rows import Rows
from weval.build.standing import BROUGHT, Standing, changed, settings_of, standing
from weval.build.step import LEFT_OUT, STEP, Step, Work
from weval.errors import ResultError, unknown
from weval.files import Problems, part_of, read_lines, write_json
from weval.folders import held, new_folder
from weval.hashes import sha256_of
from weval.run import Watcher

ALL = "all"


@dataclass(frozen=True)
class BuildSpec:
    """What the user asked for: a step, or all of them, of a recipe."""

    step: str
    recipe: str
    settings: Mapping[str, str] = field(default_factory=dict)
    out: Path | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Build:
    """A recipe, the folder its paths are relative to, and where it is built."""

    recipe: Recipe
    home: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Done:
    """What a step came to: its record, its main file, and whether it was made now or was here already.

    `by_hand` are its files that were edited since it was made, so that the record does not count what is in them.
    """

    record: StepRecord
    file: Path
    is_new: bool
    by_hand: tuple[str, ...] = ()


def opened_build(spec: BuildSpec) -> Build:
    """The build that was asked for. Raises ConfigError, DataError."""
    recipe, path = read_recipe(spec.recipe, spec.settings)
    return Build(recipe, path.parent, spec.out or Path("builds") / recipe.name)


def build(spec: BuildSpec, watcher: Watcher | None = None) -> list[Done]:
    """Makes the steps that were asked for, or finds them made. Raises WevalError; what was paid for is kept.

    The models of all steps that were never made are opened before the first one is asked.
    """
    watcher = watcher or Watcher()
    ready = opened_build(spec)
    asked = asked_steps(spec.step, ready.recipe)
    with held(ready.root, "build"):
        for step in asked:
            for one in (step, *reads(step, ready.recipe)):
                bring_to_end(ready.root, one)
        check_roles((one for one in asked if spec.fresh or not main_file(ready.root, one).is_file()), ready.recipe)
        return [_performed(step, ready, watcher, fresh=spec.fresh) for step in asked]


def asked_steps(name: str, recipe: Recipe) -> list[Step]:
    """The step of that name, or all that the recipe needs. Raises ConfigError."""
    if name == ALL:
        return steps_of(recipe)
    if name not in STEPS:
        raise unknown("step", name, [ALL, *STEPS])
    return [STEPS[name]]


def inputs_of(step: Step, ready: Build) -> dict[str, str]:
    """What a step would be made of now, each with its sha256. Raises ResultError where an earlier step is missing."""
    sources = {one.name: _source(one, ready, step) for one in reads(step, ready.recipe)}
    paths = [*sources.values(), *(path.with_name(name) for path in sources.values() for name in step.beside)]
    inputs = {f"{path.parent.name}/{path.name}": sha256_of(path) for path in paths if path.is_file()}
    own: Callable[[Recipe, Path], Mapping[str, str]] | None = getattr(module_of(step), "inputs", None)
    return inputs | (dict(own(ready.recipe, ready.home)) if own else {})


def module_of(step: Step) -> ModuleType:
    """The module that makes a step."""
    return importlib.import_module(f"weval.build.{step.module}")


def _performed(step: Step, ready: Build, watcher: Watcher, *, fresh: bool) -> Done:
    inputs = cache(partial(inputs_of, step, ready))
    if not fresh:
        found = standing(step, ready.root, ready.recipe, inputs)
        _say(found, step, ready.root, watcher)
        if found.stands:
            record = found.record or _brought(step, ready.root)
            return Done(record, main_file(ready.root, step), is_new=False, by_hand=found.by_hand)
    sources = {one.name: main_file(ready.root, one) for one in reads(step, ready.recipe)}
    made_of = inputs()
    _say_of_sources(step, ready, watcher)
    watcher.notice(f"{step.name}: {step.about}")
    work = Work(ready.recipe, ready.home, new_folder(ready.root / step.name), sources, watcher)
    return _made(step, work, made_of)


def _source(step: Step, ready: Build, reader: Step) -> Path:
    """The main file of a step that another reads. Raises ResultError where it is not there."""
    path = main_file(ready.root, step)
    if not path.is_file():
        raise ResultError(f"{path}: is not there; {reader.name} reads it: weval build {step.name} first")
    return path


def _say(found: Standing, step: Step, root: Path, watcher: Watcher) -> None:
    """What a user should know of a step that is here. Raises ResultError where edits would be lost."""
    if found.differs and found.by_hand:
        raise ResultError(
            f"{root / step.name / found.by_hand[0]}: was edited, and what it was made of has changed "
            f"({'; '.join(found.differs[:2])}); --fresh makes it again, without the edits"
        )
    if found.differs:
        watcher.notice(f"{step.name}: is made again; {'; '.join(found.differs[:3])}")
    elif found.by_hand:
        watcher.notice(f"{step.name}: {', '.join(found.by_hand)} edited since; kept (--fresh makes it again)")
    elif found.is_brought and found.record is None:
        watcher.notice(f"{step.name}: {main_file(root, step)} was put there by hand; kept (--fresh makes it)")


def _say_of_sources(step: Step, ready: Build, watcher: Watcher) -> None:
    """That a step reads one which would be another now: it is asked for by itself, so that one is left as it is."""
    for one in reads(step, ready.recipe):
        record = read_step(ready.root, one)
        if record and (differs := changed(one, record, ready.recipe)):
            told = f"{one.name} as it is, though {'; '.join(differs[:2])}"
            watcher.notice(f"{step.name}: reads {told}; weval build {one.name} makes it again")


def _brought(step: Step, root: Path) -> StepRecord:
    """The record of a file that somebody put in a step's place."""
    path = main_file(root, step)
    record = StepRecord(
        step=step.name,
        settings={},
        inputs={},
        files={step.file: sha256_of(path)},
        n_rows=sum(1 for _ in read_lines(path, Problems(path))),
        told={BROUGHT: True},
        version=weval.__version__,
        created=_now(),
        seconds=0.0,
    )
    write_json(root / step.name / STEP, record)
    return record


def _made(step: Step, work: Work, inputs: Mapping[str, str]) -> Done:
    """Makes a step. Its files and step.json change together; where that fails, those of before stay."""
    began = time.monotonic()
    rows = Rows(work.folder / step.file)
    try:
        rows.write(module_of(step).make(work))
        work.left_out.close()
    except BaseException:
        for one in (work.left_out, *(Rows(work.folder / name) for name in work.side_files)):
            one.forget()
        raise
    record = StepRecord(
        step=step.name,
        settings=settings_of(step, work.recipe),
        inputs=dict(inputs),
        files={name: _sha256(work.folder / name) for name in (step.file, LEFT_OUT, *work.side_files)},
        n_rows=rows.n,
        left_out=work.reasons(),
        spent=work.paid.spent,
        models=work.models,
        told=work.told,
        version=weval.__version__,
        created=_now(),
        seconds=round(time.monotonic() - began, 3),
    )
    put_in_place(work.folder, record)
    return Done(record, rows.path, is_new=True)


def _sha256(path: Path) -> str:
    """Of a file that is to take its place, or of one that a step wrote there itself."""
    part = part_of(path)
    return sha256_of(part if part.exists() else path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
