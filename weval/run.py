"""The whole way of one run, on one screen: task, plan, adapter, store, result."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from pydantic.fields import FieldInfo

from weval.adapters import family_settings, open_adapter, preset_of, setting_names
from weval.adapters.certifying import TRYING
from weval.engine.options import EngineOptions, check_engine, without_engine
from weval.engine.spread import Engine, at_work
from weval.errors import AdapterError, ConfigError, unknown
from weval.evaluate import EvaluateOptions
from weval.files import as_file_name
from weval.identity import Identity, record_of
from weval.ownmetrics import MetricOptions, OwnMetric, own_metrics
from weval.plan import PlanOptions, asked_items, check_plan, n_questions, plan, sources
from weval.readback import Outcome, finish, scored_run
from weval.results import ModelStamp, TaskStamp
from weval.settings import as_strings, divide, updated
from weval.store import RunFolder
from weval.tasks import DataOptions, Task, load_data, load_task
from weval.textmodels.batches.record import left_open
from weval.types import Adapter, Certified, Item, Paid, Recorded, Request, Score, Source, Unit

DEFAULT_TASK = "weval"

MAX_SHOWN = 20
"""Characters of a default in a list of settings; a wire format is longer."""


class Settings(DataOptions, EngineOptions, EvaluateOptions, MetricOptions, PlanOptions):
    """Every key of --set that is not an adapter's own."""


@dataclass(frozen=True)
class RunSpec:
    """What the user asked for. `data` names items of theirs (`load_data`); without it, `task` names one of ours.

    `settings` are what --set takes: texts, or numbers and truths that are written as texts.
    """

    model: str
    task: str = DEFAULT_TASK
    data: Path | str | None = None
    settings: Mapping[str, str | float] = field(default_factory=dict)
    limit: int | None = None
    out: str | os.PathLike[str] | None = None
    fresh: bool = False
    command: str = ""


class Watcher:
    """Told how a run is going. This one shows nothing; a front end overrides what it can show."""

    def download(self, done: int, total: int | None) -> None:
        """Bytes of the task's file so far."""

    def counts(self, doing: str, past: str) -> None:
        """What is counted from now on, before and after it is done: "judging", "judged"."""

    def started(self, total: int, done: int) -> None:
        """Scoring begins: so many requests, so many answered in an earlier session."""

    def scored(self) -> None:
        """One more answer is stored."""

    def beside(self, text: str) -> None:
        """What is to be seen beside the count from now on, as the loss of the latest step."""

    def notice(self, text: str) -> None:
        """Something the user should know."""


@dataclass(frozen=True, slots=True)
class Volume:
    """How much a run would ask (--estimate). Characters are those of queries and responses as sent.

    `replies` is how many are made to each request. `usd` is about what a paid model would cost, None where no price is
    known or nothing is paid.
    """

    items: int
    requests: int
    characters: int
    replies: int = 1
    usd: float | None = None


@dataclass(frozen=True)
class _Prepared:
    """Everything checked, nothing scored yet. `own` are the adapter's settings, `engine` says who answers."""

    model: str
    own: Mapping[str, str]
    engine: EngineOptions
    task: Task
    adapter: Adapter
    plan: PlanOptions
    limit: int | None
    evaluate: EvaluateOptions
    metrics: tuple[OwnMetric, ...]

    def items(self) -> Iterator[Item]:
        return islice(self.task.items(), self.limit)

    def total(self) -> int:
        """How many questions there are. Items are read for it only where their shapes do not tell."""
        unit, of_all = self.adapter.unit, n_questions(self.task.shapes, self.adapter.unit, self.plan)
        if of_all is None or self.limit:
            return sum(len(sources(item, unit, self.plan)) for item in self.items())
        return of_all

    def asked(self) -> Iterator[tuple[Request, Source]]:
        for item in asked_items(self.items(), self.plan):
            yield from plan(item, self.adapter.unit, self.plan, reveal_ids=self.adapter.reads_ids)

    def identity(self) -> Identity:
        """What this run is. A model is looked for now, and downloaded if need be."""
        return Identity(
            task=TaskStamp(name=self.task.name, version=self.task.version, sha256=self.task.sha256),
            data=self.task.options,
            model=ModelStamp(
                name=self.model,
                unit=self.adapter.unit,
                reads_ids=self.adapter.reads_ids,
                fingerprint=dict(self.adapter.fingerprint),
            ),
            plan=self.plan,
            limit=self.limit,
        )


