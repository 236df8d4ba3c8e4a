"""A sample of a submission's requests asked again: do the same scores come out of the model that it names?

What is asked again is drawn when it is asked, so that nobody knows before which scores will be looked at.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import weval
from weval.adapters import open_adapter
from weval.adapters.certifying import TRYING
from weval.appending import append_line
from weval.errors import AdapterError, ConfigError, DataError, ResultError
from weval.evaluate import EvaluateOptions
from weval.leaderboard.bundle import Bundle
from weval.leaderboard.checked import CheckedRun, check_run, faultless
from weval.leaderboard.gold import gold_index
from weval.leaderboard.likeness import change_of, rule_for, unlike
from weval.leaderboard.recompute import Questions, noise_of
from weval.leaderboard.reruns import Rerun
from weval.leaderboard.tree import RERUNS, Entry, entries
from weval.leaderboard.trusted import UNREPEATED, distrusted
from weval.plan import PlanOptions, asked_items, plan
from weval.results import TaskStamp
from weval.run import Watcher
from weval.settings import divide
from weval.store import ScoreRow
from weval.tasks import DataOptions, load_task
from weval.types import Adapter, Certified, Paid, Request, Score

DEFAULT_N = 50


@dataclass(frozen=True)
class RerunSpec:
    """What is asked again: `n` requests, drawn by `seed` (by chance without one).

    `model` takes the place of what the submission names, with `settings` alone; without it, these are put on top of
    the submission's own.
    """

    n: int = DEFAULT_N
    seed: int | None = None
    model: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of it.

    `compared` have a value on both sides; `equal` are the same to the last digit; `lost` had an answer and have none
    now, `gained` the other way round. `unlike` says how what was asked is not what the submission names; `rule` how it
    was decided.
    """

    entry: Entry
    rerun: Rerun
    n_questions: int
    compared: int
    equal: int
    lost: int
    gained: int
    unlike: tuple[str, ...]
    rule: str


def rerun(submission: Path, spec: RerunSpec, watcher: Watcher | None = None, by: str = "nobody") -> Repeated:
    """Asks a sample of a submission's requests again, and compares.

    Raises ConfigError for a model that is not run because a submission names it (see weval.leaderboard.trusted),
    ResultError for a path that is not one submission, DataError for a submission that a check refuses, and what the
    model raises.
    """
    watcher = watcher or Watcher()
    if spec.n < 1:
        raise ConfigError(f"-n {spec.n}: at least 1")
    entry = _one(submission)
    questions = Questions(gold_index(entry.task))
    checked = _sound(entry, questions)
    bundle = checked.bundle
    model, settings = _named(bundle, spec)
    adapter = open_adapter(model, settings)
    if adapter.unit != bundle.identity.model.unit:
        raise ConfigError(f"--model {model}: scores each {adapter.unit}, the submission {bundle.identity.model.unit}")
    if adapter.reads_ids:
        raise ConfigError(f"--model {model}: looks scores up in a file, which repeats nothing")
    differs = tuple(unlike(bundle.identity.model.fingerprint, dict(adapter.fingerprint)))
    seed = secrets.randbelow(2**32) if spec.seed is None else spec.seed
    chosen = _drawn(bundle.rows, spec.n, seed)
    requests = _requests(bundle, chosen, watcher)
    _announce(model, adapter, requests, watcher)
    meta = _Meta(seed, by, differs, isinstance(adapter, Certified), _noise(adapter, watcher))
    found = _answers(adapter, requests, watcher)
    return _compared(entry, bundle, [(row, found[row.id]) for row in chosen], meta)


def record(found: Repeated) -> Path:
    """Adds a repetition to reruns.jsonl beside the submissions. Raises ResultError.

    One of another model than the submission names says nothing about it, and is not recorded.
    """
    if found.unlike:
        raise ResultError(f"{found.entry}: not recorded, as what was asked is not what the submission names")
    path = found.entry.root / RERUNS
    append_line(path, json.dumps(found.rerun.model_dump(mode="json")).encode("ascii") + b"\n")
    return path


def _one(path: Path) -> Entry:
    found = entries(path)
    if len(found) != 1:
        raise ResultError(f"{path}: holds {len(found) or 'no'} submissions; name one, as results/MODEL/TASK")
    if found[0].is_writer:
        raise ConfigError(f"{found[0]}: a writer's texts are drawn by chance, and are not repeated")
    return found[0]


def _sound(entry: Entry, questions: Questions) -> CheckedRun:
    """A submission's run, if nothing is wrong with it: of forged figures nothing needs to be repeated."""
    try:
        return faultless(check_run(entry.folder, questions))
    except DataError as error:
        raise DataError([f"{entry}: {problem}" for problem in error.problems]) from error


