"""The run folder: run.json (what was run), its scores (append only), result.json. Nothing lost, nothing doubled.

A line is handed to the operating system before the next answer is taken, so a killed process loses at most the line it
was writing; that half line is cut off when the run goes on. A lock that the kernel frees keeps a second run out.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import filelock
from pydantic import Field

from weval import scorefiles
from weval.appending import cut_off_half_line, n_lines, write_through
from weval.errors import DataError, ResultError
from weval.files import is_file, os_message, read_json, write_json
from weval.idtable import IdSet
from weval.scorefiles import SCORES as SCORES
from weval.scorefiles import SEALED, forget_scores, has_scores
from weval.scorefiles import ScoreRow as ScoreRow
from weval.scorefiles import read_rows as read_rows
from weval.scorefiles import score_line as score_line
from weval.scorefiles import writable as writable
from weval.types import Certificate, Record, Score, Source, Status

RUN, RESULT, REPORT, LOCK = "run.json", "result.json", "report.html", ".lock"
PAID = ("replies.jsonl", "batches.jsonl")
"""What a judge's model keeps here: replies as they came, and batches that are being answered (weval/textmodels)."""

FINAL: frozenset[Status] = frozenset({"ok", "unparsed", "refused", "truncated", "not_applicable"})
"""Statuses that asking again would not change. `failed` is asked again when the run is continued."""

SYNC_EVERY_S = 2.0

Kind = Literal["task", "benchmark"]
"""What a run is of: `weval run` asks about a task, `weval bench` a benchmark. Its identity has that name in it."""


