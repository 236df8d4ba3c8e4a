"""Mechanical checks that a model proposes beside a requirement: kept only where the wording bears them out."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from weval.build.drafting.conflicts import edge_of, forbids
from weval.build.drafting.limits import CORE, Limit, limits, plain
from weval.build.drafting.quoting import quoted
from weval.checks.match import normalise
from weval.types import (
    Check,
    ContainsCheck,
    CountCheck,
    EdgeCheck,
    MaxSentenceWordsCheck,
    NotContainsCheck,
    SeparatorCountCheck,
)

_CHECK: TypeAdapter[Check] = TypeAdapter(Check)
_NUMBER = re.compile(r"(?<![\d.])\d+(?![\d.]*\d)")
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_OF_SENTENCE = re.compile(r"\b(?:sentences?|oraci[oó]n(?:es)?|frases?|phrases?)\b|句")
_NAMED = {
    "table": re.compile(r"\b(?:tables?|tablas?|tableaux?)\b|表格"),
    "all_lowercase": re.compile(r"\blower-?\s?case\b|min[uú]sculas|minuscules|小写"),
}
_OTHER_KINDS = {
    "bold_count": re.compile(r"\bbold\b|加粗|粗体|negrita|\bgras\b"),
    "numbered_count": re.compile(r"\bnumbered\b"),
    "bullet_count": re.compile(r"\bbullet"),
    "quoted_count": re.compile(r"\bquot"),
}
_LOOSE = re.compile(r"\b(?:at least|at most|more|fewer|less|up to|about|around|roughly|minimum|maximum|under|over)\b")
_MORE = re.compile(
    r"(?:\band|\bwhile|,) (?:also |then )?(?:write|use|ensur\w+|keep|present|alternat\w+|make|put|end|begin)\b"
)
"""What begins a second requirement."""

_SECOND_PART = re.compile(r"[,;，；]|\b(?:while|ensur\w+|alternat\w+)\b|(?<!\d )\band\b(?! (?:no|at|not) )")
"""What a plain statement of a length does not have."""

_OR = re.compile(r"\b(?:or|either|one of|any of|o|ou)\b|或")


def supported(proposed: Any, text: str) -> Check | None:  # noqa: ANN401 - whatever a model wrote
    """The proposed check as a record, if it is one and asks just what the text says; otherwise None.

    Every number and every string of a check must stand in the text, and every number and quoted string of the text in
    the check: half a requirement that is checked is taken for a whole one.

    >>> supported({"kind": "word_count", "min": 80, "max": 110}, "Use between 80 and 110 words.") is not None
    True
    >>> supported({"kind": "word_count", "min": 90, "max": 110}, "Use between 80 and 110 words.") is None
    True
    """
    try:
        check = _CHECK.validate_json(_json(proposed))
    except (ValidationError, ValueError, TypeError, RecursionError):
        return None
    return check if _agrees(check, text) else None


def _json(proposed: Any) -> bytes:  # noqa: ANN401
    return json.dumps(proposed).encode()


def _agrees(check: Check, text: str) -> bool:
    if _MORE.search(plain(text)):
        return False
    if isinstance(check, CountCheck):
        return _counts(check, text)
    if isinstance(check, MaxSentenceWordsCheck):
        stated = limits(text)
        wanted = Limit("word_count", None, check.max, whole=False)
        return stated == (wanted,) and _OF_SENTENCE.search(plain(text)) is not None and _numbers(text) == {check.max}
    if isinstance(check, SeparatorCountCheck):
        return check.text in quoted(text) and _exactly(check.min, check.max, text)
    if isinstance(check, EdgeCheck):
        named = edge_of(text, "start" if check.kind == "starts_with" else "end")
        return named is not None and normalise(named) == normalise(check.text)
    if isinstance(check, ContainsCheck | NotContainsCheck):
        return _holds(check, text)
    is_named = _NAMED[check.kind].search(plain(text)) is not None
    return is_named and not forbids(text) and not quoted(text) and not _numbers(text)


def _counts(check: CountCheck, text: str) -> bool:
    stated = limits(text)
    if _SECOND_PART.search(plain(text)):
        return False
    if len(stated) == 1 and stated[0].kind == check.kind and (stated[0].whole or check.kind not in CORE):
        (one,) = stated
        ends = {(one.min, one.max), *([(one.min, None)] if one.bare else [])}
        return (check.min, check.max) in ends and len(_numbers(text)) == len({one.min, one.max} - {None})
    keyword = _OTHER_KINDS.get(check.kind)
    return keyword is not None and keyword.search(plain(text)) is not None and _exactly(check.min, check.max, text)


def _exactly(low: int | None, high: int | None, text: str) -> bool:
    """Whether the text says one number only, without a word that loosens it, and the check is of that number."""
    return low is not None and low == high and _numbers(text) == {low} and not _LOOSE.search(plain(text))


def _numbers(text: str) -> set[int]:
    said = plain(text)
    return {int(number) for number in _NUMBER.findall(said)} | {
        value for word, value in _TIMES.items() if re.search(rf"\b{word}\b", said)
    }


def _holds(check: ContainsCheck | NotContainsCheck, text: str) -> bool:
    """Strings that must or must not be there: all of them in the text, and all that the text quotes among them."""
    one_of, every = check.any or (), () if isinstance(check, NotContainsCheck) else check.all or ()
    wanted = {_spelled(string) for string in (*one_of, *every)}
    within, cited = _spelled(text), {_spelled(string) for string in quoted(text)}
    if not all(string in within for string in wanted) or not cited <= wanted:
        return False
    if isinstance(check, NotContainsCheck):
        return forbids(text) and cited == wanted
    has_or = _OR.search(plain(text)) is not None
    # A choice is one, and a list is none; one string alone is either.
    if forbids(text) or (one_of and every) or (len(wanted) > 1 and bool(one_of) != has_or):
        return False
    outside = _numbers(text) - {number for string in wanted for number in _numbers(string)}
    return outside <= {check.min_times} and (check.min_times == 1 or check.min_times in outside)


def _spelled(string: str) -> str:
    return normalise(string).casefold()
