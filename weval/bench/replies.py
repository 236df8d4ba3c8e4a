"""The file of a step: every reply as it came, on disk the moment it is there and never held together in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import Field

from weval.files import is_file
from weval.indexed import IndexedLines
from weval.store import writable
from weval.types import Count, Id, Record, Reply, Score, Status


class ReplyRow(Record):
    """One line of a step's file: what a model replied to one call. `attempt` counts the replies to it from 1.

    `values` are those of a rater, which gives numbers and no text.
    """

    item: Id
    part: Id = "1"
    attempt: int = Field(default=1, ge=1)
    status: Status = "ok"
    text: str = ""
    reason: str | None = None
    values: tuple[float, ...] = ()
    model: str | None = None
    tokens_in: Count | None = None
    tokens_out: Count | None = None
    cost_usd: float | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, item: str, part: str, attempt: int, reply: Reply | Score) -> ReplyRow:
        """The row of a model's reply, or of a rater's score with what it was read from."""
        if isinstance(reply, Score):
            text, values, model = reply.raw, reply.values, None
        else:
            text, values, model = reply.text, (), reply.model
        return cls(
            item=item,
            part=part,
            attempt=attempt,
            status=reply.status,
            text=writable(text) or "",
            reason=writable(reply.reason),
            values=values,
            model=model,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cost_usd=reply.cost_usd,
            seconds=reply.seconds,
        )

    @property
    def came(self) -> bool:
        """Whether a model replied. Where it read no prompt, as that was too long for it, nothing came: that is no text
        of no words, and would be no other the next time.
        """
        return self.status == "ok" or (self.status == "truncated" and bool(self.text or self.tokens_out))

    @property
    def key(self) -> str:
        """What it is found by."""
        return key_of(self.item, self.part, self.attempt)


def key_of(item: str, part: str, attempt: int) -> str:
    """A text that only these three have.

    >>> key_of("q1", "c2", 1)
    '["q1","c2",1]'
    """
    return json.dumps([item, part, attempt], separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What is held in memory of a reply: all but its words, whether it can be used, and whether one came at all."""

    row: ReplyRow
    is_read: bool
    came: bool = True


class StepReplies:
    """The replies of one step. `is_read(row)` says whether a reply can be used, so that it need not be asked again.

    Use as a context manager. One that `only_reads` changes nothing: a last line that was cut off is broken to it.
    Raises DataError for a broken file, ResultError where it cannot be written.
    """

    def __init__(self, path: Path, is_read: Callable[[ReplyRow], bool], *, only_reads: bool = False) -> None:
        self.path, self._is_read = path, is_read
        self._seen: dict[tuple[str, str], dict[int, Seen]] = {}
        self._parts: dict[str, list[str]] = {}
        ours = not (only_reads and is_file(path) and path.stat().st_size)  # of what is not there nothing is mended
        self._lines = IndexedLines(
            path, ReplyRow, lambda row: row.key, ours=ours, seen=lambda _, row, __: self._note(row)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the file go."""
        self._lines.close()

    def add(self, row: ReplyRow) -> None:
        """Hands a reply to the operating system before anybody else sees it."""
        self._lines.append(row)
        self._note(row)

    def attempts(self, item: str, part: str) -> list[Seen]:
        """What is known of the replies to a call, first to last."""
        found = self._seen.get((item, part), {})
        return [found[attempt] for attempt in sorted(found)]

    def get(self, item: str, part: str) -> ReplyRow | None:
        """The first reply to a call that can be read, else the last one; None where there is none."""
        attempts = self.attempts(item, part)
        if not attempts:
            return None
        chosen = next((seen for seen in attempts if seen.is_read), attempts[-1])
        return self._lines.get(chosen.row.key)

    def every(self, item: str, part: str) -> list[ReplyRow]:
        """All replies to a call, first to last."""
        found = (self._lines.get(seen.row.key) for seen in self.attempts(item, part))
        return [row for row in found if row is not None]

    def parts(self, item: str) -> list[str]:
        """The calls about an item that have replies, as they came."""
        return self._parts.get(item, [])

    def calls(self) -> Iterator[list[Seen]]:
        """What is known of the replies to each call, call by call."""
        yield from (self.attempts(item, part) for item, part in self._seen)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked yet."""
        return not self._seen

    def _note(self, row: ReplyRow) -> None:
        seen = Seen(row.model_copy(update={"text": ""}), self._is_read(row), row.came)
        if (row.item, row.part) not in self._seen:
            self._seen[row.item, row.part] = {}
            self._parts.setdefault(row.item, []).append(row.part)
        self._seen[row.item, row.part][row.attempt] = seen
