"""What a program can check of a requirement, told from its words alone.

Precision before reach: a pattern that is not sure finds nothing, and a requirement of several clauses has conditions
for some of them only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from weval.adapters.views import NUMBERS, measured, quoted
from weval.checks import met
from weval.types import Check, ContainsCheck, CountCheck, EdgeCheck, NotContainsCheck, PlainCheck


@dataclass(frozen=True, slots=True)
class Trait:
    """What no mechanical check sees and weval.adapters.views measures: one of the words that it says of a text."""

    says: str

    def met(self, response: str, language: str | None) -> bool:
        """Whether it is said of the response."""
        return any(self.says in (trait, *trait.split()) for trait in measured(response, language).traits)


Condition = Check | Trait

_NUMBER = rf"(\d[\d,]*|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_UNITS = {
    "word": "word_count",
    "sentence": "sentence_count",
    "paragraph": "paragraph_count",
    "direct quotation": "quoted_count",
    "quotation": "quoted_count",
    "rhetorical question": "question_count",
    "question": "question_count",
    "bullet point": "bullet_count",
    "bullet": "bullet_count",
    "heading": "heading_count",
}
_UNIT = f"({'|'.join(sorted(_UNITS, key=len, reverse=True))})s?"
_AMOUNT = re.compile(rf"\b(exactly|only|at least|at most|no more than|no fewer than) {_NUMBER} (?:[a-z]+ )?{_UNIT}\b")
_RANGE = re.compile(rf"\b(?:exactly |between |use ){_NUMBER}(?:-| to | and ){_NUMBER} words")
_OF_A_PART = re.compile(r"\b(?:each|every|per|with|containing|section|paragraph|by)\b[^,;.]*$")
_PER_PART = re.compile(r"[^,;.]{0,20}\b(?:each|per|every)\b")
_FORBIDS = r"(?:do not|don't|avoid|without|never)[^.;]*?"
_WORDS_FORBIDDEN = re.compile(_FORBIDS + r"\bwords?\b[^.;]*", re.IGNORECASE)
_TABLE = re.compile(r"(?:markdown|(?:two|three|four)-column)[^.]*\btable\b|\btable with\b")
_BULLETS = re.compile(r"\bbullet(?:ed)?[- ](?:point |pointed )?list\b|\bbullet points\b")
_QUESTION_AT_END = re.compile(r"(?:final|last) sentence[^.]*question|\bends? with a (?:rhetorical )?question")


@cache
def conditions(requirement: str) -> tuple[Condition, ...]:
    """The conditions that a requirement sets, in the order of the patterns; none where no pattern is sure.

    >>> [condition.kind for condition in conditions("Write exactly 5 sentences, and do not use the word 'tea'.")]
    ['not_contains', 'sentence_count']
    """
    return tuple(condition for pattern in _PATTERNS for condition in pattern(requirement, requirement.lower()))


@lru_cache(maxsize=65536)
def share_met(requirement: str, response: str, language: str | None = None) -> float | None:
    """The share of the requirement's conditions that the response meets, 0 to 1; None where none could be derived.

    >>> share_met("Write two sentences and exactly one question.", "Hot. Why?"), share_met("Be witty.", "Hot.")
    (1.0, None)
    """
    found = conditions(requirement)
    return sum(_is_met(each, response, language) for each in found) / len(found) if found else None


def _is_met(condition: Condition, response: str, language: str | None) -> bool:
    if isinstance(condition, Trait):
        return condition.met(response, language)
    return met(condition, response, language)


def _forbidden_words(text: str, lower: str) -> Iterator[Condition]:
    found = _WORDS_FORBIDDEN.search(text)
    words = tuple(quoted(found[0])) if found else ()
    if words and "related to" not in lower and "synonym" not in lower:
        yield NotContainsCheck(kind="not_contains", any=words)


def _forms(text: str, lower: str) -> Iterator[Condition]:
    if re.search(r"\bnot\b", lower):
        return
    if _TABLE.search(lower):
        yield PlainCheck(kind="table")
    if _BULLETS.search(lower):
        yield CountCheck(kind="bullet_count", min=2)
    if "numbered list" in lower and "roman" not in lower:
        yield CountCheck(kind="numbered_count", min=2)


def _amounts(text: str, lower: str) -> Iterator[Condition]:
    """Of the whole text; how much a part of it has is not counted by any check."""
    span = _RANGE.search(lower)
    if span and not _within_part(lower, span):
        least, most = sorted((_value(span[1]), _value(span[2])))
        yield CountCheck(kind="word_count", min=least, max=most)
    for amount in _AMOUNT.finditer(lower):
        if _within_part(lower, amount):
            continue
        bound, n = amount[1], _value(amount[2])
        ends = {"min": n, "max": n}
        if bound not in ("exactly", "only"):
            del ends["max" if bound in ("at least", "no fewer than") else "min"]
        yield CountCheck.model_validate({"kind": _UNITS[amount[3]], **ends})


def _within_part(lower: str, found: re.Match[str]) -> bool:
    return bool(_OF_A_PART.search(lower[: found.start()]) or _PER_PART.match(lower[found.end() :]))


def _value(number: str) -> int:
    digits = number.replace(",", "")
    return int(digits) if digits.isdecimal() else NUMBERS[number]


def _edges(text: str, lower: str) -> Iterator[Condition]:
    if _QUESTION_AT_END.search(lower):
        yield EdgeCheck(kind="ends_with", text="?")


def _columns(text: str, lower: str) -> Iterator[Condition]:
    labels = tuple(quoted(text))
    if "column" in lower and len(labels) > 1:
        yield ContainsCheck(kind="contains", all=labels)


def _traits(text: str, lower: str) -> Iterator[Condition]:
    for person in ("first", "second"):
        if re.search(rf"{_FORBIDS}\b{person}[- ]person", lower):
            yield Trait(f"no {person} person")
    if "chinese" in lower and re.search("alternat|switch|both", lower):
        yield Trait("chinese")


_PATTERNS: tuple[Callable[[str, str], Iterator[Condition]], ...] = (
    _forbidden_words, _forms, _amounts, _edges, _columns, _traits,
)  # fmt: skip
