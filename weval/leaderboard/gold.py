"""The gold of a task for who checks submissions: of its items, or of an index that names them without their texts."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from weval.errors import ConfigError, DataError
from weval.files import is_file, read_json, write_text
from weval.join import gold_of
from weval.results import TaskStamp
from weval.tasks import DataOptions, Task, UnreleasedSource, load_task, read_spec
from weval.tasks.spec import tasks_folder
from weval.types import Gold, Record

INDEX = "gold.json"
"""Beside task.yaml, where the items are not."""


class GoldIndex(Record):
    """What is measured of every item of a task, and which file that was taken from."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    task: TaskStamp
    options: DataOptions
    notices: tuple[str, ...]
    items: tuple[Gold, ...] = Field(min_length=1)


def index_of(task: Task) -> GoldIndex:
    """The index of a task whose items are here. Not of what it is superseded by: that changes no figure of it."""
    return GoldIndex(
        task=TaskStamp(name=task.name, version=task.version, sha256=task.sha256),
        options=task.options,
        notices=task.data_notices,
        items=tuple(gold_of(item) for item in task.items()),
    )


def gold_index(name: str) -> GoldIndex:
    """The gold of a task by name: of its committed index if it has one, else of its items if they are here.

    Raises ConfigError for a task that nobody knows or that was never released, DataError where there is neither, or the
    index is of another version.
    """
    spec = read_spec(name)
    path = tasks_folder() / name / INDEX
    if is_file(path):
        index = _read(path, path.stat().st_mtime_ns)
        if (index.task.name, index.task.version, index.options) != (spec.name, spec.version, spec.options):
            raise DataError(f"{path}: is not of {spec.name} {spec.version}; make it: weval leaderboard index {name}")
        return index
    if isinstance(spec.source, UnreleasedSource):
        raise ConfigError(f"{name}: was never released; each build is a data set of its own, with no table here")
    if not spec.source.is_here:
        raise DataError(f"{name}: has no {INDEX} and its items are not here; bring them: {spec.source.remedy(name)}")
    return index_of(load_task(name))


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> GoldIndex:
    return read_json(path, GoldIndex)


def write_index(name: str) -> Path:
    """Writes the index of a task beside its task.yaml, one item a line. Its items are fetched if they are not here."""
    index = index_of(load_task(name))
    head = index.model_dump(mode="json", by_alias=True, exclude={"items"})
    lines = (
        json.dumps(item.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")) for item in index.items
    )
    items = ",\n".join(lines)
    path = tasks_folder() / name / INDEX
    write_text(path, f'{json.dumps(head)[:-1]}, "items": [\n{items}\n]}}\n')
    return path
