"""Measured facts of a response in words: counts, each beside the numbers that the requirement names, and forms.

"words 203 more less" says: 203 words, more than the first number named and less than the second. Whether the numbers
are about words, and whether more is wanted or less, is for the model to read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from weval.adapters.views.numbers import numbers
from weval.adapters.views.passages import pieces
from weval.checks import COUNTERS
from weval.checks.layout import has_table
from weval.checks.match import is_lowercase

_COUNTED = {
    "words": "word_count",
    "sentences": "sentence_count",
    "paragraphs": "paragraph_count",
    "longest sentence": "max_sentence_words",
    "characters": "char_count",
    "headings": "heading_count",
    "bullets": "bullet_count",
    "numbered": "numbered_count",
    "bold": "bold_count",
    "questions": "question_count",
    "quotations": "quoted_count",
}
"""What is counted, by the kind of check that counts it."""

_MATCHED = {
    "years": re.compile(r"\b(?:1[5-9]|20)\d\d\b"),
    "digits": re.compile(r"\d+"),
    "exclamations": re.compile("[!！]"),
    "cited years": re.compile(r"\((?:[^()]*,)?\s*(?:1[5-9]|20)\d\d[a-z]?\)"),
    "separators": re.compile(r"^[ \t]*([-_*=~—–─━═])(?:[ \t]*\1){2,}[ \t]*$", re.MULTILINE),
    "labelled lines": re.compile(r"^[ \t]*[^\W\d_][^:：\n]{0,30}[:：][ \t]", re.MULTILINE),
}
"""What is counted by looking for a pattern."""

_ALWAYS = ("words", "sentences", "paragraphs", "longest sentence")
"""Told, and held against the requirement's numbers, at 0 too."""

_IF_ASKED = {"characters": "haracter"}
"""Told only where the requirement says so: the number would be close to none that it names otherwise."""

_IF_ANY = ("cited years", "separators", "labelled lines", "cell sentences")
"""Told only above 0."""

_PERSONS = {
    "first person": re.compile(
        r"\bI\b(?![.)])|\b(?:[Mm]y|[Mm]e|[Mm]ine|[Mm]yself|[Ww]e|[Uu]s|[Oo]urs?|[Oo]urselves)\b"
    ),
    "second person": re.compile(r"\b[Yy]ou(?:rs?|rself|rselves)?\b"),
}

_FUNCTION_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "english": "the of and to is that with for was are",
        "german": "der die und das ist nicht ein eine mit auf den",
        "french": "le les des est une dans pour qui sur du et",
        "spanish": "el los las una por con para que del es y",
    }.items()
}
_FEW = 0.03
"""The share of a text's words from which function words tell that it is, in part, in a language."""

_WORD = re.compile(r"[^\W\d_]+")
_HAN, _KANA = re.compile("[\u3400-\u9fff]"), re.compile("[\u3040-\u30ff]")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a response is, whatever is asked: counts by name, forms that it has or lacks, its first and last words."""

    counts: Mapping[str, int]
    traits: tuple[str, ...]
    ends: str


def facts(requirement: str, response: str, language: str | None = None) -> str:
    """The facts, some 70 tokens. Counts stand before "more", "less" or "same" for each number named, lowest first.

    >>> facts("Write exactly two sentences.", "Hot tea. Why not?")[:64]
    'words 4 more, sentences 2 same, paragraphs 1 less, longest sente'
    """
    found, named = measured(response, language), numbers(requirement)
    told = [part for name, n in found.counts.items() if (part := _told(name, n, named, requirement))]
    return f"{', '.join([*told, *found.traits])} ; {found.ends}"


@lru_cache(maxsize=2048)
def measured(response: str, language: str | None = None) -> Measured:
    """What can be told of a response without a requirement.

    >>> measured("I like **tea**!").traits
    ('no table', 'first person', 'no second person', 'unknown')
    """
    table = has_table(response)
    counts = {name: COUNTERS[kind](response, language) for name, kind in _COUNTED.items()}
    counts |= {name: len(pattern.findall(response)) for name, pattern in _MATCHED.items()}
    # A cell of a table is no running text, and holds none of the sentences that are counted above.
    counts["cell sentences"] = sum(piece[-1] in ".!?。！？" for piece in pieces(response)) if table else 0
    words = response.split()
    return Measured(
        counts=counts,
        traits=("table" if table else "no table", *_persons(response), _languages(response), *_case(response)),
        ends=f"begins {' '.join(words[:5])[:40]} ends {' '.join(words[-6:])[-40:]}",
    )


def _told(name: str, n: int, named: list[int], requirement: str) -> str:
    if _IF_ASKED.get(name, "") not in requirement or (not n and name in _IF_ANY):
        return ""
    if not n and name not in _ALWAYS:
        return f"no {name}"
    return " ".join([name, str(n), *("more" if n > other else "less" if n < other else "same" for other in named)])


def _persons(response: str) -> list[str]:
    """Whether the text speaks of "I" or "we", and to "you"; a country in capitals and a numeral are no persons."""
    return [who if pattern.search(response) else f"no {who}" for who, pattern in _PERSONS.items()]


def _languages(response: str) -> str:
    """The languages that the text is written in, one or several; "unknown" where no function word tells."""
    words = [word.lower() for word in _WORD.findall(response)]
    least = max(3, _FEW * len(words))
    found = [name for name, few in _FUNCTION_WORDS.items() if sum(word in few for word in words) >= least]
    if len(_HAN.findall(response)) > 3:
        found.append("japanese" if _KANA.search(response) else "chinese")
    return " ".join(found) or "unknown"


def _case(response: str) -> list[str]:
    return ["all lowercase"] if is_lowercase(response) else []
