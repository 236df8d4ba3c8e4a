"""What was submitted in batches, on disk before and after each step, so that another process can go on from there."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from weval.appending import cut_off_half_line, write_through
from weval.errors import ResultError, WevalError
from weval.files import Problems, os_message, read_jsonl
from weval.randomness import digest
from weval.types import Record

BATCHES = "batches.jsonl"
"""The file in a run's folder."""

_KEYS_A_LINE = 5000

Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Step(Record):
    """One line of batches.jsonl, which is only ever appended to.

    intended: `keys` are about to be submitted, without the parameters in `dropped`; nobody knows yet whether it worked.
    created: it worked, and the provider calls it `batch`. void: it did not, or was refused as a whole, for `reason`;
    `too_many` says that a smaller batch might have been taken. collected: `keys` are dealt with: those in `again` are
    to be submitted once more, those in `failed` have no reply, all others are in replies.jsonl; `dropped` are
    parameters that were not taken, by which some are to be submitted once more as well.
    """

    step: Literal["intended", "created", "void", "collected"]
    intent: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    model: str
    at: Moment
    keys: tuple[str, ...] = ()
    batch: str | None = None
    reason: str | None = None
    too_many: bool = False
    again: dict[str, str] = Field(default_factory=dict)
    failed: dict[str, str] = Field(default_factory=dict)
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class Submission:
    """Requests that were, or may have been, submitted together. `batch` is None as long as that is not known.

    `n_requests` is how many it had; `keys` are those that nothing has been heard of yet.
    """

    intent: str
    at: datetime
    n_requests: int
    keys: set[str]
    dropped: frozenset[str]
    batch: str | None = None


@dataclass(slots=True)
class Outcome:
    """What a batch that ended said of its requests, but for the replies: by key, why there is none."""

    keys: set[str] = field(default_factory=set)
    again: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)


def model_id(fingerprint: Mapping[str, Any]) -> str:
    """The name of a model in batches.jsonl."""
    return digest(json.dumps(fingerprint, sort_keys=True)).hex()


class Ledger:
    """The submissions of one model, by the file in a run's folder. Raises DataError for a broken file.

    `open` are those that have not been collected. `rounds` counts for a key the batches that were of no use to it, and
    `reasons` has the last of their reasons; `failed` the reasons why it gets none. `dropped` are parameters that are
    not taken. `largest` is how many requests a batch may have after larger ones were refused; None where none was.
    """

    def __init__(self, folder: Path, model: str) -> None:
        self.path, self._model = folder / BATCHES, model
        self.open: dict[str, Submission] = {}
        self.known: set[str] = set()
        self.rounds: Counter[str] = Counter()
        self.reasons: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.dropped: frozenset[str] = frozenset()
        self.largest: int | None = None
        if self.path.exists():
            cut_off_half_line(self.path)
            problems = Problems(self.path)
            for _, step in read_jsonl(self.path, Step, problems) if self.path.stat().st_size else ():
                self._follow(step)
            problems.check()

    def intended(self, intent: str, keys: Iterable[str]) -> Submission:
        """A submission that is about to be made: on disk before this returns."""
        self._append(self._step("intended", intent, keys=tuple(keys), dropped=tuple(sorted(self.dropped))))
        return self.open[intent]

    def created(self, submission: Submission, batch: str) -> None:
        """What the provider calls it."""
        self._append(self._step("created", submission.intent, batch=batch))

    def void(self, submission: Submission, reason: str, *, too_many: bool = False) -> None:
        """It was not made, or refused as a whole: its requests wait again."""
        self._append(self._step("void", submission.intent, reason=reason, too_many=too_many))

    def collected(self, submission: Submission, outcome: Outcome) -> None:
        """What came of it. Its replies are in the journal already."""
        keys = sorted(outcome.keys)
        for n in range(0, len(keys), _KEYS_A_LINE):  # no line is longer than what is read again
            share = keys[n : n + _KEYS_A_LINE]
            again = {key: outcome.again[key] for key in share if key in outcome.again}
            failed = {key: outcome.failed[key] for key in share if key in outcome.failed}
            said = {"keys": tuple(share), "again": again, "failed": failed, "dropped": tuple(sorted(outcome.dropped))}
            self._append(self._step("collected", submission.intent, **said))

    def under_way(self) -> set[str]:
        """The keys of all that was, or may have been, submitted and not collected."""
        return set().union(*(submission.keys for submission in self.open.values()))

    def _step(self, step: str, intent: str, **said: object) -> Step:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Step.model_validate({"step": step, "intent": intent, "model": self._model, "at": at, **said})

    def _follow(self, step: Step) -> None:
        """Takes one step. Those of other models in the same folder are theirs."""
        if step.batch:
            self.known.add(step.batch)
        if step.model != self._model:
            return
        if step.step == "intended":
            at = datetime.fromisoformat(step.at)
            made = Submission(step.intent, at, len(step.keys), {*step.keys}, frozenset(step.dropped))
            self.open[step.intent] = made
        elif submission := self.open.get(step.intent):
            if step.step == "created":
                submission.batch = step.batch
            elif step.step == "void":
                del self.open[step.intent]
                self._learn_size(step, submission)
            else:
                self._collect(step, submission)

    def _learn_size(self, step: Step, submission: Submission) -> None:
        if step.too_many:
            half = max(1, submission.n_requests // 2)
            self.largest = half if self.largest is None else min(self.largest, half)

    def _collect(self, step: Step, submission: Submission) -> None:
        submission.keys -= {*step.keys}
        if not submission.keys:
            del self.open[step.intent]
        self.rounds.update(step.again.keys())
        self.reasons |= step.again
        self.failed |= step.failed
        self.dropped |= {*step.dropped}

    def _append(self, step: Step) -> None:
        """Writes a line to the disk itself, not only to the operating system: the next step may cost money."""
        line = json.dumps(step.model_dump(exclude_defaults=True), separators=(",", ":")).encode("ascii") + b"\n"
        is_new = not self.path.exists()
        try:
            with self.path.open("ab", buffering=0) as file:
                write_through(file, line)
                os.fsync(file.fileno())
            if is_new and os.name == "posix":
                _sync_folder(self.path.parent)
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {os_message(error)}") from error
        self._follow(step)


def left_open(folder: Path) -> dict[str, int]:
    """The batches of any model that were made from a folder and never collected, with how many replies each holds.

    Nothing is raised: a file that cannot be read names none.
    """
    with contextlib.suppress(WevalError, OSError):
        steps = [step for _, step in read_jsonl(folder / BATCHES, Step, Problems(folder / BATCHES))]
        ledgers = {step.model: Ledger(folder, step.model) for step in steps}
        found = [one for ledger in ledgers.values() for one in ledger.open.values() if one.batch]
        return {str(one.batch): len(one.keys) for one in found}
    return {}


def new_intent() -> str:
    """A name for a submission that no other has, here or elsewhere."""
    return secrets.token_hex(8)


def _sync_folder(folder: Path) -> None:
    """A new file is there after a power cut only if its folder says so."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
