"""What a file is known by: sha256, and the hash that git gives it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from weval.errors import DataError
from weval.files import os_message

_CHUNK = 2**20


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex. Raises DataError where it cannot be read."""
    return _digest(path, lambda size: hashlib.sha256())


def git_blob_of(path: Path) -> str:
    """The hash git gives a file's content: sha1 over 'blob SIZE\\0' and the bytes. Raises DataError as above."""
    return _digest(path, lambda size: hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False))


def _digest(path: Path, begin: Callable[[int], hashlib._Hash]) -> str:
    try:
        with path.open("rb") as file:
            digest = begin(os.fstat(file.fileno()).st_size)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error
    return digest.hexdigest()
