"""Rows on their way to a file: written beside it, and put in its place when all of them are there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from weval.errors import ResultError
from weval.files import os_message, part_of
from weval.types import Record


def rows_of(rows: Iterable[Record]) -> Iterator[bytes]:
    """Records as lines of JSON."""
    for row in rows:
        yield row.model_dump_json().encode() + b"\n"


class Rows:
    """The rows of one file, a line each; one row is in memory at a time. `n` is how many there are so far.

    All methods raise ResultError where the file cannot be written. Until it is in its place, a file of before stays.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.n = path, 0
        self._file: BinaryIO | None = None

    def add(self, row: Record) -> None:
        """Writes one row."""
        (line,) = rows_of([row])
        with self._told():
            self._opened().write(line)
        self.n += 1

    def close(self) -> None:
        """All rows are there, and on the disk; a file without rows is one, too."""
        with self._told():
            file = self._opened()
            file.flush()
            os.fsync(file.fileno())
            file.close()
        self._file = None

    def write(self, rows: Iterable[Record]) -> None:
        """Writes all rows there are, and closes; where that fails, nothing is left of them."""
        try:
            for row in rows:
                self.add(row)
            self.close()
        except BaseException:
            self.forget()
            raise

    def put_in_place(self) -> None:
        """The rows become the file."""
        with self._told():
            part_of(self.path).replace(self.path)

    def forget(self) -> None:
        """Takes away what was written; for the end of an attempt that failed."""
        with contextlib.suppress(OSError):  # a full disk says so once more
            if self._file:
                self._file.close()
        with contextlib.suppress(OSError):
            part_of(self.path).unlink(missing_ok=True)
        self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = part_of(self.path).open("wb")
        return self._file

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {os_message(error)}") from error