class RunRecord(Record):
    """run.json: everything needed to repeat a run.

    `identity` is what must not change when it is continued; `evaluate` is how figures are computed from its scores;
    `settings` are those of --set as they were given, null in files of versions that did not keep them;
    `certificate` is how far scores can be trusted as numbers, measured when the model was last loaded.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    created: str
    command: str
    data: str | None
    identity: dict[str, Any]
    evaluate: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, str] | None = None
    environment: dict[str, Any]
    certificate: Certificate | None = None


class RunFolder:
    """A run folder held by this process. Use as a context manager; raises ResultError where the folder cannot be.

    `answers` are the files that are appended to as answers come, `paid` those that text models keep here. A folder that
    holds a run of another kind is left as it is.
    """

    def __init__(
        self, path: Path, answers: Sequence[str] = (SCORES,), paid: Sequence[str] = PAID, kind: Kind = "task"
    ) -> None:
        self.path, self._answers, self._paid, self._kind = path, tuple(answers), tuple(paid), kind
        self._lock = filelock.FileLock(path / LOCK)
        self._scores: FileIO | None = None
        self._n_logged = 0
        self._synced = time.monotonic()

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._check_links()
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise ResultError(f"{self.path}: another run is writing here; wait for it, or choose --out") from error
        except OSError as error:
            raise ResultError(f"cannot use {self.path} as a run folder: {os_message(error)}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._scores:
                self._sync()
                self._scores.close()
        finally:
            self._lock.release()

    def _check_links(self) -> None:
        """Raises ResultError for a link where a file is written: a folder of somebody else's may lead anywhere."""
        for name in (LOCK, RUN, SEALED, *self._answers, *self._paid):
            if (self.path / name).is_symlink():
                raise ResultError(
                    f"{self.path / name}: is a link, and the file it leads to would be written; put that here"
                )

    def _sync(self) -> None:
        """What a power cut may take is the last seconds."""
        if self._scores:
            with contextlib.suppress(OSError):  # what cannot be synced has been reported when it was written
                os.fsync(self._scores.fileno())
        self._synced = time.monotonic()

    def clear(self) -> None:
        """Forgets an earlier run in this folder (--fresh). Raises ResultError where the files are not a run's."""
        self._before(self._paid)
        try:
            if SCORES in self._answers:
                forget_scores(self.path)
            for name in (RESULT, REPORT, *self._answers, *self._paid, RUN):  # run.json last: it names what is left
                (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise ResultError(f"cannot remove {error.filename or self.path}: {os_message(error)}") from error

    def begin(self, record: RunRecord) -> None:
        """Starts a run, or continues the one that is here.

        Raises ResultError naming what has changed, if that one has answers already.
        """
        path = self.path / RUN
        before = self._before()
        if before is None:
            write_json(path, record)
        elif (changed := list(changes(before.identity, record.identity))) and not self._has_answers():
            write_json(path, record)  # the other ended before its first answer: a model that could not be used
        elif changed:
            more = f" (and {len(changed) - 3} more)" if len(changed) > 3 else ""
            raise ResultError(
                f"{self.path}: holds a different run; {'; '.join(changed[:3])}{more}. "
                "Give this one a folder of its own with --out (--fresh would delete the other)"
            )
        elif before.evaluate != record.evaluate:
            write_json(path, before.model_copy(update={"evaluate": record.evaluate}))
        self.repair()

    def certify(self, certificate: Certificate) -> None:
        """Keeps what was measured of the model before it scores."""
        write_json(
            self.path / RUN, read_json(self.path / RUN, RunRecord).model_copy(update={"certificate": certificate})
        )

    def _before(self, others: Sequence[str] = ()) -> RunRecord | None:
        """The run that is here already. Raises ResultError where something has the name of a run's file and is none,
        or the run is of another kind.

        Replies (`others`) that came without their run may be used again, but are not to be removed.
        """
        if (self.path / RUN).exists():
            before = read_json(self.path / RUN, RunRecord)
            check_kind(before, self.path, self._kind)
            return before
        sealed = (SEALED,) if SCORES in self._answers and has_scores(self.path) else ()
        if found := [
            name for name in (*self._answers, *sealed, RESULT, REPORT, *others) if (self.path / name).exists()
        ]:
            raise ResultError(f"{self.path}: holds a {found[0]} that is no run's (no {RUN}); choose another --out")
        return None

    def _has_answers(self) -> bool:
        """Whether something was scored or paid for here, or a result made of it."""
        written = [self.path / name for name in (*self._answers, *self._paid)]
        if (self.path / RESULT).exists() or any(path.exists() and path.stat().st_size > 0 for path in written):
            return True
        return SCORES in self._answers and has_scores(self.path)

    def repair(self) -> None:
        """Cuts off a last line that a killed process left half-written, and finishes what it was sealing."""
        for name in self._answers:
            cut_off_half_line(self.path / name)
        if SCORES in self._answers:
            try:
                scorefiles.mend(self.path)
            except OSError as error:
                raise self._unwritten(error) from error

    def answered(self, *, failed_too: bool = False) -> IdSet:
        """The ids of the requests that need no second answer; those that failed may, unless told otherwise."""
        return IdSet(row.id for _, row in read_rows(self.path) if failed_too or row.status in FINAL)

    def append(self, score: Score, source: Source) -> None:
        """Writes one score through to the operating system. A log that has grown large is sealed."""
        try:
            if self._scores is None:
                path = self.path / SCORES
                self._n_logged = n_lines(path)
                self._scores = path.open("ab", buffering=0)
            write_through(self._scores, score_line(score, source))
            self._n_logged += 1
            if self._n_logged >= scorefiles.SEAL_ROWS:
                self._seal()
            elif time.monotonic() - self._synced > SYNC_EVERY_S:
                self._sync()
        except OSError as error:
            raise self._unwritten(error) from error

    def _seal(self) -> None:
        if self._scores:
            self._sync()
            self._scores.close()
        self._scores = None
        scorefiles.seal(self.path)

    def _unwritten(self, error: OSError) -> ResultError:
        said = "What was scored is kept; the same command continues"
        return ResultError(f"cannot write {error.filename or self.path / SCORES}: {os_message(error)}. {said}")


def read_run(path: Path) -> RunRecord:
    """The run.json of a run folder. Raises ResultError where there is none, DataError where it is broken."""
    if not is_file(path / RUN):
        raise ResultError(f"{path}: is not a run folder (no {RUN})")
    return read_json(path / RUN, RunRecord)


def is_bench_run(folder: Path) -> bool:
    """Whether a run of a benchmark lies in a folder. False also for what is broken: that is said where it is read."""
    with contextlib.suppress(DataError, ResultError):
        return _is_of_benchmark(read_run(folder))
    return False


def _is_of_benchmark(record: RunRecord) -> bool:
    return "benchmark" in record.identity


def check_kind(record: RunRecord, path: Path, kind: Kind) -> None:
    """Raises ResultError where a folder holds a run of another kind."""
    if kind == "task" and _is_of_benchmark(record):
        said = "weval bench report shows it; any other run needs a folder of its own"
        raise ResultError(f"{path}: holds a run of weval bench, which is another kind of run; {said}")
    if kind == "benchmark" and not _is_of_benchmark(record):
        raise ResultError(f"{path}: holds no run of weval bench, but one of weval run; choose another folder")


def changes(before: Any, now: Any, name: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON
    """What differs between two JSON values, field by field."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in sorted(before.keys() | now.keys()):
            yield from changes(before.get(key), now.get(key), f"{name}.{key}" if name else str(key))
    elif before != now:
        yield f"{name} was {_short(before)}, is {_short(now)}"


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 40 else f"{text[:36]}…"
