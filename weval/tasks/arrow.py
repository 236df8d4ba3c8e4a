"""Parquet and Arrow files as rows: known by how they begin, a batch in memory at a time, and read with suspicion."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from weval.errors import DataError, missing_extra
from weval.files import Problems, one_line, os_message, what_it_is

Format = Literal["jsonl", "parquet", "arrow", "stream"]
"""How a file is written; `arrow` is an IPC file (Feather), `stream` an IPC stream, as Hugging Face's datasets has."""

_BEGINS: dict[bytes, Format] = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "stream"}

_DEEP = (list, dict)

BATCH_ROWS = 1000

BUFFER_BYTES = 2**20
"""Of a column of Parquet so much is in memory at a time, however large its row groups are."""


def format_of(path: Path) -> Format:
    """How a file is written, by its first bytes. Raises DataError where it cannot be read."""
    try:
        if not path.is_file():  # a pipe would be waited for
            raise DataError(f"{path}: {what_it_is(path)}")
        with path.open("rb") as file:
            begin = file.read(max(map(len, _BEGINS)))
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error
    return next((found for magic, found in _BEGINS.items() if begin.startswith(magic)), "jsonl")


def column_names(path: Path, problems: Problems | None = None) -> list[str]:
    """The columns of a Parquet or Arrow file. Raises DataError where it is broken, ConfigError without pyarrow.

    `problems` say how the file is called.
    """
    problems = problems or Problems(path)
    with _reading(path, problems), _opened(path) as (names, _):
        return names
    raise problems.error()


def rows(path: Path, columns: Sequence[str], problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row with its number, from 1: those of `columns` that there are, by name. Lists are tuples, null is None.

    No other columns are looked at. What ends the reading is a problem. Raises ConfigError where pyarrow is not there.
    """
    number = 0
    with _reading(path, problems):
        with _opened(path) as (names, batches):
            if twice := [name for name in columns if names.count(name) > 1]:
                problems.add(None, twice[0], "is the name of several columns")
                return
            chosen = [name for name in columns if name in names]
            for batch in batches(chosen):
                batch.validate(full=True)  # offsets that lie would be followed, and text may be none
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    for row in batch.slice(start, BATCH_ROWS).to_pylist():
                        number += 1
                        yield number, with_tuples(row)
        if not number:
            problems.add(None, "", "holds no rows")


def with_tuples(value: Any) -> Any:  # noqa: ANN401 - any value of Arrow
    """The value with tuples for lists, as strict records want them; it is used up.

    >>> with_tuples({"a": [1, [2]]})
    {'a': (1, (2,))}
    """
    if type(value) is dict:
        for name, inside in value.items():  # in place: nobody else has it, and of five million answers each step counts
            if type(inside) in _DEEP:
                value[name] = with_tuples(inside)
        return value
    return tuple([with_tuples(one) if type(one) in _DEEP else one for one in value]) if type(value) is list else value


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[list[str], Any]]:
    """Its columns, and a function from columns to batches."""
    import pyarrow
    import pyarrow.ipc
    import pyarrow.parquet

    kind = format_of(path)
    if kind == "parquet":
        with pyarrow.parquet.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
            yield file.schema_arrow.names, lambda columns: file.iter_batches(BATCH_ROWS, columns=columns)
        return
    # Not mapped into memory: what has been read would stay there.
    with pyarrow.OSFile(str(path)) as source:
        opened = pyarrow.ipc.open_stream(source) if kind == "stream" else pyarrow.ipc.open_file(source)
        with opened as reader:
            batches = reader if kind == "stream" else map(reader.get_batch, range(reader.num_record_batches))
            yield reader.schema.names, lambda columns: (batch.select(columns) for batch in batches)


@contextlib.contextmanager
def _reading(path: Path, problems: Problems) -> Iterator[None]:
    """What breaks a file is a problem of the file. Raises ConfigError where pyarrow is not installed."""
    try:
        import pyarrow
    except ImportError as error:
        raise missing_extra("pyarrow", "parquet", f"reading {path.name}") from error
    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, MemoryError, RecursionError) as error:
        kind = "Parquet" if format_of(path) == "parquet" else "Arrow"
        reason = str(error).strip().strip("'").partition("\n")[0]
        problems.add(None, "", f"is not a readable {kind} file ({one_line(reason, 120)})")
