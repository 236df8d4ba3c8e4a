"""Lengths and numbers of things as requirements state them: at most 100 words, five to seven sentences, 三段.

English, Chinese, Spanish and French are read. What is read decides about contradictions, so a statement that could be
about a part of the text (each, per, the last …) is never taken for one about the whole, and what is not understood is
no statement at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from weval.build.drafting.numerals import with_digits
from weval.build.drafting.quoting import unquoted

CORE = ("word_count", "sentence_count", "paragraph_count", "char_count")
"""Kinds of which a text has one number; of the others it may have some here and some there."""

_UNITS = {
    "word_count": "words?|palabras?|mots?|字|词",
    "sentence_count": "sentences?|oraci[oó]n(?:es)?|frases?|phrases?|句话?",
    "paragraph_count": "paragraphs?|stanzas?|p[aá]rrafos?|paragraphes?|strophes?|estrofas?|自?然?段落?|节",
    "char_count": "characters?|caract[eè]re?s|字符",
    "bullet_count": "bullets?(?: points?)?|bulleted (?:points|items)|viñetas|puces",
    "numbered_count": "numbered (?:steps?|items?|points?|list items?)|[a-z]+[- ]item numbered",
    "heading_count": "headings?|encabezados?",
    "question_count": "questions?|preguntas?|个?问题",
    "quoted_count": "(?:direct )?quot(?:e|ation)s?",
}
# The longest unit first: 字符 is no 字.
_UNIT = "|".join(
    f"(?P<{name}>{names})" for name, names in sorted(_UNITS.items(), key=lambda pair: pair[0] != "char_count")
)
_NOT_BETWEEN = "(?:of|with|and|or|to|in|per|for|by|on|from|y|o|de|et|ou|en|each|a|the)\\b"
_LIMIT = re.compile(
    r"(?<![\d.,/:$€£-])(?:(?P<low>\d+)[ -]?(?:words? |sentences? |paragraphs? |字|句|段)?"
    r"(?P<link>-|to|or|and no more than|and at most|and not more than|and|a|à|y|et|o|ou|到|至|~) ?)?"
    rf"(?P<high>\d+)(?!\.?\d|%|st\b|nd\b|rd\b|th\b)[ -]?个?(?:(?!{_NOT_BETWEEN})[a-z]+[ -]){{0,2}}?(?:{_UNIT})"
    r"(?![a-z])"
)
_NEGATED = r"(?:\bno|\bnot|n't|\bnever|\bcannot|\bno one)\b(?: [a-z'-]+){0,4}?"
_BEFORE: tuple[tuple[str, str], ...] = (
    ("max", rf"(?:{_NEGATED} (?:more|longer|greater|higher|over|above|past|beyond|exceed(?:ing)?|surpass)(?: than)?"
            r"|no m[aá]s de|no (?:superes?|supera|excedas?)|(?:ne )?d[eé]passez? pas|pas plus de"
            r"|不超过|不要超过|不得超过|不多于)"),
    ("min", rf"(?:{_NEGATED} (?:fewer|less|shorter|below|under)(?: than)?|no menos de|pas moins de|不少于|不低于)"),
    ("below", r"(?:\b(?:fewer|less|shorter) than|\bunder|\bbelow|menos de|moins de|少于|低于)"),
    ("above", r"(?:\b(?:more|longer|greater) than|\bover|\babove|\bexceed(?:ing)?|m[aá]s de|plus de|超过|多于)"),
    ("max", r"(?:at (?:the )?most|up to|maxim(?:um|al)(?: of)?|max\.?|within|ceiling of|capped? (?:it |\w+ )?at"
            r"|\b(?:limit|restrict|cap|confine)\w*(?: [a-z'-]+){0,5}? to|como m[aá]ximo|m[aá]ximo(?: de)?|hasta"
            r"|au (?:plus|maximum)|jusqu'à|至多|最多)"),
    ("min", r"(?:at (?:the very )?least|minimum(?: of)?|upwards of|al menos|por lo menos|como m[ií]nimo"
            r"|m[ií]nimo(?: de)?|au (?:moins|minimum)|至少|最少)"),
    ("about", r"(?:about|around|approximately|roughly|nearly|some|circa|unos|unas|alrededor de|environ|大约|约|左右)"),
    ("exact", r"(?:exactly|precisely|only|just|exactamente|exactement|pr[eé]cis[eé]ment|恰好|正好|刚好)"),
)  # fmt: skip
_BEFORE_RE = tuple((kind, re.compile(rf"{words}(?: (?:the|a|an|a total of|only|的))*\s*$")) for kind, words in _BEFORE)
_AFTER: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("max", re.compile(r"\s*(?:long )?(?:or (?:fewer|less|under|shorter)|at (?:the )?most|max(?:imum)?\b|o menos"
                       r"|ou moins|au (?:plus|maximum)|como m[aá]ximo|以内|以下|之内)")),
    ("min", re.compile(r"\s*(?:long )?(?:or (?:more|longer)|at least|minimum\b|o m[aá]s|ou plus|以上)")),
    ("exact", re.compile(r"\s*(?:long )?(?:exactly|precisely)")),
)  # fmt: skip
_CLAUSE_END = re.compile(r"[,;:()。，；：（）]|\.(?=\s|$)")
_PART = re.compile(
    r"\b(?:each|every|per|apiece|any|both|respective(?:ly)?|first|second|third|fourth|fifth|last|final|opening|closing"
    r"|introduct\w+|conclusions?|body|sections?|chapters?|parts?|titles?|captions?|verses?|lines?|rows?|columns?"
    r"|cells?|steps?|items?|points?|answers?|replies|turns?|messages?|posts?|episodes?|slides?|bubbles?|exchanges?"
    r"|speak\w*|spoken|summary|abstracts? of|cada|por|todas?|todos?|chaque|par|premi[eè]re?|derni[eè]re?)\b|每|各"
)
_INNER = {
    "word_count": re.compile(r"\b(?:sentences?|paragraphs?|stanzas?|phrases?|frases?|p[aá]rrafos?)\b|句|段|行"),
    "char_count": re.compile(r"\b(?:sentences?|paragraphs?|stanzas?|words?)\b|句|段|行"),
    "sentence_count": re.compile(r"\b(?:paragraphs?|stanzas?)\b|段"),
}
_ALL_OF_IT = re.compile(r"\b(?:the|your) (?:(?:whole|entire|full) )?(?:answer|message|speech)\b|\bblank lines?\b")
_PLAIN_BETWEEN = re.compile(r"[ -]?个?(?:(?:short|brief|concise|total|full|complete)[ -])*")
_PLAIN_END = re.compile(
    r"(?: (?:long|total|overall|altogether|exactly|precisely|band|in (?:total|all|length)|at (?:the )?most|at least"
    r"|maximum|minimum|or (?:fewer|less|more|under)|en total|au total|au (?:plus|moins|maximum)|o (?:menos|m[aá]s)"
    r"|ou (?:moins|plus)|separated by blank .*"
    r"|(?:[a-z]+ )?(?:essay|story|article|poem|speech|letter|report|review|text|op[ -]ed|piece"
    r"|narrative|post|abstract)\b.*"
    r")|以[内下上]|之内)*\s*(?:$|(?:and|while|so that)\b)"
)
_SOME = re.compile(
    r"\b(?:include|including|insert|add|contain\w*|incorporate|integrate|with|end|begin|start|close|open|use \d+ short"
    r"|incluye|añade|inclus|ajoute)\b|包含|加入"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A stated number of things within [min, max]; an end that is None is open. `kind` is that of a count check.

    `whole`: of the whole text. `bare`: a number without a word that bounds it, as in "nine numbered steps".
    """

    kind: str
    min: int | None
    max: int | None
    whole: bool
    bare: bool = False