def run(spec: RunSpec, watcher: Watcher | None = None) -> Outcome:
    """Runs or continues a run and writes its result. Raises WevalError; what was scored before stays."""
    watcher = watcher or Watcher()
    ready = _prepare(spec, watcher)
    with at_work(Engine(ready.engine, watcher.notice), ready.model, ready.adapter, ready.own) as adapter:
        return _run(replace(ready, adapter=adapter), spec, watcher)


def _run(ready: _Prepared, spec: RunSpec, watcher: Watcher) -> Outcome:
    identity = ready.identity()
    path = Path(spec.out) if spec.out else _default_folder(ready)
    with RunFolder(path) as folder:
        if spec.fresh:
            for batch, n in left_open(path).items():
                watcher.notice(
                    f"{batch} was never collected; its {n:,} replies are paid for unless you cancel it there"
                )
            folder.clear()
        folder.begin(
            record_of(identity, ready.evaluate, without_engine(as_strings(spec.settings)), spec.command, spec.data)
        )
        _score(ready, folder, watcher)
        return finish(scored_run(path, identity, ready.evaluate, ready.task), ready.metrics)


def estimate(spec: RunSpec, watcher: Watcher | None = None) -> Volume:
    """How much the run would ask, without asking anything."""
    ready = _prepare(spec, watcher or Watcher())
    requests = characters = 0
    costs = list[float | None]()
    paid = ready.adapter if isinstance(ready.adapter, Paid) else None
    for request, _ in ready.asked():
        requests += 1
        characters += len(request.query) + sum(len(response) for response in request.responses)
        costs += [paid.expected_usd(request)] if paid else []
    known = [cost for cost in costs if cost is not None]
    usd, replies = math.fsum(known) if known else None, paid.n_replies if paid else 1
    return Volume(sum(1 for _ in ready.items()), requests, characters, replies, usd)


def setting_lines(model: str | None = None) -> dict[str, str]:
    """Every key of --set that all runs take, or that a model takes beside them, with its default and what it does.

    `model` is a family of adapters or a preset, whose own values then stand for the defaults.
    """
    if model is None:
        fields: Mapping[str, FieldInfo] = Settings.model_fields
        own: Mapping[str, object] = {}
    else:
        preset = preset_of(model)
        name, _, reference = model.partition(":")
        fields = family_settings(preset.family, preset.reference or "") if preset else family_settings(name, reference)
        own = preset.settings if preset else {}
    return told_settings(fields, own)


def told_settings(fields: Mapping[str, FieldInfo], own: Mapping[str, object]) -> dict[str, str]:
    """Settings as --set takes them, each with its default and what it does; `own` go before the defaults."""
    said = {name: _default(own.get(name, info.default)) for name, info in fields.items()}
    return {f"{name}={value}": fields[name].description or "" for name, value in said.items()}


