"""RACE's own result files: raw_results.jsonl, a row per task, and race_result.txt, their means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, model_validator

from weval.bench.race.parsing import DIMENSIONS
from weval.errors import DataError
from weval.files import Problems, read_jsonl
from weval.types import Record

_COLUMNS = (*DIMENSIONS, "overall_score")


class ResultRow(Record):
    """A row of raw_results.jsonl: a target's shares, or the error why there are none. Other keys do not matter."""

    model_config = ConfigDict(extra="ignore")

    id: int | str
    prompt: str = ""
    comprehensiveness: float | None = None
    insight: float | None = None
    instruction_following: float | None = None
    readability: float | None = None
    overall_score: float | None = None
    error: str | None = None

    @model_validator(mode="after")
    def _scores_or_error(self) -> Self:
        missing = [name for name in _COLUMNS if getattr(self, name) is None]
        if missing and self.error is None:
            raise ValueError(f"has no {missing[0]}, and no error that says why")
        return self


def read_results(path: Path) -> list[ResultRow]:
    """The rows of a raw_results.jsonl. Raises DataError naming file, line and field."""
    problems = Problems(path)
    rows = [row for _, row in read_jsonl(path, ResultRow, problems)]
    problems.check()
    return rows


def means(rows: Sequence[ResultRow]) -> dict[str, float]:
    """The means of the five columns over the rows without an error, as the published script takes them.

    So a task that failed leaves the denominator, and one that is there twice counts twice. Raises DataError where no
    row is left.
    """
    kept = [row for row in rows if row.error is None]
    if not kept:
        raise DataError("no task has scores")
    return {name: sum(getattr(row, name) for row in kept) / len(kept) for name in _COLUMNS}


def result_text(rows: Sequence[ResultRow]) -> str:
    """What race_result.txt says of such rows: a line per column, four decimals."""
    return "".join(f"{name.replace('_', ' ').title()}: {value:.4f}\n" for name, value in means(rows).items())
