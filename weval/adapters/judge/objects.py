"""The score in a JSON object: the whole reply is one object, bare or in a code block."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from weval.adapters.judge.outcome import NoVerdict, shown

_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})(?:json)?", re.IGNORECASE)
_FENCE_MARK = re.compile(r"`{3,}|~{3,}")


class _Number(str):
    """A number as it is written: as a Python number, 6.99999999999999999 would be 7, and 5,000 digits an error."""


@dataclass(frozen=True, slots=True)
class Found:
    """The object that a text begins with, and whether nothing follows but the end of the code block that it is in."""

    value: dict[str, Any]
    is_last: bool


def leading_object(text: str, field: str) -> Found:
    """The JSON object that a text begins with, if it is one; linear in the length of the text. Raises NoVerdict.

    In front of it may stand the first line of a code block (with `json`, and on the same line as the object too), and
    before that, words without a brace, the name of the field or another code block in them. Line breaks within strings
    are taken as they are, NaN and Infinity are not JSON, and a key that is given twice makes the object worth nothing.
    """
    head, brace, _ = text.partition("{")
    if not brace:
        raise NoVerdict("there is no JSON object")
    _check_head(head, field)
    try:
        value, end = _DECODER.raw_decode(text, len(head))
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise NoVerdict(f"not a JSON object: {said}") from None
    rest = text[end:].strip()
    return Found(value, not rest or (bool(head.strip()) and _FENCE_MARK.fullmatch(rest) is not None))


def whole_number(value: object, low: int, high: int) -> int:
    """The value of a field as an integer in range. 7.0 is one; "7", true, 7.5 and 1e1 are none. Raises NoVerdict."""
    found = _WHOLE.fullmatch(value) if isinstance(value, _Number) else None
    if found is None or not low <= int(found[1]) <= high:
        raise NoVerdict(f"the score {_written(value)} is not an integer from {low} to {high}")
    return int(found[1])


def _written(value: object) -> str:
    if isinstance(value, _Number):
        return shown(str(value))[1:-1]
    return shown(
        json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | None) else type(value).__name__
    )


def _check_head(head: str, field: str) -> None:
    if not head.strip():
        return
    words, _, fence = head.rstrip().rpartition("\n")
    if not _FENCE.fullmatch(fence):
        raise NoVerdict("there is text before the JSON object")
    if "}" in words or field.casefold() in words.casefold() or _FENCE_MARK.search(words):
        raise NoVerdict("there is more than words before the JSON object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it gives a key twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    strict=False, object_pairs_hook=_unique, parse_constant=_no_number, parse_int=_Number, parse_float=_Number
)
