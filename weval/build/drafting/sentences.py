"""The text of a requirement: one or two plain sentences on one line, and nothing else."""

from __future__ import annotations

import re
import unicodedata

from weval.checks.words import words_in

LEAST_WORDS, LEAST_CHARS, MOST_CHARS, MOST_SENTENCES = 3, 12, 400, 3

_JOINERS = "\u200c\u200d"
"""Needed to spell Persian and Indic languages, and in emoji."""

_ADDRESS = re.compile(r"https?:|ftp:|www\.|mailto:|data:[a-z]+/|javascript:|\b[\w.+-]+@[\w-]+\.\w{2,}", re.IGNORECASE)
_MARKUP = re.compile(
    r"```|~~~|!?\[[^\]]*\]\([^)]*\)|<!--|<(?:script|style|iframe|img|object|embed|svg|a|div|span|p|br|meta|link)\b"
    r"|<[a-z]+\s[^>]*=|&#?\w+;|^\s*(?:[-*+•#>|]|\(?\d{1,2}[.)]\s|\(?c\d+[.):])|^\s*(?:\*\*|__)[^*_]+(?:\*\*|__)\s*:?",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\b(?!(?:Dr|Mr|Mrs|Ms|Prof|Sr|Sra|Mme|Mlle|St|No|vs|etc)\b)[^\W\d_]{2,}[\"'”’)\]]*[.!?][\"'”’)\]]*\s+(?=[^\W_a-z])|[。！？](?=.)"
)
"""Where a sentence ends and another begins; dots after initials and numbers are none."""

_END = ".!?。！？…;；\"'”’»」』）)]】*`"
_SPACELESS = ("zh", "ja")


def fault_in(text: str) -> str | None:
    """What keeps a text from being one requirement in plain words; None where nothing does.

    >>> fault_in("Use between 80 and 110 words."), fault_in("1. Use 80 words."), fault_in("Rhyme.")
    (None, 'holds an address or markup', 'is too short')
    """
    if len(text) > MOST_CHARS:
        return f"is longer than {MOST_CHARS} characters"
    if bad := next((sign for sign in text if _is_bad(sign)), None):
        return f"holds the character U+{ord(bad):04X}"
    if words_in(text) < LEAST_WORDS and len(text) < LEAST_CHARS:
        return "is too short"
    if not any(sign.isalpha() for sign in text):
        return "has no letters"
    if _ADDRESS.search(text) or _MARKUP.search(text):
        return "holds an address or markup"
    if len(_STOP.findall(text.rstrip())) >= MOST_SENTENCES:
        return f"has more than {MOST_SENTENCES} sentences"
    return None


def ended(text: str, language: str | None) -> str:
    """The text with a full stop where it has no end, so that the next requirement can follow it.

    >>> ended("Use 80 words", "en"), ended("不用标点", "zh"), ended("Ask why.", "en")
    ('Use 80 words.', '不用标点。', 'Ask why.')
    """
    if text[-1:] in _END:
        return text
    return text + ("。" if language in _SPACELESS else ".")


def _is_bad(sign: str) -> bool:
    """Whether a character moves, hides or breaks text: control characters, line ends, directions, halves of signs."""
    category = unicodedata.category(sign)
    return category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") or (category == "Cf" and sign not in _JOINERS)
