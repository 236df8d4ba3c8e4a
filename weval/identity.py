"""What a run is: everything that would change a score or which scores there are; and how they are evaluated."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

import weval
from weval.evaluate import EvaluateOptions
from weval.files import Problems
from weval.plan import PlanOptions
from weval.results import ModelStamp, TaskStamp
from weval.store import RUN, RunRecord, check_kind
from weval.tasks import DataOptions, lasting
from weval.types import Record

R = TypeVar("R", bound=Record)


class Identity(Record):
    """The part of run.json that must be the same when a run is continued."""

    task: TaskStamp
    data: DataOptions
    model: ModelStamp
    plan: PlanOptions
    limit: int | None


def record_of(
    identity: Record, evaluate: Record, settings: Mapping[str, str], command: str, data: Path | str | None
) -> RunRecord:
    """run.json for a run that begins here and now: what it is, and how its figures are computed.

    `data` names the user's own items, so that they are found again.
    """
    return RunRecord(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        data=lasting(data) if data else None,
        identity=identity.model_dump(mode="json"),
        evaluate=evaluate.model_dump(mode="json"),
        settings=dict(settings),
        environment=environment(),
    )


def environment() -> dict[str, Any]:
    """The versions and the machine that figures come from."""
    return {
        "weval": weval.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
    }


def identity_of(record: RunRecord, folder: Path) -> Identity:
    """The identity that run.json holds. Raises DataError naming its fields, ResultError for a run of weval bench."""
    check_kind(record, folder, "task")
    return _parsed(Identity, "identity", record.identity, folder)


def evaluate_of(record: RunRecord, folder: Path) -> EvaluateOptions:
    """How run.json says that its figures are computed. Raises DataError naming its fields."""
    return _parsed(EvaluateOptions, "evaluate", record.evaluate, folder)


def _parsed(kind: type[R], name: str, content: dict[str, Any], folder: Path) -> R:
    try:
        return kind.model_validate_json(json.dumps(content))
    except ValidationError as error:
        problems = Problems(folder / RUN)
        problems.add_invalid(lambda loc: None, error, content, within=(name,))
        raise problems.error() from error
