"""JSON Lines files that are too large to be held: where each record stands is known, and it is read when asked for."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, KeysView
from io import FileIO
from pathlib import Path
from typing import Generic

from pydantic import ValidationError

from weval.appending import cut_off_half_line, write_through
from weval.errors import ResultError
from weval.files import Problems, R, os_message, parsed_lines, read_lines

Seen = Callable[[int, R, Problems], None]
"""Gets every record as it passes, with its line, and the problems of the file, to which it may add."""


class IndexedLines(Generic[R]):
    """The records of a JSON Lines file by key; of each key the last line. Of a line its place alone is in memory.

    The file is read once, through. One of `ours` grows by `append`: it need not be there yet, may be empty, and a last
    line that a killed process left half-written is cut off; anybody else's is only read. May be used from several
    threads. Raises DataError for a broken file, ResultError where one of ours cannot be written.
    """

    def __init__(
        self, path: Path, record: type[R], key: Callable[[R], str], *, ours: bool = False, seen: Seen[R] | None = None
    ) -> None:
        self.path = path
        self._record, self._key, self._ours = record, key, ours
        self._places: dict[str, tuple[int, int]] = {}
        self._passing = (0, 0)
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        if not ours or self._holds_lines():
            self._load(seen)

    def get(self, key: str) -> R | None:
        """The record, from disk; None where there is none. Raises ResultError where the file is not what it was."""
        place = self._places.get(key)
        if place is None:
            return None
        offset, length = place
        try:
            with self.path.open("rb") as file:  # of its own: threads do not share a position
                file.seek(offset)
                record = self._record.model_validate_json(file.read(length))
        except OSError as error:
            raise ResultError(f"cannot read {self.path}: {os_message(error)}") from error
        except ValidationError:
            record = None
        if record is None or self._key(record) != key:
            raise ResultError(f"{self.path}: was changed by somebody else while it was in use")
        return record

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def keys(self) -> KeysView[str]:
        """The keys, in the order in which they came first."""
        return self._places.keys()

    def append(self, record: R) -> None:
        """Hands a record to the operating system, as the last of its key; a lone surrogate in it becomes U+FFFD.

        Raises ResultError where it cannot be written; the file then ends as before.
        """
        assert self._ours
        text = json.dumps(record.model_dump(mode="json", by_alias=True), ensure_ascii=False, separators=(",", ":"))
        line = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")
        with self._lock:
            try:
                if self._file is None:
                    self._file = self.path.open("ab", buffering=0)
                offset = os.fstat(self._file.fileno()).st_size
                write_through(self._file, line + b"\n")
            except OSError as error:
                raise ResultError(f"cannot write {self.path}: {os_message(error)}") from error
            self._places[self._key(record)] = offset, len(line)

    def close(self) -> None:
        """Lets the file go. What is in it can still be got, and more appended."""
        with self._lock:
            if self._file:
                self._file.close()
            self._file = None

    def _holds_lines(self) -> bool:
        """Whether there is anything to read in a file of ours, when it was mended."""
        if not self.path.exists():
            return False
        cut_off_half_line(self.path)
        return self.path.stat().st_size > 0

    def _load(self, seen: Seen[R] | None) -> None:
        problems = Problems(self.path)
        for number, record in parsed_lines(self._passed(problems), self._record, problems):
            self._places[self._key(record)] = self._passing
            if seen:
                seen(number, record, problems)
        problems.check()

    def _passed(self, problems: Problems) -> Iterator[tuple[int, bytes]]:
        """The lines, while `_passing` is the place of the one that came last.

        Places are right where there is no problem: then a line lacks its one byte of line end and nothing else.
        """
        offset = 0
        for number, line in read_lines(self.path, problems):
            self._passing = offset, len(line)
            offset += len(line) + 1
            yield number, line
