"""Strings that a response must or must not hold, begin or end with."""

from __future__ import annotations

import re
from functools import lru_cache

from weval.checks.blocks import read_lines
from weval.checks.marks import compose, item_text, plain

_TYPED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "＂": '"', "‐": "-", "‑": "-"})
_OUTER = " \t*_~`#>"
# A letter or digit of scripts that part words; in Han, kana and Hangul any character may begin or end a string.
_LETTER = r"[^\W_\u2e80-\uffff]"
_IS_LETTER = re.compile(_LETTER)
_QUOTES = "\"'«»「」『』"


def normalise(text: str) -> str:
    """One spelling for what writers do not tell apart: curly and straight quotes, kinds of spaces and hyphens."""
    return " ".join(compose(text).translate(_TYPED).split())


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
    before = f"(?<!{_LETTER})" if wanted[:1].isalnum() and wanted[0] < "\u2e80" else ""
    after = r"(?![0-9])" if wanted[-1:].isdigit() else ""
    return re.compile(before + re.escape(wanted) + after)


def starts_with(response: str, text: str) -> bool:
    """The first words a reader sees are these, case included; marks and quotation marks before them do not matter.

    A text that ends with a letter or digit must end a word, except next to Han, kana or Hangul.

    >>> starts_with("**The** sea", "The"), starts_with("Then the sea", "The")
    (True, False)
    """
    wanted = normalise(text)
    return any(
        s.startswith(wanted) and not _within_word(s, len(wanted))
        for spelling in _spellings(response)
        for s in (spelling, spelling.lstrip(_OUTER + _QUOTES))
    )


def ends_with(response: str, text: str) -> bool:
    """The last words a reader sees are these, case included; marks and quotation marks after them do not matter.

    A text that begins with a letter or digit must begin a word, except next to Han, kana or Hangul.

    >>> ends_with("Made with **art**.", "art."), ends_with("So smart.", "art.")
    (True, False)
    """
    wanted = normalise(text)
    return any(
        s.endswith(wanted) and not _within_word(s, len(s) - len(wanted))
        for spelling in _spellings(response)
        for s in (spelling, spelling.rstrip(_OUTER + _QUOTES))
    )


def _within_word(text: str, at: int) -> bool:
    """Whether a word goes on over this place."""
    return 0 < at < len(text) and all(_IS_LETTER.match(c) for c in text[at - 1 : at + 1])


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
