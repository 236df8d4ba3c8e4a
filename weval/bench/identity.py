"""What a run of a benchmark is, as its run.json has it: which one, on which files, by whom, judged how."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from weval.bench.result import Maker
from weval.errors import DataError
from weval.invalid import complaints, field_name
from weval.store import RUN, RunRecord
from weval.types import Id, Record


class BenchId(Record):
    """Which benchmark, and which of its sets of files."""

    name: Id
    version: Id
    set: Id


class BenchIdentity(Record):
    """What must be the same when a run is continued. `files` are known by sha256, by their part in the set; `steps`
    hold what could change a reply, step by step; `limit` is how many items were asked about, null for all.
    """

    benchmark: BenchId
    files: dict[str, str]
    options: dict[str, Any]
    writer: Maker
    judge: Maker | None
    steps: dict[str, dict[str, Any]]
    limit: int | None = Field(ge=1)


I = TypeVar("I", bound=Record)  # noqa: E741 - identity


def identity_in(record: RunRecord, folder: Path, kind: type[I]) -> I:
    """The identity that a run's record holds. Raises DataError naming its fields."""
    try:
        return kind.model_validate_json(json.dumps(record.identity))
    except ValidationError as error:
        where = folder / RUN
        said = [f"{where}: identity.{field_name(loc)}: {text}" for loc, text in complaints(error, record.identity)]
        raise DataError(said) from error
