"""How a model's figures changed, and why: a line for each submission, kept beside it and only ever added to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from weval.appending import append_line
from weval.errors import DataError
from weval.files import Problems, is_file, parsed_lines, read_lines
from weval.results import Result
from weval.types import Id, Record

CHANGES = "changes.jsonl"
MAX_CHANGES = 1_000
MAX_CHANGES_BYTES = 2**21

FigureName = Literal["correlation", "il", "pl", "reading"]

KEPT: tuple[FigureName, ...] = get_args(FigureName)
"""The figures whose changes are kept."""

_DATE = r"^\d{4}-\d\d-\d\d$"


def _shown(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds characters that are not seen, or more than one line")
    return text


Figures = dict[FigureName, Annotated[float, Field(ge=-1, le=1)] | None]


class Change(Record):
    """One line of changes.jsonl. `before` is null where a model is new on a task, `scores` the hash of its scores."""

    date: Annotated[str, Field(pattern=_DATE)]
    task: Annotated[Id, AfterValidator(_shown)]
    version: Annotated[Id, AfterValidator(_shown)]
    scores: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    why: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_shown)]
    before: Figures | None
    after: Figures


def figures_of(result: Result) -> Figures:
    """The figures of a result whose changes are kept."""
    return {name: estimate.value if (estimate := result.metrics.get(name)) else None for name in KEPT}


def read_changes(model: Path) -> list[Change]:
    """What is recorded of a model's folder, oldest first; nothing where there is no file. Raises DataError."""
    path = model / CHANGES
    if not is_file(path):
        return []
    if path.stat().st_size > MAX_CHANGES_BYTES:
        raise DataError(f"{path}: is larger than {MAX_CHANGES_BYTES:,} bytes")
    problems = Problems(path)
    found = []
    lines = islice(read_lines(path, problems), MAX_CHANGES + 1)
    for line, change in parsed_lines(lines, Change, problems):
        if line > MAX_CHANGES:
            problems.add(line, "", f"holds more than {MAX_CHANGES:,} changes")
            break
        found.append(change)
    problems.check()
    return found


def broken(changes: list[Change]) -> Iterator[str]:
    """Where a history contradicts itself, each with its line: every figure must begin as the one before it ended."""
    last: dict[str, Change] = {}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    newest = ""
    for line, change in enumerate(changes, start=1):
        before = last[change.task].after if change.task in last else None
        if change.before != before:
            yield f"line {line}: 'before' is not the 'after' of the line before it about {change.task}"
        if not newest <= change.date <= tomorrow:
            yield f"line {line}: {change.date} is before the line above it, or in the future"
        last[change.task], newest = change, max(newest, change.date)


def last_change(changes: list[Change], task: str) -> Change | None:
    """The newest line about a task."""
    return next((change for change in reversed(changes) if change.task == task), None)


def add_change(model: Path, change: Change) -> None:
    """Adds a line. Raises ResultError where that cannot be written."""
    append_line(model / CHANGES, json.dumps(change.model_dump(mode="json")).encode("ascii") + b"\n")
