"""Rows of a table, in JSON Lines, Parquet or Arrow whatever its name ends in: checked alike, a batch in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from weval.errors import DataError
from weval.files import Problems, read_jsonl
from weval.tasks.arrow import format_of, rows
from weval.tasks.shards import Shards

M = TypeVar("M", bound=BaseModel)
Row = dict[str, Any]


class Unmendable(ValueError):
    """Of a row of columns: a field, and why it is not what JSON would have said."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field, self.message = field, message


class ShardProblems(Problems):
    """What is wrong with a table that may lie in several files. `path` is the one that is being read."""

    def __init__(self, shards: Shards) -> None:
        super().__init__(shards.whole)
        self.shown, self._whole = shards.shown, shards.whole

    def of(self, shard: Path, line: int | None, field: str, message: str) -> None:
        """Notes one problem of a file that has been read."""
        self.path = shard
        self.add(line, field, message)

    def error(self) -> DataError:
        """All problems as one error."""
        self.path = self._whole
        return super().error()


def table_rows(
    path: Path,
    record: type[M],
    columns: Sequence[str],
    problems: Problems,
    mend: Callable[[Row], Row] | None = None,
) -> Iterator[tuple[int, M]]:
    """Every sound row with its number, from 1; the others are problems. Of Parquet and Arrow no other columns are read.

    `mend` makes of a row of those what JSON would have said, where columns say it in another way, or raises Unmendable.
    Raises DataError where the file cannot be read at all, ConfigError where it takes pyarrow, which is not installed.
    """
    if format_of(path) == "jsonl":
        yield from read_jsonl(path, record, problems)
        return
    for number, row in rows(path, columns, problems):
        try:
            content = mend(row) if mend else row
            checked = record.model_validate(content)
        except Unmendable as error:
            problems.add(number, error.field, error.message)
        except ValidationError as error:
            problems.add_invalid(lambda loc: number, error, content)  # noqa: B023 - called at once
        else:
            yield number, checked
