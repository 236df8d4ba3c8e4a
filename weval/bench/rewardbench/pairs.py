"""The file of pairs: JSON Lines, or the Parquet that is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from weval.bench.rewardbench.subsets import EXAMPLE_COUNTS, PRIOR_SETS
from weval.errors import missing_extra
from weval.files import Problems, one_line, read_jsonl
from weval.tasks.released import is_parquet
from weval.types import Record, Text

COLUMNS = ("prompt", "chosen", "rejected", "subset", "id")

_BATCH_ROWS = 500
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
    for line, pair in _rows(path, problems):
        if pair.subset not in EXAMPLE_COUNTS and pair.subset not in PRIOR_SETS:
            problems.add(line, "subset", f"{one_line(pair.subset, _SHOWN)!r} is no subset of RewardBench")
        elif pair.name in seen:
            problems.add(line, "id", f"{one_line(pair.name, _SHOWN)} is there already")
        else:
            seen.add(pair.name)
            yield pair
    problems.check()


def _rows(path: Path, problems: Problems) -> Iterator[tuple[int, Pair]]:
    if not is_parquet(path):
        yield from read_jsonl(path, Pair, problems)
        return
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("pyarrow", "parquet", f"reading {path.name}") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = [name for name in COLUMNS if name in file.schema_arrow.names]
            for batch in file.iter_batches(_BATCH_ROWS, columns=names):
                for number, row in enumerate(batch.to_pylist(), start=number + 1):  # noqa: B020 - counts on
                    yield from _checked(number, row, problems)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        problems.add(None, "", f"is not a readable Parquet file ({one_line(reason, 120)})")
        return
    if not number:
        problems.add(None, "", "holds no pairs")


def _checked(number: int, row: dict[str, object], problems: Problems) -> Iterator[tuple[int, Pair]]:
    try:
        yield number, Pair.model_validate(row)
    except ValidationError as error:
        problems.add_invalid(lambda loc: number, error, row)
