"""Rows of a table, JSON Lines or Parquet whatever its name ends in: checked alike, a batch in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from weval.errors import DataError, missing_extra
from weval.files import Problems, one_line, os_message, read_jsonl, what_it_is

PARQUET_MAGIC = b"PAR1"
BATCH_ROWS = 1000

M = TypeVar("M", bound=BaseModel)


def table_rows(path: Path, record: type[M], columns: Sequence[str], problems: Problems) -> Iterator[tuple[int, M]]:
    """Every sound row with its number, from 1; the others are problems. Of Parquet no other columns are read.

    Raises DataError where the file cannot be read at all, ConfigError for Parquet where pyarrow is not installed.
    """
    yield from (
        _read_parquet(path, record, columns, problems) if is_parquet(path) else read_jsonl(path, record, problems)
    )


def is_parquet(path: Path) -> bool:
    """Whether the file starts as every Parquet file does. Raises DataError where it cannot be read."""
    try:
        if not path.is_file():  # a pipe would be waited for
            raise DataError(f"{path}: {what_it_is(path)}")
        with path.open("rb") as file:
            return file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error


def _read_parquet(path: Path, record: type[M], columns: Sequence[str], problems: Problems) -> Iterator[tuple[int, M]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("pyarrow", "parquet", f"reading {path.name}") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = [name for name in columns if name in file.schema_arrow.names]
            for batch in file.iter_batches(BATCH_ROWS, columns=names):
                for number, row in enumerate(batch.to_pylist(), start=number + 1):  # noqa: B020 - counts on
                    yield from _checked(number, row, record, problems)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        problems.add(None, "", f"is not a readable Parquet file ({one_line(reason, 120)})")
        return
    if not number:
        problems.add(None, "", "holds no rows")


def _checked(number: int, row: dict[str, Any], record: type[M], problems: Problems) -> Iterator[tuple[int, M]]:
    """A row of Parquet as strict records want it: with tuples, where JSON would have given them."""
    try:
        checked = record.model_validate({k: tuple(v) if isinstance(v, list) else v for k, v in row.items()})
    except ValidationError as error:
        problems.add_invalid(lambda loc: number, error, row)
    else:
        yield number, checked
