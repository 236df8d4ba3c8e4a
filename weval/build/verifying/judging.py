"""Judges within a build: each is an ordinary run in a folder of the step, which goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from weval.adapters import open_adapter
from weval.audit.adherence import MetArray
from weval.audit.judges import MET
from weval.build.rows import Rows
from weval.build.step import Work
from weval.errors import ConfigError, ResultError
from weval.evaluate import EvaluateOptions
from weval.files import is_file, one_line
from weval.folders import new_folder
from weval.hashes import sha256_of
from weval.identity import identity_of
from weval.joined import Block
from weval.metrics import UNCHECKED
from weval.plan import PlanOptions
from weval.readback import ScoredRun, scored_run
from weval.run import RunSpec, run
from weval.scorefiles import forget_scores, read_rows
from weval.settings import divide
from weval.store import REPORT, RESULT, RUN, read_run
from weval.tasks import DataOptions, load_data
from weval.textmodels import TextModelOptions
from weval.types import Item, Reply, Unit

ASKED = "asked.jsonl"
"""The items that a judge was asked about, in the folder of its run."""

RESAMPLES = "100"
"""Nobody reads the figures of such a run."""


@dataclass(frozen=True)
class Judge:
    """A model as `weval run` takes it, with its settings; `role` names the folder of its run."""

    role: str
    model: str
    settings: Mapping[str, str] = field(default_factory=dict)


def checked(judge: Judge, unit: Unit | None) -> Judge:
    """The judge, if it can be opened and judges by that unit (None: by any). Nothing is asked. Raises WevalError."""
    _, own = divide(judge.settings, PlanOptions, EvaluateOptions, DataOptions)
    found = open_adapter(judge.model, own)
    if unit and found.unit != unit:
        raise ConfigError(
            f"{judge.role}: {judge.model} judges by {found.unit}; here it takes one that judges by {unit}"
        )
    return judge


def judged(work: Work, judge: Judge, items: Sequence[Item]) -> ScoredRun:
    """The answers of a judge about all items, some of which may have no verdict. What was answered is not asked again.

    Answers about other texts are forgotten, but not the replies that were paid for. Raises ResultError where answers
    did not come, or not one of them has a verdict.
    """
    folder = new_folder(work.folder / judge.role)
    asked = Rows(folder / ASKED)
    asked.write(items)
    asked.put_in_place()
    ties = any(len({c.gold for c in item.candidates}) < len(item.candidates) for item in items)
    settings = {"resamples": RESAMPLES, **judge.settings, **({"gold": "partial"} if ties else {})}
    _forget_other(folder, judge.model, settings)
    spec = RunSpec(
        judge.model, data=asked.path, settings=settings, out=folder, command=f"weval build {work.folder.name}"
    )
    said = None
    try:
        run(spec, work.watcher)
    except ResultError as error:  # also where no item has all its verdicts: some of them are something here
        said = error
    if said and not is_file(folder / RUN):
        raise said
    found = _read(folder, settings)
    lost = found.joined.statuses.get("failed", 0) + found.joined.statuses.get("unanswered", 0)
    if lost:
        why = one_line(found.joined.reasons.get("failed", str(said or "no answer")), 120)
        raise ResultError(
            f"{judge.role}: {lost:,} questions were not answered ({why}); the others are kept, and the same command "
            "asks for the rest"
        )
    if said and not found.joined.statuses.get("ok"):
        raise ResultError(f"{said}; its replies are kept: to have it asked again, remove {folder}")
    work.models[judge.role] = dict(found.identity.model.fingerprint)
    _count(work, folder)
    return found


def verdicts_of(found: ScoredRun) -> list[tuple[Block, MetArray]]:
    """What a judge by requirement says: 1 met (a value of 0.5 or more), 0 not, UNCHECKED without an answer.

    Raises ResultError for values that are not between 0 and 1.
    """
    for block in found.joined.blocks:
        values = block.answers[block.applicable]
        if values.size and not 0 <= values.min() <= values.max() <= 1:
            raise ResultError(
                f"{found.folder}: values reach from {values.min():g} to {values.max():g}; whether a requirement is met "
                f"is told from values between 0 and 1 (met: {MET:g} or more)"
            )
    return [
        (block, np.where(block.applicable, block.answers >= MET, UNCHECKED).astype(np.int8))
        for block in found.joined.blocks
    ]


def _forget_other(folder: Path, model: str, settings: Mapping[str, str]) -> None:
    """Removes a run of another model, or on other items. Its replies stay: what is asked again in the same words is
    answered from them.
    """
    if not is_file(folder / RUN):
        return
    before = read_run(folder)
    task = before.identity.get("task")
    same_items = isinstance(task, Mapping) and task.get("sha256") == sha256_of(folder / ASKED)
    same_model = before.identity.get("model", {}).get("name") == model
    if not (same_items and same_model and _lasting(before.settings or {}) == _lasting(settings)):
        forget_scores(folder)
        for name in (RESULT, REPORT, RUN):
            (folder / name).unlink(missing_ok=True)


def _lasting(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if name not in TextModelOptions.neutral}


def _read(folder: Path, settings: Mapping[str, str]) -> ScoredRun:
    """As `read_back`, wherever the build lies by now."""
    (own,), _ = divide(settings, DataOptions)
    return scored_run(folder, identity_of(read_run(folder), folder), EvaluateOptions(), load_data(folder / ASKED, own))


def _count(work: Work, folder: Path) -> None:
    """What the answers took, for step.json."""
    last = {row.id: row for _, row in read_rows(folder)}
    work.count(
        Reply("", "ok", tokens_in=row.tokens_in, tokens_out=row.tokens_out, cost_usd=row.cost_usd)
        for row in last.values()
    )
