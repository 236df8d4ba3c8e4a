"""What a model is told of a reply that was not taken, and the parts of one that is."""

from __future__ import annotations

from typing import Any

from weval.replied import Unsound

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
