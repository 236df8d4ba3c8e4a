"""Why a reply is not taken, and the JSON object of one that is: bare, or alone in one code block."""

from __future__ import annotations

import json
from typing import Any

from weval.adapters.judge.objects import no_number, unique_keys
from weval.adapters.judge.outcome import NoVerdict, none_in
from weval.adapters.judge.reasoning import parted
from weval.errors import visible

MOST_CHARS = 200_000
"""A longer answer is a broken generation."""

_DETAIL = 300

TOLD = {
    "refused": "It did not do what is asked for. Only texts about a piece of writing are asked for.",
    "truncated": "It was cut off. Say each thing in fewer words.",
    "empty": "It was empty.",
    "no_json": "It was not one JSON object and nothing else.",
    "bad_shape": "The JSON did not have exactly the keys that are asked for, each with a value of its kind.",
    "wrong_number": "The list did not have as many entries as are asked for.",
    "bad_text": "A text was empty, far too long, or held characters that are none.",
    "duplicate": "Two entries were the same.",
    "unchanged": "It gave the request back as it was.",
}
"""All reasons, each with what the model is told in the next attempt; nothing of the reply itself is repeated there."""


class Unsound(Exception):
    """A reply of which nothing is taken. `reason` is one of TOLD; the text says more, on one line."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(visible(detail[:_DETAIL]))
        self.reason = reason


def object_in(text: str) -> dict[str, Any]:
    """The object that a reply consists of, after its reasoning. Raises Unsound: refused, truncated, empty, no_json.

    Words before or after it, a second object, a key that is given twice and NaN make it none.

    >>> object_in('<think>Hm.</think>{"query": "Write about tea."}')
    {'query': 'Write about tea.'}
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


def exactly(found: object, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """An object with these keys and no others. Raises Unsound bad_shape.

    >>> exactly({"query": 7}, ("query",), "the reply")
    {'query': 7}
    """
    if not isinstance(found, dict) or found.keys() != set(keys):
        told = ", ".join(sorted(found)) if isinstance(found, dict) else type(found).__name__
        raise Unsound("bad_shape", f"{where} must have exactly {', '.join(keys)}, not {told or 'nothing'}")
    return found


def entries(found: object, n: int, where: str) -> list[Any]:
    """A list of so many. Raises Unsound bad_shape, wrong_number."""
    if not isinstance(found, list):
        raise Unsound("bad_shape", f"{where} is no list")
    if len(found) != n:
        raise Unsound("wrong_number", f"{where} has {len(found)} entries, not {n}")
    return found


def plain_text(found: object, most: int, where: str) -> str:
    """A text without blanks around it, up to so many characters. Raises Unsound bad_shape, bad_text.

    Control characters other than ends of lines and tabs, and halves of signs, are in no text.

    >>> plain_text(" Tone ", 200, "name")
    'Tone'
    """
    if not isinstance(found, str):
        raise Unsound("bad_shape", f"{where} is no text")
    text = found.strip()
    if not text or len(text) > most:
        raise Unsound("bad_text", f"{where} has {len(text):,} characters, from 1 to {most:,} are wanted")
    if any(map(_is_no_text, text)):
        raise Unsound("bad_text", f"{where} holds characters that are no text")
    return text


def _is_no_text(character: str) -> bool:
    return (character < " " and character not in "\n\r\t") or "\ud800" <= character <= "\udfff"
