"""What has been replied so far, as a benchmark looks it up; and what a writer's reply comes to as a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.replies import ReplyRow, Seen, StepReplies


class Told:
    """Replies of all steps, by step, item and part. A step that was never asked knows nothing."""

    def __init__(self, steps: Mapping[str, StepReplies]) -> None:
        self._steps = steps

    def get(self, step: str, item: str, part: str = "1") -> ReplyRow | None:
        """The first reply to a call that can be read, else the last; None where there is none."""
        return self._steps[step].get(item, part) if step in self._steps else None

    def attempts(self, step: str, item: str, part: str = "1") -> list[Seen]:
        """What is known of all replies to a call."""
        return self._steps[step].attempts(item, part)

    def every(self, step: str, item: str, part: str = "1") -> list[ReplyRow]:
        """All replies to a call with their texts, first to last."""
        return self._steps[step].every(item, part)

    def has(self, step: str) -> bool:
        """Whether a step has any replies. Replies of a judge can be given without the texts that they are about."""
        return not self._steps[step].is_empty

    def parts(self, step: str, item: str) -> Sequence[str]:
        """The calls about an item that have replies, as they came."""
        return self._steps[step].parts(item)

    def text(self, step: str, item: str, part: str = "1") -> Written:
        """What a writer wrote. Of a step that has replies to others, a text that is not there is missing."""
        row = self.get(step, item, part)
        if row is None and self.has(step):
            return Written("missing", why="writer: there is no text")
        return written(row)


@dataclass(frozen=True, slots=True)
class Written:
    """A writer's text without its reasoning. `kind` is `text`; `empty`: the writer replied, and there is nothing in it;
    `missing`: no reply came, or its provider refused it, for the reason in `why`; `unknown`: it was never asked.

    An empty text is an outcome, and gets the lowest marks without a judge; a missing one has no marks.
    """

    kind: Literal["text", "empty", "missing", "unknown"]
    text: str = ""
    why: str = ""


def written(row: ReplyRow | None) -> Written:
    """What a writer's reply comes to. A text that was cut off at the limit of its length is a text.

    >>> written(ReplyRow(item="q", text="<think>Tea?</think>Tea.")).text
    'Tea.'
    """
    if row is None:
        return Written("unknown")
    if not row.came:
        return Written("missing", why=f"writer {row.status}: {row.reason or 'no reply'}")
    try:
        text = parted(row.text).answer.strip()
    except NoVerdict:
        text = ""  # all of it was reasoning that never ended: nothing was written
    return Written("text", text) if text else Written("empty", why="the writer wrote nothing")
