"""The replies of a step in a submission: packed, in one order, each written in one way, and never held together."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from weval.bench.benchmark import Benchmark
from weval.bench.items import Step
from weval.bench.replies import ReplyRow
from weval.bench.told import Told
from weval.errors import DataError, ResultError
from weval.files import Problems, one_line, os_message, read_jsonl
from weval.hashes import sha256_of
from weval.leaderboard.bundle import MAX_REASON, MAX_STEP_BYTES, regular_file, unpacking
from weval.leaderboard.suspicion import MOST
from weval.peritem import LARGEST
from weval.store import RUN
from weval.tally import AMOUNTS

MAX_UNPACKED = 2**28
"""Bytes of the replies of a step."""


class Replies(NamedTuple):
    """What is known of a step's replies: the hash of all that is written, and that of the answers alone."""

    digest: str
    answers: str


def packed_name(step: str) -> str:
    """The file of a step in a submission."""
    return f"{step}.jsonl.gz"


def line_of(row: ReplyRow) -> bytes:
    """The one way in which a reply is written; what is not said is left out."""
    said = row.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def in_order(step: Step, benchmark: Benchmark[Any], told: Told) -> Iterator[ReplyRow]:
    """The replies of a step that stand: by item as the benchmark has them, part and attempt; one is in memory."""
    for item in benchmark.items:
        for part in sorted(told.parts(step.name, item.id)):
            for row in told.every(step.name, item.id, part):
                reason = None if row.reason is None else row.reason[:MAX_REASON]
                yield row.model_copy(update={"reason": reason})


def pack(rows: Iterable[ReplyRow], path: Path) -> None:
    """Writes replies as a submission has them. Raises ResultError where they are too many."""
    size = 0
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for row in rows:
            size += len(line := line_of(row))
            packed.write(line)
    if size > MAX_UNPACKED or path.stat().st_size > MAX_STEP_BYTES:
        raise ResultError(
            f"{path.name}: takes {path.stat().st_size:,} bytes, {size:,} unpacked; at most {MAX_STEP_BYTES:,} and "
            f"{MAX_UNPACKED:,} can be submitted"
        )


@contextmanager
def unpacked_run(folder: Path, steps: Sequence[Step]) -> Iterator[Path]:
    """A folder as a run has it, made of a submission's for as long as it is needed. Raises DataError."""
    with TemporaryDirectory(prefix="weval-") as made:
        place = Path(made)
        try:
            (place / RUN).write_bytes(regular_file(folder, RUN).read_bytes())
            for step in steps:
                with (place / f"{step.name}.jsonl").open("wb") as file:
                    path = regular_file(folder, packed_name(step.name))
                    file.writelines(unpacking(path, MAX_UNPACKED, "replies to a benchmark take"))
        except OSError as error:
            raise DataError(f"{folder}: {os_message(error)}") from error
        yield place


def read_step(place: Path, step: Step, items: Mapping[str, int], shown_as: str) -> Replies:
    """Reads the replies of a step through. `items` have the places of the benchmark's items by id.

    Raises DataError, naming the file as `shown_as`, for what weval would not have written: other lines, another order,
    replies to nothing, amounts that no reply has.
    """
    path = place / f"{step.name}.jsonl"
    whole, answers = hashlib.sha256(), hashlib.sha256()
    if not path.stat().st_size:
        return Replies(whole.hexdigest(), "")
    problems = Problems(Path(shown_as))
    before: tuple[int, str, int] = (-1, "", 0)
    for line, row in read_jsonl(path, ReplyRow, problems):
        now = (items.get(row.item, -1), row.part, row.attempt)
        if now[0] < 0:
            problems.add(line, "", f"is about {one_line(repr(row.item), 60)}, which is no item of the benchmark")
        elif now <= before:
            problems.add(line, "", "is not in order, or there twice; make the submission by: weval submit RUN")
        if wrong := _impossible(row):
            problems.add(line, "", wrong)
        before = max(before, now)
        whole.update(line_of(row))
        answers.update(repr((row.item, row.part, row.attempt, row.status, row.text, row.values)).encode("utf-8"))
    problems.check()
    if whole.hexdigest() != sha256_of(path):
        raise DataError(f"{shown_as}: is not written as weval submit writes it; make it by: weval submit RUN")
    return Replies(whole.hexdigest(), answers.hexdigest())


def _impossible(row: ReplyRow) -> str | None:
    for name in AMOUNTS:
        amount = getattr(row, name)
        if amount is not None and not 0 <= amount <= MOST:
            return f"{name} is below 0, or above {MOST:g}"
    if any(abs(value) > LARGEST for value in row.values):
        return "a score beyond 1e150"
    if row.reason is not None and len(row.reason) > MAX_REASON:
        return f"a reason of more than {MAX_REASON} characters"
    return None
