"""The folder of the site: whole files, only what has changed, and nothing that is not ours."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from weval.errors import ConfigError, ResultError
from weval.files import os_message
from weval.leaderboard.site.cache import Cache, key_of
from weval.types import Record

MARK = ".weval-site"
"""Lists the files of the site, and tells that a folder is one."""


class _Pages(Record):
    """What was written by the last build: for each file the key of what it was made from, its size and its time."""

    pages: dict[str, tuple[str, int, int]]


class Site:
    """A folder that becomes the site. Files of an earlier build that are not written again are taken away."""

    def __init__(self, out: Path, cache: Cache) -> None:
        self.out, self._cache = out, cache
        self.written = 0
        self._listed = self._earlier()
        self._memory = key_of("pages", str(out.absolute()))
        kept = cache.get(self._memory, _Pages)
        self._before = kept.pages if kept else {}
        self._now: dict[str, tuple[str, int, int]] = {}

    def make(self, path: str, key: str, render: Callable[[], str | bytes]) -> None:
        """Writes what `render` gives, unless the last build wrote this file for the same key, and nobody since."""
        key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        known = self._before.get(path)
        if known and known[0] == key and known[1:] == self._state(path):
            self._now[path] = known
            return
        content = render()
        data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        self._write(path, data)
        self._now[path] = (key, *self._state(path))

    def put(self, path: str, content: str | bytes) -> None:
        """Writes a file that is there in any case."""
        text = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        self.make(path, hashlib.sha256(text).hexdigest(), lambda: content)

    def finish(self) -> None:
        """Takes away what belongs to the site no more, and notes what does."""
        for path in self._listed - self._now.keys():
            self._remove(self.out / path)
        self._write(MARK, "".join(f"{path}\n" for path in sorted(self._now)).encode())
        self._cache.put(self._memory, _Pages(pages=self._now))

    def _earlier(self) -> set[str]:
        """The files that an earlier build listed. Raises ConfigError for a folder that holds something else."""
        mark = self.out / MARK
        try:
            if mark.is_file():
                return {line for line in mark.read_text(encoding="utf-8").splitlines() if _is_inside(line)}
            if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
                raise ConfigError(f"--out {self.out}: is there already, and no site of weval; name another folder")
        except (OSError, UnicodeDecodeError) as error:
            said = os_message(error) if isinstance(error, OSError) else f"{MARK} is damaged"
            raise ConfigError(f"--out {self.out}: {said}") from error
        return set()

    def _remove(self, file: Path) -> None:
        """Takes a file away, and the folders that are empty then."""
        try:
            if not file.is_dir():
                file.unlink(missing_ok=True)
        except OSError as error:
            raise ResultError(f"cannot remove {file}: {os_message(error)}") from error
        with contextlib.suppress(OSError):  # not empty, or gone already
            for folder in file.parents:
                if folder == self.out:
                    break
                folder.rmdir()

    def _state(self, path: str) -> tuple[int, int]:
        """The size of a file and when it was last changed; no file has that of one that is not there."""
        try:
            found = (self.out / path).stat()
        except OSError:
            return -1, -1
        return found.st_size, found.st_mtime_ns

    def _write(self, path: str, data: bytes) -> None:
        file = self.out / path
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            if file.is_file() and file.read_bytes() == data:
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            self._announce(path)
            part.write_bytes(data)
            part.replace(file)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise ResultError(f"cannot write {file}: {os_message(error)}") from error
        self.written += path != MARK

    def _announce(self, path: str) -> None:
        """Lists a file before it is there: a build that is killed leaves nothing that the next one would not know."""
        if path not in self._listed and path != MARK:
            with (self.out / MARK).open("a", encoding="utf-8") as file:
                file.write(f"{path}\n")


def _is_inside(line: str) -> bool:
    path = PurePosixPath(line)
    return bool(line) and not path.is_absolute() and ".." not in path.parts