@lru_cache(maxsize=256)
def limits(text: str) -> tuple[Limit, ...]:
    """All statements of a requirement, in order; those in quotation marks are none of its own.

    >>> limits("Use between 80 and 110 words.")
    (Limit(kind='word_count', min=80, max=110, whole=True, bare=False),)
    >>> [limit.whole for limit in limits("Write exactly 7 sentences, with each containing at most 9 words.")]
    [True, False]
    """
    return tuple(_limits(plain(text)))


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """The text as statements are looked for: no quoted strings, lower case, one kind of dash, numbers in digits."""
    text = unicodedata.normalize("NFKC", unquoted(text)).casefold().replace("’", "'")
    return with_digits(re.sub(r"[‐‑‒–—−]", "-", " ".join(text.split())))


def _limits(text: str) -> Iterator[Limit]:
    for found in _LIMIT.finditer(text):
        kind = next(name for name in _UNITS if found[name])
        before, after = text[: found.start()], text[found.end() :]
        low, high, bare = _bounds(found, before, after)
        if low is not None and high is not None and low > high:
            continue
        start, end = before[_last_end(before) :], _CLAUSE_END.split(after, maxsplit=1)[0]
        is_plain = kind not in CORE or _is_all(text[found.end("high") : found.start(kind)], end)
        is_plain &= before[-len(start) - 1 : len(before) - len(start)] not in ("(", "（")
        yield Limit(kind, low, high, is_plain and _is_whole(kind, f"{start} ; {end}"), bare)


def _bounds(found: re.Match[str], before: str, after: str) -> tuple[int | None, int | None, bool]:
    """The ends of one statement, and whether nothing but a number stands there."""
    high = int(found["high"])
    if found["low"]:
        low = int(found["low"])
        # "in 2020 and 5 sentences" is no range, "between 5 and 7 sentences" is one.
        if found["link"] not in ("and", "y", "et", "a", "o") or _opens_range(before):
            return low, high, False
    kind = next((kind for kind, pattern in _AFTER if pattern.match(after)), None)
    kind = kind or next((kind for kind, pattern in _BEFORE_RE if pattern.search(before)), "bare")
    ends: dict[str, tuple[int | None, int | None]] = {
        "max": (None, high),
        "min": (high, None),
        "below": (None, max(0, high - 1)),
        "above": (high + 1, None),
        "about": (high * 4 // 5, high * 6 // 5),
    }
    return (*ends.get(kind, (high, high)), kind == "bare")


def _opens_range(before: str) -> bool:
    return (
        re.search(r"\b(?:between|from|entre|de|at least|no fewer than|no less than|usa|use|fit it into)\s*$", before)
        is not None
    )


def _last_end(before: str) -> int:
    return max((match.end() for match in _CLAUSE_END.finditer(before)), default=0)


def _is_all(between: str, end: str) -> bool:
    """Whether a number of words, say, is not of some words only: "three Korean words", "one sentence in bold"."""
    return _PLAIN_BETWEEN.fullmatch(between) is not None and _PLAIN_END.match(end) is not None


def _is_whole(kind: str, clause: str) -> bool:
    inner, clause = _INNER.get(kind), _ALL_OF_IT.sub("", clause)
    if _PART.search(clause) or (inner and inner.search(clause)):
        return False
    return not (kind in CORE and _SOME.search(clause))
