"""The JSON in a judge's reply: Ayanami0730/deep_research_bench 214741e4, utils/json_extractor.py, or mended.

The original tries one way after another, down to a search for keywords in what is no JSON, and takes the first that
gives any JSON value, out of reasoning and quotations too. Here the reply ends with one object, or gives none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from weval.adapters.judge.verdicts import NoVerdict, read_object
from weval.bench.items import Mode, is_original
from weval.errors import OriginalError

DIMENSIONS = ("comprehensiveness", "insight", "instruction_following", "readability")
"""What a judge scores, each by criteria of the task."""

_FENCE = "```json"
_FIELDS = (
    re.compile(r'"criterion"\s*:\s*"([^"]+)"'),
    re.compile(r'"article_1_score"\s*:\s*(\d+\.?\d*)'),
    re.compile(r'"article_2_score"\s*:\s*(\d+\.?\d*)'),
)
_MAX_NESTING = 50
_SHORT_INTEGER = re.compile(r"-?[0-9]{1,15}")


def extract_json(text: str | None, mode: Mode = "repaired") -> str | None:
    """The JSON in a reply as text, or None.

    Repaired, it is the one object that ends the reply, outside reasoning, written anew; see read_output. In mode
    original it is the first valid JSON of any kind that the published script comes upon, as it stands there.
    Raises OriginalError where that script would stop: for values nested too deeply, for numbers of 4,301 digits.

    >>> extract_json('{"a": 1} {"b": 2}'), extract_json('{"a": 1} {"b": 2}', mode="original")
    (None, '{"a": 1}')
    """
    if is_original(mode):
        return _original(text) if isinstance(text, str) else None
    try:
        return None if text is None else json.dumps(read_output(text))
    except NoVerdict:
        return None


def read_output(text: str) -> dict[str, Any]:
    """The JSON object that ends a reply, bare or in a code block. Raises NoVerdict, which says why there is none.

    What may stand before it is told at weval.adapters.judge.objects.leading_object: reasoning, and words that
    introduce it. No key is given twice. Reasoning that nothing opened must not hold another such object. Numbers beyond
    a float are refused. Linear in the reply's length.
    """
    return read_object(text, DIMENSIONS[0], _plain_object)


def _plain_object(found: Mapping[str, object]) -> dict[str, Any]:
    return {key: _plain(value, _MAX_NESTING) for key, value in found.items()}


def _plain(value: object, nesting: int) -> object:
    """A value as json.loads gives it: leading_object has its numbers as they are written, in a class of text."""
    if not nesting:
        raise NoVerdict("the JSON object is nested too deeply")
    if isinstance(value, dict):
        return {key: _plain(inner, nesting - 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, nesting - 1) for inner in value]
    return _number(value) if isinstance(value, str) and type(value) is not str else value


def _number(written: str) -> int | float:
    number = float(written)
    if not math.isfinite(number):
        raise NoVerdict("a number is too large")
    return int(written) if _SHORT_INTEGER.fullmatch(written) else number


def _original(text: str) -> str | None:
    try:
        found = next((candidate for candidate in _candidates(text) if _is_json(candidate)), None)
    except (ValueError, RecursionError) as error:
        raise OriginalError(f"json_extractor.py stops: {error}") from None
    return _by_keywords(text) if found is None else found


def _candidates(text: str) -> Iterator[str]:
    """What the script tries, in its order; its third way finds what the second did, with a pattern."""
    whole = text.strip()
    if whole.startswith("{") and whole.endswith("}"):
        yield whole
    _, fence, rest = text.partition(_FENCE)
    inside, end, _ = rest.partition("```")
    if fence and end:
        yield inside.strip()
    yield whole
    start, last = text.find("{"), text.rfind("}")
    if start != -1:
        yield _balanced(text[start:])
        yield text[start : last + 1]


def _is_json(candidate: str) -> bool:
    try:
        json.loads(candidate)
    except json.JSONDecodeError:
        return False
    return True


def _balanced(text: str) -> str:
    """From the first brace to that which closes it, braces within strings being counted; else nothing."""
    level = 0
    for brace in re.finditer(r"[{}]", text):
        level += 1 if brace[0] == "{" else -1
        if not level:
            return text[: brace.end()]
    return ""


def _by_keywords(text: str) -> str | None:
    """The script's last way: per dimension that is named, texts and scores in the order in which they stand."""
    if not all(word in text for word in ("comprehensiveness", "article_1_score", "article_2_score")):
        return None
    found = {dimension: _entries(text, dimension) for dimension in DIMENSIONS if dimension in text}
    return json.dumps(found) if any(found.values()) else None


def _entries(text: str, dimension: str) -> list[dict[str, Any]]:
    start = _named(text, dimension, 0, 0)
    others = [_named(text, other, start, len(dimension)) for other in DIMENSIONS if other != dimension]
    part = text[start : min((at for at in others if at != -1), default=len(text))]
    criteria, first, second = ([match[1] for match in field.finditer(part)] for field in _FIELDS)
    return [
        {"criterion": criterion, "article_1_score": float(one), "article_2_score": float(two)}
        for criterion, one, two in zip(criteria, first, second, strict=False)
    ]


def _named(text: str, dimension: str, start: int, bare: int) -> int:
    """Where a dimension is named from `start` on: in double quotes, else in single ones, else bare, from `bare`
    characters further on; -1 where it is not.
    """
    for quoted in (f'"{dimension}"', f"'{dimension}'"):
        if (at := text.find(quoted, start)) != -1:
            return at
    return text.find(dimension, start + bare)
