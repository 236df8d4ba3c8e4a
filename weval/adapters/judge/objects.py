"""The score in a JSON object, with which the reply ends: bare or in a code block, and at most a few words before it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from weval.adapters.judge.outcome import NoVerdict, shown

_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})(?:json)?", re.IGNORECASE)
_FENCE_MARK = re.compile(r"`{3,}|~{3,}")
_DECORATION = str.maketrans("’", "'", "*_`#")
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9A-Fa-f]{4})?')


_LEAD_IN = re.compile(
    r"(?:(?:so|therefore|thus)[, ]+)?(?:here(?: is|'s)|below is|this is)?\s*"
    r"(?:(?:my|the|our)\s+)?(?:(?:final|overall)\s+)?"
    r"(?:json\s+)?(?:evaluation|assessment|judge?ment|verdict|answer|result|rating|json|output|object)(?:\s+is)?\s*[:.]?"
    r"|here (?:it is|you go|we go)\s*[:.]?"
    r"|(?:以下是|这是)?(?:我的)?(?:最终)?(?:评估|评价|评判|结论|结果|答案)(?:如下)?[:：。]?",
    re.IGNORECASE,
)
"""How a judge introduces its verdict. Other words may introduce somebody else's."""

_MAX_LEAD_IN = 80


class _Number(str):
    """A number as it is written: as a Python number, 6.99999999999999999 would be 7, and 5,000 digits an error."""


@dataclass(frozen=True, slots=True)
class Found:
    """The first object of a text, and whether nothing follows but the end of the code block that it is in."""

    value: dict[str, Any]
    is_last: bool


def leading_object(text: str, field: str) -> Found:
    """The first JSON object of a text, if that is one; linear in the length of the text. Raises NoVerdict.

    It begins a line, or stands in a code block (with `json` or without). Before that may stand words without a brace,
    the name of the field or another code block in them, if their last line introduces a verdict of the judge's own
    (`Here is my evaluation:`): what follows `The response ends with:` would be quoted. Line breaks within strings are
    taken as they are, and so is a backslash that escapes nothing, as in `\\_`; NaN and Infinity are not JSON, and a
    key that is given twice makes the object worth nothing.
    """
    head, brace, body = text.partition("{")
    if not brace:
        raise NoVerdict("there is no JSON object")
    is_fenced = _checked(head, field)
    body = brace + _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", body)
    try:
        value, end = _DECODER.raw_decode(body)
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise NoVerdict(f"not a JSON object: {said}") from None
    rest = body[end:].strip()
    return Found(value, not rest or (is_fenced and _FENCE_MARK.fullmatch(rest) is not None))


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


def _checked(head: str, field: str) -> bool:
    """Whether what stands before an object opens a code block. Raises NoVerdict where it could be more than words."""
    words, _, line = head.rstrip().rpartition("\n")
    is_fenced = _FENCE.fullmatch(line) is not None
    if not is_fenced:
        words, _, line = head.rpartition("\n")
        if line.strip():
            raise NoVerdict("there is text before the JSON object")
    if "}" in words or field.casefold() in words.casefold() or _FENCE_MARK.search(words):
        raise NoVerdict("there is more than words before the JSON object")
    last = words.rstrip().rpartition("\n")[2].translate(_DECORATION).strip()
    if words.strip() and not (len(last) <= _MAX_LEAD_IN and _LEAD_IN.fullmatch(last)):
        raise NoVerdict("the words before the JSON object do not introduce it as the judge's own")
    return is_fenced


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, for a decoder. Raises ValueError for a key that is given twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it gives a key twice")
    return found


def no_number(name: str) -> None:
    """NaN and infinities, for a decoder. Raises ValueError: they are no JSON."""
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    strict=False, object_pairs_hook=unique_keys, parse_constant=no_number, parse_int=_Number, parse_float=_Number
)
