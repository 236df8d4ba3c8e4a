"""The answers of a run on disk: scores.jsonl, which is only ever appended to, and what has been sealed of a large one.

A log of SEAL_ROWS answers is renamed to scores/00000.jsonl, and a new one begun; then it becomes scores/00000.parquet,
which is written aside, synced and renamed before its lines are removed. A reader takes of each number the Parquet file
if it is there, else the lines: whenever a process is killed, every answer is there, and there once.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from weval.errors import ResultError
from weval.files import Problems, part_of
from weval.tasks.tables import table_rows
from weval.types import Id, Record, Score, Source, Status

SCORES, SEALED = "scores.jsonl", "scores"
"""The log, and the folder of what has been sealed of it."""

SEAL_ROWS = 250_000

_NAME = re.compile(r"\d{5,}\.(?:jsonl|parquet)")
_GROUP_ROWS = 10_000
"""Rows are turned into columns so many at a time: a judge's may have long texts."""


class ScoreRow(Record):
    """One line of scores.jsonl: a Score and where it belongs."""

    id: Id
    item: Id
    candidates: tuple[Id, ...] = Field(min_length=1)
    requirement: Id | None = None
    status: Status
    values: tuple[float, ...] = ()
    reason: str | None = None
    raw: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None
    samples: tuple[tuple[float, ...] | None, ...] | None = None
    mass: float | None = None

    @model_validator(mode="after")
    def _values_when_ok(self) -> Self:
        if (self.status == "ok") != bool(self.values):
            raise ValueError(f"status {self.status!r} with {len(self.values)} values")
        return self


FIELDS = tuple(ScoreRow.model_fields)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def score_line(score: Score, source: Source) -> bytes:
    """A line of scores.jsonl; what is None is left out."""
    return _line(score.request_id, source, score)


def row_line(row: ScoreRow) -> bytes:
    """The same of an answer that was read."""
    return _line(row.id, Source(row.item, row.candidates, row.requirement), row)


def _line(request_id: str, source: Source, said: Score | ScoreRow) -> bytes:
    row: dict[str, Any] = {"id": request_id, "item": source.item, "candidates": source.candidates}
    optional = {
        "requirement": source.requirement,
        "reason": writable(said.reason),
        "raw": writable(said.raw),
        "tokens_in": said.tokens_in,
        "tokens_out": said.tokens_out,
        "cost_usd": said.cost_usd,
        "seconds": said.seconds,
        "samples": said.samples,
        "mass": said.mass,
    }
    row |= {"status": said.status, "values": said.values}
    row |= {name: value for name, value in optional.items() if value is not None}
    return _ENCODER.encode(row).encode("ascii") + b"\n"


def writable(text: str | None) -> str | None:
    """The text with lone surrogates, which a model's reply may hold and JSON may not, replaced by U+FFFD."""
    return None if text is None else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_rows(folder: Path, problems: Problems | None = None) -> Iterator[tuple[int, ScoreRow]]:
    """The scores of a run folder in the order they came, each with its line or row in its file.

    `problems.path`, where a caller has some of its own, is that file meanwhile. Raises DataError naming file, line and
    field; ConfigError where there is a Parquet file and pyarrow is not installed; ResultError where another process
    sealed the log meanwhile: what it held would be missing.
    """
    before = _sealed(folder).keys()
    for path in score_files(folder):
        if not path.exists():
            raise _sealed_meanwhile(folder)
        own = Problems(path)
        if problems:
            problems.path = path
        yield from table_rows(path, ScoreRow, FIELDS, own)
        own.check()
    if _sealed(folder).keys() != before:
        raise _sealed_meanwhile(folder)


def _sealed_meanwhile(folder: Path) -> ResultError:
    return ResultError(
        f"{folder}: a run that is writing here moved scores while they were read; the same command again"
    )


def score_files(folder: Path) -> list[Path]:
    """The files that hold scores, in the order in which those came."""
    log = folder / SCORES
    return [*_sealed(folder).values(), *([log] if log.exists() and log.stat().st_size else [])]


def has_scores(folder: Path) -> bool:
    """Whether there is an answer in a folder, or the beginning of one."""
    return bool(score_files(folder))


def forget_scores(folder: Path) -> None:
    """Removes all answers. Raises OSError."""
    (folder / SCORES).unlink(missing_ok=True)
    if (folder / SEALED).is_dir():
        for path in sorted((folder / SEALED).iterdir(), reverse=True):
            if _NAME.fullmatch(path.name) or path.name.endswith(".part"):
                path.unlink()
        with contextlib.suppress(OSError):  # what else somebody put there is theirs
            (folder / SEALED).rmdir()


def seal(folder: Path) -> None:
    """Puts the log, which must be whole and written through, behind what has been sealed before. Raises OSError."""
    to = folder / SEALED
    to.mkdir(exist_ok=True)
    number = max((int(name) for name in _sealed(folder)), default=-1) + 1
    (folder / SCORES).rename(to / f"{number:05}.jsonl")
    _sync(folder)
    mend(folder)


def mend(folder: Path) -> None:
    """Finishes what a killed process had begun with sealed lines. Without pyarrow lines stay lines. Raises OSError."""
    if not (folder / SEALED).is_dir():
        return
    for lines in sorted((folder / SEALED).glob("*.jsonl")):
        if _NAME.fullmatch(lines.name):
            columns = lines.with_suffix(".parquet")
            if columns.exists() or _to_parquet(lines, columns):
                lines.unlink()


def _sealed(folder: Path) -> dict[str, Path]:
    """Of each number the file to be read."""
    if not (folder / SEALED).is_dir():
        return {}
    # Of one number the Parquet file comes last, and stays.
    paths = sorted(path for path in (folder / SEALED).iterdir() if _NAME.fullmatch(path.name))
    return {path.stem: path for path in sorted(paths, key=lambda path: int(path.stem))}


def _to_parquet(lines: Path, to: Path) -> bool:
    """Writes rows as columns, whole or not at all. False where lines are better left: they are broken, or too large."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return False
    problems, part = Problems(lines), part_of(to)
    rows = (row for _, row in table_rows(lines, ScoreRow, FIELDS, problems))
    schema = _schema()
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
                while group := list(islice(rows, _GROUP_ROWS)):
                    columns = [pyarrow.array([getattr(row, f.name) for row in group], f.type) for f in schema]
                    writer.write_batch(pyarrow.record_batch(columns, schema=schema))
            file.flush()
            os.fsync(file.fileno())
        if problems.lines:
            return False
        part.replace(to)
        _sync(to.parent)
        return True
    except (pyarrow.ArrowException, OverflowError):  # a number beyond 64 bits
        return False
    finally:
        part.unlink(missing_ok=True)


def _schema() -> Any:  # noqa: ANN401 - pyarrow has no types
    """The columns of ScoreRow."""
    import pyarrow

    text, whole, number = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
    numbers = pyarrow.list_(number)
    kinds = {"candidates": pyarrow.list_(text), "values": numbers, "samples": pyarrow.list_(numbers)}
    kinds |= {"tokens_in": whole, "tokens_out": whole, "cost_usd": number, "seconds": number, "mass": number}
    return pyarrow.schema([(name, kinds.get(name, text)) for name in FIELDS])


def _sync(folder: Path) -> None:
    """The names in a folder, after a rename."""
    with contextlib.suppress(OSError):  # not every file system syncs folders
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
