"""Rows of a table, in JSON Lines, Parquet or Arrow whatever its name ends in: checked alike, a batch in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from weval.errors import DataError
from weval.files import Problems, read_jsonl
from weval.tasks.arrow import format_of, rows

M = TypeVar("M", bound=BaseModel)
Row = dict[str, Any]


class ShardProblems(Problems):
    """What is wrong with a table that may lie in several files. `path` is the one that is being read."""

    def __init__(self, whole: Path) -> None:
        super().__init__(whole)
        self._whole = whole

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

    `mend` makes of a row of those what JSON would have said, where columns say it in another way. Raises DataError
    where the file cannot be read at all, ConfigError where it takes pyarrow, which is not installed.
    """
    if format_of(path) == "jsonl":
        yield from read_jsonl(path, record, problems)
        return
    for number, row in rows(path, columns, problems):
        content = mend(row) if mend else row
        try:
            checked = record.model_validate(content)
        except ValidationError as error:
            problems.add_invalid(lambda loc: number, error, content)  # noqa: B023 - called at once
        else:
            yield number, checked