def _default(value: object) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def _prepare(spec: RunSpec, watcher: Watcher) -> _Prepared:
    """Everything that can be checked without a model, before the first request."""
    if spec.limit is not None and spec.limit < 1:
        raise ConfigError(f"--limit {spec.limit}: at least 1")
    settings = as_strings(spec.settings)
    shares, rest = divide(settings, PlanOptions, EvaluateOptions, DataOptions, MetricOptions, EngineOptions)
    for_plan, for_evaluate, for_data, own, for_engine = shares
    takes = setting_names(spec.model)
    if takes is not None and (strange := [name for name in rest if name not in takes]):
        raise unknown("setting", strange[0], [*Settings.model_fields, *takes])
    updated(Settings(), for_plan | for_evaluate | for_data | for_engine)  # everything that is wrong, at once
    check_engine(for_engine)
    options = updated(PlanOptions(), for_plan)
    adapter = open_adapter(spec.model, rest)
    check_plan(adapter.unit, options)
    if options.probe and adapter.reads_ids:
        raise ConfigError(f"--set probe={options.probe}: {spec.model} looks scores up and knows no other questions")
    scoring = updated(EvaluateOptions(), for_evaluate)
    metrics = own_metrics(own.get("metric"))
    task = _task(spec, for_data, watcher)
    # To ask whether a model is Recorded takes its fingerprint, for which it would be downloaded.
    remarks = adapter.remarks(task.items()) if adapter.reads_ids and isinstance(adapter, Recorded) else ()
    for notice in (*task.notices, *remarks):
        watcher.notice(notice)
    if options.probe == "swapped" and min(spec.limit or task.n_items, task.n_items) < 2:
        raise ConfigError(f"--set probe={options.probe}: needs two items or more, to ask about another's requirements")
    limit = spec.limit if spec.limit and spec.limit < task.n_items else None
    for metric in metrics:
        metric.tried([candidate.gold for candidate in next(iter(task.items())).candidates])
    engine = updated(EngineOptions(), for_engine)
    return _Prepared(spec.model, rest, engine, task, adapter, options, limit, scoring, metrics)


def _task(spec: RunSpec, settings: Mapping[str, str], watcher: Watcher) -> Task:
    if spec.data:
        return load_data(spec.data, settings, watcher.download)
    return load_task(spec.task, settings, watcher.download)


def _score(ready: _Prepared, folder: RunFolder, watcher: Watcher) -> None:
    """Puts to the adapter what has no final answer yet, and stores every answer as it comes."""
    # A file that knew no answer knows none the second time.
    answered = folder.answered(failed_too=ready.adapter.reads_ids)
    total = ready.total()
    pending: dict[str, Source] = {}

    def requests() -> Iterator[Request]:
        for request, source in ready.asked():
            if request.id not in answered:
                pending[request.id] = source
                yield request

    if isinstance(ready.adapter, Paid):
        ready.adapter.keep_in(folder.path)
    if isinstance(ready.adapter, Certified) and len(answered) < total:
        watcher.notice(TRYING)
        certificate = ready.adapter.certify()
        folder.certify(certificate)
        for remark in certificate.remarks:
            watcher.notice(remark)
    watcher.started(total, len(answered))
    for score in ready.adapter.score(requests()):
        source = pending.pop(score.request_id, None)
        if source is None:
            raise AdapterError(f"the adapter answered {score.request_id!r}, which was not asked or answered before")
        _check_values(score, source, ready.adapter.unit)
        folder.append(score, source)
        watcher.scored()
    for request_id, source in pending.items():
        folder.append(Score(request_id, "failed", reason="the adapter gave no answer"), source)
        watcher.scored()


def _check_values(score: Score, source: Source, unit: Unit) -> None:
    if score.status != "ok":
        return
    wanted = len(source.candidates) if unit == "list" else 1
    if len(score.values) != wanted:
        raise AdapterError(f"item {source.item}: expected {wanted} values for unit {unit}, got {len(score.values)}")
    if unit == "pair" and not 0 <= score.values[0] <= 1:
        raise AdapterError(f"item {source.item}: a pair gives its first response 0 to 1 points, not {score.values[0]}")


def _default_folder(ready: _Prepared) -> Path:
    """runs/<model>/<task>, with limit and probe, if there are any, in its name."""
    first = f"-first{ready.limit}" if ready.limit else ""
    probe = f"-{ready.plan.probe}" if ready.plan.probe else ""
    return Path("runs") / as_file_name(ready.model) / (as_file_name(ready.task.name) + first + probe)
