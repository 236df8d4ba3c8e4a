"""Strings that a response must or must not hold, begin or end with."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from weval.checks.blocks import read_lines
from weval.checks.marks import item_text, plain

_TYPED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "＂": '"', "‐": "-", "‑": "-"})
_OUTER = " \t*_~`#>"
_QUOTES = "\"'«»「」『』"


def normalise(text: str) -> str:
    """One spelling for what writers do not tell apart: curly and straight quotes, kinds of spaces and hyphens."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_TYPED).split())


def occurrences(response: str, text: str) -> int:
    """How often the text occurs, not overlapping, ignoring case, kinds of quotes and spaces, and Markdown's marks.

    A text that begins with a letter or digit must begin a word ("loss" is not in "blossom"), and one that ends with a
    digit must end a number; words may go on otherwise ("launch" is in "launched"). Neither holds next to Han, kana or
    Hangul.

    >>> occurrences("The **new** launch pad: LAUNCHED.", "launch"), occurrences("A blossom.", "loss")
    (2, 0)
    """
    wanted = normalise(text).casefold()
    pattern = _pattern(wanted)
    return max(len(pattern.findall(source)) for source in _sources(response)) if wanted else 0


@lru_cache(maxsize=256)
def _pattern(wanted: str) -> re.Pattern[str]:
    before = r"(?<![^\W_\u2e80-\uffff])" if wanted[:1].isalnum() and wanted[0] < "\u2e80" else ""
    after = r"(?![0-9])" if wanted[-1:].isdigit() else ""
    return re.compile(before + re.escape(wanted) + after)


def starts_with(response: str, text: str) -> bool:
    """The first words a reader sees are these, case included; marks and quotation marks before them do not matter."""
    wanted = normalise(text)
    return any(s.startswith(wanted) or s.lstrip(_OUTER + _QUOTES).startswith(wanted) for s in _spellings(response))


def ends_with(response: str, text: str) -> bool:
    """The last words a reader sees are these, case included; marks and quotation marks after them do not matter."""
    wanted = normalise(text)
    return any(s.endswith(wanted) or s.rstrip(_OUTER + _QUOTES).endswith(wanted) for s in _spellings(response))


def is_lowercase(response: str) -> bool:
    """No upper-case or title-case letter anywhere, code and addresses included; true of scripts without case."""
    return not any(c.isupper() or c.istitle() for c in response)


@lru_cache(maxsize=32)
def _spellings(response: str) -> tuple[str, str]:
    """The response as it is typed and as a reader sees it."""
    lines = read_lines(response)
    seen = (line.text if line.kind == "code" else plain(item_text(line.text)) for line in lines)
    return normalise("\n".join(line.text for line in lines)), normalise("\n".join(seen))


@lru_cache(maxsize=32)
def _sources(response: str) -> tuple[str, ...]:
    return tuple(spelling.casefold() for spelling in _spellings(response))
