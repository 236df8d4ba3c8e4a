"""Arena-Write's file into items: tasks, each with the texts of its baselines.

The data set's card names its fields, not what is inside `baseline_response`: any of three layouts is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, RootModel

from weval.bench.items import BenchItem
from weval.bench.language import language_of
from weval.bench.longbench_write.scoring import bucket
from weval.files import Problems, read_json, read_jsonl, read_lines
from weval.types import Count, Id, Record, Text

LAYOUTS = "a list of texts, a list of {model, response}, or an object of texts by model"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A text to be beaten. Where the file names no model it is called by its place: baseline-1."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArenaItem(BenchItem):
    """A task with the texts of its baselines, and the words that it asks for."""

    baselines: tuple[Baseline, ...]
    required: int | None


def _baselines(value: object) -> tuple[Baseline, ...]:
    """The texts in any of the layouts. Raises ValueError."""
    if isinstance(value, Mapping):
        found = [(name, text) for name, text in value.items()]
    elif isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
        if any(one.keys() != {"model", "response"} for one in value):
            raise ValueError(f"is none of {LAYOUTS}: its objects have other keys")
        found = [(one["model"], one["response"]) for one in value]
    elif isinstance(value, list):
        found = [(f"baseline-{place}", text) for place, text in enumerate(value, start=1)]
    else:
        raise ValueError(f"is none of {LAYOUTS}")
    if not found:
        raise ValueError("is empty; a task needs at least one baseline")
    for name, text in found:
        if not isinstance(name, str) or not name.strip():
            raise ValueError("has a model without a name")
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{name[:60]}: is no text, or an empty one")
    names = [name for name, _ in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"has two texts of {twice[:60]!r}")
    return tuple(Baseline(name, text) for name, text in found)


class TaskRow(Record):
    """One task."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    idx: int | Id
    question: Text
    type: Id | None = None
    length: Count | None = None
    baseline_response: Annotated[tuple[Any, ...], BeforeValidator(_baselines)]


class _Tasks(RootModel[tuple[TaskRow, ...]]):
    """A file that is one JSON list."""

    model_config = ConfigDict(frozen=True)
    root: tuple[TaskRow, ...] = Field(min_length=1)


def read_tasks(path: Path) -> Iterator[ArenaItem]:
    """The tasks, from JSON Lines or one JSON list. Raises DataError naming file, place and field."""
    problems, seen = Problems(path), dict[str, int]()
    is_list = any(line.lstrip().startswith(b"[") for line in _first_line(path))
    rows = enumerate(read_json(path, _Tasks).root, start=1) if is_list else read_jsonl(path, TaskRow, problems)
    for place, row in rows:
        key = str(row.idx)
        if (first := seen.setdefault(key, place)) != place:
            line, field = (None, f"[{place - 1}].idx") if is_list else (place, "idx")
            problems.add(line, field, f"{key!r} is the idx of task {first} already")
        yield _item(key, row)
    problems.check()


def _first_line(path: Path) -> Iterator[bytes]:
    """The first line that is not blank, if the file can be read at all."""
    for _, line in read_lines(path, Problems(path)):
        if line.strip():
            yield line
            return


def _item(key: str, row: TaskRow) -> ArenaItem:
    language = language_of(row.question)
    groups = {"language": language}
    if row.type:
        groups["type"] = row.type
    if row.length:
        groups["length"] = bucket(row.length)
    return ArenaItem(
        id=key,
        prompt=row.question,
        language=language,
        groups=groups,
        baselines=row.baseline_response,
        required=row.length or None,
    )
