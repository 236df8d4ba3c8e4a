"""Replies that were paid for, on disk the moment they come, and found again instead of being asked for twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import Any

from pydantic import Field

from weval.appending import write_through
from weval.errors import ResultError
from weval.files import Problems, os_message
from weval.indexed import IndexedLines
from weval.randomness import digest
from weval.types import Prompt, Record, Reply, ReplyStatus

REPLIES = "replies.jsonl"
"""The file in a run's folder."""

_EMPTY: tuple[object, ...] = (None, "", {})

KEPT: frozenset[ReplyStatus] = frozenset({"ok", "refused", "truncated"})
"""Statuses that asking again would not change; `failed` is asked again."""


class KeptReply(Record):
    """One line of replies.jsonl. `key` is a hash of the model and all that it was asked."""

    key: str
    status: ReplyStatus
    text: str = ""
    reason: str | None = None
    probabilities: dict[str, float] = Field(default_factory=dict)
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None
    sent: dict[str, Any] = Field(default_factory=dict)
    model: str | None = None


class Journal:
    """The replies of one model, none of them in memory: a thousand may be of 150 KB each.

    Without a folder it keeps nothing. It finds what was there when its folder was named, not what came since. May be
    used from several threads.
    """

    def __init__(self, fingerprint: Mapping[str, Any]) -> None:
        self._about = json.dumps(fingerprint, sort_keys=True)
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._file: FileIO | None = None
        self._known: IndexedLines[KeptReply] | None = None
        self._not_taken: set[str] = set()

    def keep_in(self, folder: Path) -> None:
        """Reads what an earlier session was answered, and keeps what comes from now on.

        A last line that a killed process left half-written is cut off. Raises DataError for a broken file, ResultError
        where it cannot be written.
        """
        self.close()
        self._path = folder / REPLIES
        self._known, self._not_taken = None, set()
        self._known = IndexedLines(self._path, KeptReply, lambda row: row.key, ours=True, seen=self._saw)

    def key(self, prompt: Prompt) -> str:
        """What a prompt's reply is found by: the model, every word that it is asked, and the prompt's id."""
        asked = json.dumps([prompt.messages, prompt.schema, prompt.labels], sort_keys=True)
        return digest(self._about, prompt.id, asked, size=16).hex()

    def get(self, prompt: Prompt) -> Reply | None:
        """The reply that came before, if one did. Raises ResultError where it cannot be read any more."""
        row = self._known.get(self.key(prompt)) if self._known else None
        return None if row is None else Reply(prompt.id, **row.model_dump(exclude={"key"}))

    @property
    def refused(self) -> frozenset[str]:
        """What earlier replies say was not taken of what they were asked for: it need not be tried again.

        Probabilities are left out, as a single reply may lack them.
        """
        return frozenset(self._not_taken) - {"probabilities"}

    def put(self, prompt: Prompt, reply: Reply) -> None:
        """Hands a reply to the operating system, before anybody else sees it; a failed one is not kept.

        Raises ResultError where it cannot be written.
        """
        if self._path is None or reply.status not in KEPT:
            return
        content = {name: value for name, value in asdict(reply).items() if name != "prompt_id" and value not in _EMPTY}
        line = json.dumps({"key": self.key(prompt)} | content, separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            self._write(self._path, line)

    def close(self) -> None:
        """Lets the file go."""
        with self._lock:
            if self._file:
                self._file.close()
            self._file = None

    def _saw(self, number: int, row: KeptReply, problems: Problems) -> None:
        self._not_taken |= {name for name, value in row.sent.items() if value is None}

    def _write(self, path: Path, line: bytes) -> None:
        try:
            if self._file is None:
                self._file = path.open("ab", buffering=0)
            write_through(self._file, line)
        except OSError as error:
            raise ResultError(f"cannot write {path}: {os_message(error)}. What was answered before is kept") from error
