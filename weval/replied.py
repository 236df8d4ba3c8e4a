"""Replies of models that are asked for data: the JSON object in them, and why one is not taken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from weval.adapters.judge.objects import no_number, unique_keys
from weval.adapters.judge.outcome import NoVerdict, none_in
from weval.adapters.judge.reasoning import parted
from weval.errors import ResultError, visible
from weval.files import one_line
from weval.types import Reply

MOST_CHARS = 200_000
"""A longer answer is a broken generation."""

MOST_DETAIL = 500
"""Of a detail, which may repeat a whole reply, so much is kept."""


class Unsound(Exception):
    """A reply of which nothing is taken. `reason` is one word; the text says more, on one line."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(visible(detail[:MOST_DETAIL]))
        self.reason = reason


def object_in(text: str) -> dict[str, Any]:
    """The object that a reply consists of, after its reasoning: bare, or alone in one code block.

    Words before or after it, a second object, a key that is given twice, NaN and halves of signs make it none. Linear
    in the length of the reply. Raises Unsound: refused, truncated, empty, no_json.

    >>> object_in('<think>Hm.</think>{"requirements": []}')
    {'requirements': []}
    """
    try:
        answer = parted(text).answer.strip()
    except NoVerdict as error:
        raise Unsound("truncated", str(error)) from None
    if not answer:
        raise Unsound("empty", "the reply is empty")
    if len(answer) > MOST_CHARS:
        raise Unsound("no_json", f"the reply is longer than {MOST_CHARS:,} characters")
    try:
        found = json.loads(_unfenced(answer), object_pairs_hook=unique_keys, parse_constant=no_number)
    except (ValueError, RecursionError) as error:  # a ValueError also for 5,000 digits
        reason = "refused" if none_in(answer, "").status == "refused" else "no_json"
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise Unsound(reason, f"is not one JSON object ({said}): {answer}") from None
    if not isinstance(found, dict):
        raise Unsound("no_json", f"is JSON, but no object: {answer}")
    return found


def _unfenced(answer: str) -> str:
    """What stands in the code block that an answer consists of, else the answer."""
    first, _, rest = answer.partition("\n")
    inside, _, last = rest.rpartition("\n")
    is_fenced = first.strip().casefold() in ("```", "```json") and last.strip() == "```"
    return inside if is_fenced else answer


def refuse_failed(role: str, failed: Sequence[Reply], total: int) -> None:
    """Raises ResultError where replies did not come: nothing is written, and the same command asks for them again."""
    if failed:
        raise ResultError(
            f"{role}: {len(failed):,} of {total:,} replies did not come ({one_line(failed[0].reason or '', 120)}); "
            "the others are kept, and the same command asks for the rest"
        )
