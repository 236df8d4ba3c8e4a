"""Files that are only ever appended to, a line at a time, by a process that may be killed at any moment."""

from __future__ import annotations

import contextlib
import os
from io import FileIO
from pathlib import Path

from weval.errors import ResultError
from weval.files import os_message

_TAIL = 2**16


def write_through(file: FileIO, line: bytes) -> None:
    """Hands a line to the operating system, all of it or nothing. Raises OSError."""
    size = os.fstat(file.fileno()).st_size
    rest = memoryview(line)
    try:
        while rest:  # a full disk takes a part, and says why with the rest
            rest = rest[file.write(rest) :]
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(size)  # a line that is on its way still may follow
        raise


def append_line(path: Path, line: bytes) -> None:
    """Adds one line, after cutting off what a killed process left half-written. Raises ResultError."""
    cut_off_half_line(path)
    try:
        with path.open("ab", buffering=0) as file:
            write_through(file, line)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error


def cut_off_half_line(path: Path) -> None:
    """Cuts off what follows the last line end; the file is made where it is not there. Raises ResultError."""
    try:
        with path.open("ab+") as file:
            end = good = file.seek(0, os.SEEK_END)
            while good > 0:
                start = max(0, good - _TAIL)
                file.seek(start)
                newline = file.read(good - start).rfind(b"\n")
                if newline >= 0:
                    good = start + newline + 1
                    break
                good = start
            if good < end:
                file.truncate(good)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error


def n_lines(path: Path) -> int:
    """How many lines a regular file has, 0 where there is none. Raises OSError."""
    if not path.is_file():  # a device could be read for ever
        return 0
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_TAIL), b""))


def is_cut_off(path: Path) -> bool:
    """Whether a killed process left the last line half-written."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
