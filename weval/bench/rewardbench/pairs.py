"""The file of pairs: JSON Lines, or the Parquet that is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict

from weval.bench.rewardbench.subsets import EXAMPLE_COUNTS, PRIOR_SETS
from weval.files import Problems, one_line
from weval.tasks.tables import table_rows
from weval.types import Record, Text

COLUMNS = ("prompt", "chosen", "rejected", "subset", "id")

_SHOWN = 60


class Pair(Record):
    """A prompt with two answers, of which `chosen` is the better one. Columns that nobody needs here are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    prompt: Text
    chosen: str
    rejected: str
    subset: str
    id: int | Text

    @property
    def name(self) -> str:
        """What it is called: numbers are its subset's own."""
        return f"{self.subset}/{self.id}"


def pairs(path: Path) -> Iterator[Pair]:
    """The pairs, in their order. Raises DataError with all that is wrong."""
    problems = Problems(path)
    seen: set[str] = set()
    for line, pair in table_rows(path, Pair, COLUMNS, problems):
        if pair.subset not in EXAMPLE_COUNTS and pair.subset not in PRIOR_SETS:
            problems.add(line, "subset", f"{one_line(pair.subset, _SHOWN)!r} is no subset of RewardBench")
        elif pair.name in seen:
            problems.add(line, "id", f"{one_line(pair.name, _SHOWN)} is there already")
        else:
            seen.add(pair.name)
            yield pair
    problems.check()
