"""Folders that are written into, by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from weval.errors import ResultError
from weval.files import os_message

LOCK = ".lock"


def new_folder(path: Path) -> Path:
    """A folder, made where it is not there. Raises ResultError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"cannot make the folder {path}: {os_message(error)}") from error
    return path


@contextmanager
def held(folder: Path, by: str = "process", wait_s: float = 0.0) -> Iterator[Path]:
    """The folder, made where it is not there, for this process alone: the kernel frees it when the process ends.

    `by` says what else may be writing there, and `wait_s` how long it is waited for. Raises ResultError.
    """
    lock = filelock.FileLock(new_folder(folder) / LOCK)
    try:
        lock.acquire(timeout=wait_s)
    except filelock.Timeout as error:
        raise ResultError(f"{folder}: another {by} is writing here; wait for it, or choose --out") from error
    except OSError as error:
        raise ResultError(f"cannot write into {folder}: {os_message(error)}") from error
    try:
        yield folder
    finally:
        lock.release()
