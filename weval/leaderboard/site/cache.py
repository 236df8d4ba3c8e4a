"""What was computed for an earlier build, found again by a hash of all that it was computed from."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from functools import cache
from pathlib import Path
from typing import TypeVar

import platformdirs
from pydantic import BaseModel, ValidationError

import weval

KEPT_DAYS = 60

R = TypeVar("R", bound=BaseModel)


class Cache:
    """A folder of records by key. What is broken in it, or was written by another weval, counts as absent."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or platformdirs.user_cache_path("weval") / "leaderboard"

    def prune(self) -> None:
        """Forgets what no build has asked for in KEPT_DAYS days."""
        oldest = time.time() - KEPT_DAYS * 86_400
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def get(self, key: str, record: type[R]) -> R | None:
        """What is kept under a key."""
        path = self.folder / f"{key}.json"
        try:
            content = record.model_validate_json(path.read_bytes())
            with contextlib.suppress(OSError):  # a cache that may only be read is one, too
                os.utime(path)
            return content
        except (OSError, ValidationError):
            return None

    def put(self, key: str, content: BaseModel) -> None:
        """Keeps a record. A cache that cannot be written is none, and no failure."""
        path = self.folder / f"{key}.json"
        part = path.with_suffix(f".{os.getpid()}")
        # Renamed, so that nobody reads half of it; not synced, as it can be computed again.
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content.model_dump_json(by_alias=True).encode("utf-8", "surrogatepass"))
            part.replace(path)


def key_of(*parts: str | bytes) -> str:
    """A hash of all these, and of the code that would compute from them."""
    digest = hashlib.sha256(_code().encode())
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()


@cache
def _code() -> str:
    """A hash of weval's own modules, so that what an earlier version computed is not taken for this one's."""
    digest = hashlib.sha256()
    top = Path(weval.__file__).parent
    for path in sorted(top.rglob("*.py")):
        digest.update(path.relative_to(top).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
