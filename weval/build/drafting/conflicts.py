"""Requirements of one instruction that no text can meet together, as far as their wording shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations

from weval.build.drafting.limits import CORE, Limit, limits, plain
from weval.build.drafting.quoting import quoted, unquoted
from weval.checks.match import normalise, occurrences

_WITHIN = {"word_count": "char_count", "sentence_count": "word_count", "paragraph_count": "sentence_count"}
"""Of the second there are at least as many as of the first."""


def contradiction(request: str, text: str) -> str | None:
    """What a request and a requirement contradict each other about: a length, an edge, a structure; else None.

    A request that names a title may well have a requirement that keeps its words out of the text.

    >>> contradiction("Write a 500-word essay on tea.", "Use at most 100 words.")
    'word_count'
    """
    found = (kind(request, text) or kind(text, request) for kind in (lengths_differ, edges_differ, features_differ))
    return next((about for about in found if about is not None), None)


def conflict(texts: Sequence[str]) -> tuple[int, int, str] | None:
    """The places of two requirements that contradict each other, and about what; None where no two are seen to.

    >>> conflict(["Use at most 100 words.", "Name two ports.", "Write at least 200 words."])
    (0, 2, 'word_count')
    """
    for (i, first), (j, second) in combinations(enumerate(texts), 2):
        for contradicts in _KINDS:
            if (found := contradicts(first, second) or contradicts(second, first)) is not None:
                return i, j, found
    return None


def lengths_differ(first: str, second: str) -> str | None:
    """The kind of which no number is within the limits of both.

    >>> lengths_differ("Write exactly 5 sentences.", "Use at most 3 words."), lengths_differ("Use 5 words.", "Be kind.")
    ('sentence_count', None)
    """
    for one in _wholes(first):
        for other in _wholes(second):
            if one.kind == other.kind and (_below(one, other) or _below(other, one)):
                return one.kind
            # So many sentences have at least as many words.
            if _WITHIN.get(one.kind) == other.kind and _below(other, one):
                return one.kind
    return None


def _wholes(text: str) -> list[Limit]:
    return [_as_meant(limit) for limit in limits(text) if limit.whole]


def _as_meant(limit: Limit) -> Limit:
    """Two bullets, without a word that bounds them, leave room for more of them elsewhere."""
    return Limit(limit.kind, limit.min, None, True) if limit.bare and limit.kind not in CORE else limit


def _below(one: Limit, other: Limit) -> bool:
    return one.max is not None and other.min is not None and one.max < other.min


# --- how a text begins and ends

_PART_OF = re.compile(
    r"\b(?:each|every|any|paragraphs?|stanzas?|sections?|chapters?|messages?|verses?|items?|cada|chaque)\b|每|各"
)
_STARTS = re.compile(r"\b(?:begin|start|open|empieza|comienza|commence|first (?:line|words?|sentence))\w*\b|开头|开始")
_ENDS = re.compile(
    r"\b(?:end|clos(?:e|ing)|finish|conclud|sign off|termin|acab|fini|conclu|last (?:line|words?|sentence)"
    r"|final (?:line|words?|sentence))\w*\b|收尾|结尾|结束"
)


def edges_differ(first: str, second: str) -> str | None:
    """Whether both say how the whole text begins, or how it ends, and say it differently.

    >>> edges_differ('End with "The end."', 'Close on the words "To be continued."')
    'ends_with'
    """
    for edge, kind in (("start", "starts_with"), ("end", "ends_with")):
        one, other = edge_of(first, edge), edge_of(second, edge)
        if one is not None and other is not None and not _agree(one, other, edge):
            return kind
    return None


@lru_cache(maxsize=512)
def edge_of(text: str, edge: str) -> str | None:
    """What a requirement wants the whole text to begin (`start`) or `end` with; None where it names nothing.

    >>> edge_of('Finish with the line "Over and out."', "end")
    'Over and out.'
    """
    strings, rest = quoted(text), unquoted(text).casefold()
    starts, ends = _STARTS.search(rest), _ENDS.search(rest)
    if len(strings) != 1 or (starts and ends) or _PART_OF.search(rest):
        return None
    return strings[0] if (starts if edge == "start" else ends) else None


def _agree(one: str, other: str, edge: str) -> bool:
    one, other = (normalise(text).strip(" .!?。！？").casefold() for text in (one, other))
    if edge == "end":
        return one.endswith(other) or other.endswith(one)
    return one.startswith(other) or other.startswith(one)


# --- what must and what must not be there

_FEATURES = {
    "lists": r"(?:bullet(?:ed|s)?(?: (?:points?|lists?))?|numbered (?:lists?|steps|items)|lists?)",
    "headings": r"(?:headings?|headers?)",
    "tables": r"(?:tables?)",
    "bold": r"(?:bold(?: (?:text|type|face))?)",
}
_NO = r"\b(?:no|without|avoid(?:ing)?|never|not|don't|skip|omit)"
_NO_MORE = (
    r"(?: (?:any|all|use|using|include|including|contain|rely on|of|the|a|in|as|markdown|kind|plain"
    r"|(?:lists?|bullets?|bullet points|headings?|headers?|tables?|bold|italics|emphasis|formatting|text)"
    r",?|and|or|nor))*? "
)
_BANNED = {name: re.compile(_NO + _NO_MORE + words + r"\b(?! of\b| only\b)") for name, words in _FEATURES.items()}
_DEMANDED = {
    "lists": re.compile(r"\b(?:bullet(?:ed|s)?|numbered (?:list|steps|items?)|(?:as|in) an? (?:\w+ )?list)\b"),
    "headings": re.compile(r"\b(?:headings?|headers?)\b"),
    "tables": re.compile(r"\b(?:markdown table|(?:in|as) an? (?:[\w-]+ )*table|table with)\b"),
    "bold": re.compile(r"\bbold\b"),
}  # fmt: skip
_LOWER_ONLY = re.compile(
    r"\b(?:(?:only|all|entirely) (?:in )?lower-?\s?case|lower-?\s?case (?:letters )?(?:only|throughout)"
    r"|no (?:capitals?|capital letters|upper-?\s?case)|in lower-?\s?case)\b"
)
_CAPITALS = re.compile(r"\b(?:(?:in|with) (?:all )?(?:capitals?|capital letters|caps|upper-?\s?case)|all[- ]caps)\b")


def features_differ(first: str, second: str) -> str | None:
    """What the first forbids and the second asks for: lists, headings, tables, bold, capital letters.

    >>> features_differ("Write prose without lists or tables.", "Include exactly three bullet points.")
    'lists'
    """
    return min(_bans(first) & _asks(second), default=None)


@lru_cache(maxsize=256)
def _bans(text: str) -> frozenset[str]:
    """What a requirement forbids."""
    said = plain(text)
    banned = {name for name, pattern in _BANNED.items() if pattern.search(said)}
    return frozenset(banned | ({"capitals"} if _LOWER_ONLY.search(said) else set()))


@lru_cache(maxsize=256)
def _asks(text: str) -> frozenset[str]:
    """What a requirement asks for, and does not forbid as well."""
    said = plain(text)
    asked = {name for name, pattern in _DEMANDED.items() if pattern.search(said)}
    return frozenset(asked | ({"capitals"} if _CAPITALS.search(said) else set())) - _bans(text)


_FORBIDS = re.compile(
    r"\b(?:avoid(?:ing)?|without|never|not|don't|skip|omit|exclude|evita|sin|ni|sans|n'\w+)\b"
    r"|\bno (?:uses|utilices|menciones)\b"
    r"|不要|不得|避免|不使用|不用"
)
_FORBIDS_NO = re.compile(r"\b(?:not only|not just|never forget)\b")


@lru_cache(maxsize=256)
def forbids(text: str) -> bool:
    """Whether a requirement forbids something.

    >>> forbids("Avoid the word 'never'."), forbids("Say 'never' twice.")
    (True, False)
    """
    return _FORBIDS.search(_FORBIDS_NO.sub("", unquoted(text).casefold().replace("’", "'"))) is not None


def words_differ(first: str, second: str) -> str | None:
    """Whether the first forbids a quoted word that a quoted string of the second holds, which forbids nothing.

    >>> words_differ('Avoid the word "sea".', 'End with the line "Back to sea."')
    'contains'
    """
    banned, wanted = quoted(first), "\n".join(quoted(second))
    if not banned or not wanted or not forbids(first) or forbids(second):
        return None
    return "contains" if any(occurrences(wanted, word) for word in banned) else None


_KINDS: tuple[Callable[[str, str], str | None], ...] = (lengths_differ, edges_differ, features_differ, words_differ)
