"""The JSON object of a reply that asks for nothing else: bare, or alone in one code block."""

from __future__ import annotations

import json
import re
from typing import Any

from weval.adapters.judge.objects import no_number, unique_keys
from weval.adapters.judge.outcome import NoVerdict, none_in
from weval.adapters.judge.reasoning import parted
from weval.build.drafting.unsound import Unsound

MOST_CHARS = 200_000
"""A longer answer is a broken generation."""

_BLOCK = re.compile(r"```(?:json)?[ \t]*\r?\n(.*)\n[ \t]*```", re.DOTALL | re.IGNORECASE)


def object_in(text: str) -> dict[str, Any]:
    """The object that a reply consists of, after its reasoning. Raises Unsound: refused, truncated, empty, no_json.

    Words before or after it, a second object, a key that is given twice, NaN and halves of signs make it none.

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
    block = _BLOCK.fullmatch(answer)
    try:
        found = json.loads(block[1] if block else answer, object_pairs_hook=unique_keys, parse_constant=no_number)
    except (ValueError, RecursionError) as error:  # a ValueError also for 5,000 digits
        reason = "refused" if none_in(answer, "").status == "refused" else "no_json"
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise Unsound(reason, f"is not one JSON object ({said}): {answer}") from None
    if not isinstance(found, dict):
        raise Unsound("no_json", f"is JSON, but no object: {answer}")
    return found