def _named(bundle: Bundle, spec: RerunSpec) -> tuple[str, dict[str, str]]:
    """The model to ask with its settings: the maintainer's, or the submission's where these are harmless."""
    if spec.model:
        return spec.model, dict(spec.settings)
    model, recorded = bundle.identity.model.name, bundle.record.settings
    if recorded is None:
        raise ConfigError(f"{bundle.folder}: does not keep its settings; read its command and give --model and --set")
    _, own = divide(recorded, PlanOptions, EvaluateOptions, DataOptions)
    taken = {key: value for key, value in own.items() if key not in spec.settings and key not in UNREPEATED}
    if doubts := [*distrusted(model, taken)]:
        raise ConfigError("; ".join(doubts) + "; read what that is, and give --model and --set yourself")
    return model, taken | dict(spec.settings)


def _drawn(rows: list[ScoreRow], n: int, seed: int) -> list[ScoreRow]:
    """A random sample of a submission's answers, in their order."""
    drawn = np.random.default_rng(seed % 2**64).choice(len(rows), size=min(n, len(rows)), replace=False)
    return [rows[at] for at in sorted(drawn.tolist())]


def _requests(bundle: Bundle, chosen: list[ScoreRow], watcher: Watcher) -> list[Request]:
    """What the chosen answers answer, put as the submission's plan has it. Raises DataError for other items."""
    identity = bundle.identity
    task = load_task(identity.task.name, progress=watcher.download)
    if TaskStamp(name=task.name, version=task.version, sha256=task.sha256) != identity.task:
        raise DataError(f"{task.path}: is not the file that the submission was made on")
    wanted, items = {row.id for row in chosen}, {row.item for row in chosen}
    return [
        request
        for item in asked_items(task.items(), identity.plan)
        if item.id in items
        for request, _ in plan(item, identity.model.unit, identity.plan)
        if request.id in wanted
    ]


def _announce(model: str, adapter: Adapter, requests: list[Request], watcher: Watcher) -> None:
    """Says what is about to be asked, and what it costs where that is known."""
    paid = adapter if isinstance(adapter, Paid) else None
    known = [usd for request in requests if (usd := paid.expected_usd(request) if paid else None) is not None]
    cost = f", about ${sum(known):.2f}" if known else ""
    watcher.notice(f"asking {model} {len(requests):,} requests again{cost}")


def _noise(adapter: Adapter, watcher: Watcher) -> float | None:
    """Tries a model as a run does, and gives the drift of its scores on this machine; None where none is measured."""
    if not isinstance(adapter, Certified):
        return None
    watcher.notice(TRYING)
    certificate = adapter.certify()
    for remark in certificate.remarks:
        watcher.notice(remark)
    return certificate.noise


def _answers(adapter: Adapter, requests: list[Request], watcher: Watcher) -> dict[str, Score]:
    """A score for every request; what the adapter does not answer has failed."""
    watcher.started(len(requests), 0)
    found: dict[str, Score] = {}
    asked = {request.id: request for request in requests}
    for score in adapter.score(iter(requests)):
        if score.request_id not in asked or score.request_id in found:
            raise AdapterError(f"the adapter answered {score.request_id!r}, which was not asked or answered before")
        found[score.request_id] = score
        watcher.scored()
    lost = {key: Score.missing(asked[key], "failed", "no answer") for key in asked.keys() - found.keys()}
    return found | lost


@dataclass(frozen=True, slots=True)
class _Meta:
    """How a repetition was made."""

    seed: int
    by: str
    unlike: tuple[str, ...]
    computes: bool
    noise: float | None


def _compared(entry: Entry, bundle: Bundle, pairs: list[tuple[ScoreRow, Score]], meta: _Meta) -> Repeated:
    """Submitted and repeated answers side by side. Without a value on both sides, only the same status is the same."""
    rule = rule_for(bundle.rows, (noise_of(bundle), meta.noise), computes=meta.computes)
    changes = [change_of(row, score) for row, score in pairs]
    off = [change for change in changes if change is not None]
    same = [change is None and row.status == score.status for change, (row, score) in zip(changes, pairs, strict=True)]
    within = sum(same) + sum(change <= rule.tolerance for change in off)
    enough = bool(off) and within >= rule.share * len(pairs) and max(off) <= rule.most
    rerun = Rerun(
        model=entry.model,
        task=entry.task,
        scores=bundle.digest,
        date=datetime.now(UTC).date().isoformat(),
        by=meta.by,
        seed=meta.seed,
        n=len(pairs),
        within=within,
        largest=max(off, default=0.0),
        tolerance=rule.tolerance,
        confirmed=enough and not meta.unlike,
        weval=weval.__version__,
    )
    equal = sum(same) + sum(change == 0 for change in off)
    lost = sum(bool(row.values) and not score.values for row, score in pairs)
    gained = sum(bool(score.values) and not row.values for row, score in pairs)
    return Repeated(entry, rerun, len(bundle.rows), len(off), equal, lost, gained, meta.unlike, rule.said)
