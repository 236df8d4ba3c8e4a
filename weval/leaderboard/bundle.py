"""A submitted run, read with suspicion: bounded in every direction, and nothing in it believed but the scores."""

from __future__ import annotations

import hashlib
import json
import stat
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from weval.errors import DataError
from weval.files import Problems, one_line, os_message, parsed_lines, read_json
from weval.identity import Identity, identity_of
from weval.leaderboard.card import CARD
from weval.results import Result
from weval.store import RESULT, RUN, RunRecord, ScoreRow, score_line
from weval.types import Record, Score, Source

SCORES_GZ = "scores.jsonl.gz"

MAX_BYTES = {RUN: 2**18, RESULT: 2**22, SCORES_GZ: 2**24, CARD: 2**14}
"""Of the files of a submission, as they lie there."""

MAX_STEP_BYTES = MAX_BYTES[SCORES_GZ]
"""Of the packed replies of a step of a benchmark."""

MAX_ROW_BYTES = 2_000
"""Of a line of scores, on average: an answer has no text in it."""

MAX_REASON = 300
"""Characters of why an answer is missing."""

_CHUNK = 2**16
R = TypeVar("R", bound=Record)
_ROWS = TypeAdapter(list[ScoreRow])


@dataclass(frozen=True)
class Bundle:
    """One run as it was submitted: what was asked of whom, and the raw answers. `digest` is the hash of its scores."""

    folder: Path
    record: RunRecord
    identity: Identity
    rows: list[ScoreRow]
    digest: str

    def stated(self) -> Result:
        """The figures that the submitter says come of it."""
        return read_once(self.folder, RESULT, Result)


def read_run_of(folder: Path) -> tuple[RunRecord, Identity]:
    """What a submitted run says it is. Raises DataError."""
    record = read_once(folder, RUN, RunRecord)
    return record, identity_of(record, folder)


def read_once(folder: Path, name: str, record: type[R]) -> R:
    """A JSON file of a submission, in which nothing is said twice: of a repeated key every reader takes another one.

    Raises DataError, also for what is too large or no regular file.
    """
    path = regular_file(folder, name)
    found = read_json(path, record)  # first, as it bounds how deep a file is nested

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        content = dict(pairs)
        if len(content) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise DataError(f"{path}: the key {one_line(twice, 40)!r} is there twice")
        return content

    json.loads(path.read_bytes(), object_pairs_hook=once)
    return found


def read_bundle(folder: Path, record: RunRecord, identity: Identity, n_questions: int) -> Bundle:
    """A submitted run with its answers, of which there can be `n_questions`. Raises DataError."""
    path = regular_file(folder, SCORES_GZ)
    text = unpacked(path, MAX_ROW_BYTES * n_questions)
    return Bundle(folder, record, identity, _rows(text, path, n_questions), hashlib.sha256(text).hexdigest())


def unpacked(path: Path, limit: int) -> bytes:
    """What a gzip file of scores holds (see `unpacking`)."""
    return b"".join(unpacking(path, limit, "scores of this task take"))


def unpacking(path: Path, limit: int, needs: str) -> Iterator[bytes]:
    """What a gzip file holds, piece by piece.

    Raises DataError for what is none, is cut off, or unpacks to more than `limit` bytes, "which no `needs`": no more
    than that is ever unpacked, however much there would be.
    """
    unpacker = zlib.decompressobj(wbits=31)
    size = 0
    try:
        with path.open("rb") as file:
            while not unpacker.eof and (chunk := unpacker.unconsumed_tail or file.read(_CHUNK)):
                part = unpacker.decompress(chunk, limit - size + 1)
                size += len(part)
                if size > limit:
                    raise DataError(f"{path}: unpacks to more than {limit:,} bytes, which no {needs}")
                yield part
            rest = unpacker.unused_data or file.read(1)
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error
    except zlib.error:
        raise DataError(f"{path}: is not a gzip file, or a damaged one") from None
    if not unpacker.eof:
        raise DataError(f"{path}: is cut off")
    if rest:
        raise DataError(f"{path}: has something behind its end")


def canonical(rows: Iterable[ScoreRow]) -> Iterator[bytes]:
    """The lines of a submission's scores: the one way in which weval writes an answer, without the model's words."""
    for row in rows:
        yield score_line(
            Score(
                request_id=row.id,
                status=row.status,
                values=row.values,
                reason=row.reason,
                tokens_in=row.tokens_in,
                tokens_out=row.tokens_out,
                cost_usd=row.cost_usd,
                seconds=row.seconds,
                samples=row.samples,
                mass=row.mass,
            ),
            Source(row.item, row.candidates, row.requirement),
        )


def values_digest(rows: Iterable[ScoreRow]) -> str:
    """A hash of the answers alone, whoever gave them and however long it took; in whatever order they lie there."""
    said = sorted((row.item, row.candidates, row.requirement or "", row.status, row.values) for row in rows)
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def _rows(text: bytes, path: Path, n_questions: int) -> list[ScoreRow]:
    lines = text.split(b"\n")
    if lines.pop():
        raise DataError(f"{path}: does not end with a line break")
    if len(lines) != n_questions:
        raise DataError(f"{path}: has {len(lines):,} answers; the task has {n_questions:,} questions for this model")
    try:
        rows = _ROWS.validate_json(b"[" + b",".join(lines) + b"]")
    except ValidationError:
        raise _wrong_lines(lines, path) from None
    if len(rows) != len(lines):
        raise DataError(f"{path}: has a line that is not one answer")
    return rows


def _wrong_lines(lines: list[bytes], path: Path) -> DataError:
    """What is wrong with the lines, by line."""
    problems = Problems(path)
    for _ in parsed_lines(enumerate(lines, start=1), ScoreRow, problems):
        if len(problems.lines) > 10:
            break
    if not problems.lines:
        problems.add(None, "", "is not one JSON object per line")
    return problems.error()


def regular_file(folder: Path, name: str) -> Path:
    """A file of a submission, if it is one: regular, of this folder, and not larger than such a file can be."""
    path = folder / name
    try:
        found = path.lstat()
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"{path}: is not a regular file")
    if found.st_size > (limit := MAX_BYTES.get(name, MAX_STEP_BYTES)):
        raise DataError(f"{path}: is larger than {limit:,} bytes")
    return path
