"""Texts from outside on a page: shown as they are, cut where they would fill it, unable to disturb what is around."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from html import escape

_INVISIBLE = [*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPES = {code: repr(chr(code))[1:-1] for code in _INVISIBLE if chr(code) not in "\n\t"}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a text, and how many characters of it are left out."""

    text: str
    left_out: int


def shown(text: str) -> str:
    """The text with control characters, and those that turn the direction of writing, as escapes; line ends as \\n.

    >>> shown("a\\x1b[31m\\u202eb")
    'a\\\\x1b[31m\\\\u202eb'
    """
    return text.replace("\r\n", "\n").translate(_ESCAPES)


def excerpt(text: str, limit_bytes: int) -> Excerpt:
    """As much of the text's beginning as fits into so many bytes of HTML, which needs five for a quotation mark.

    >>> excerpt("to be or not to be", 8)
    Excerpt(text='to be or', left_out=10)
    """
    head = text[:limit_bytes]  # a character takes at least a byte
    fits = bisect_right(range(len(head) + 1), limit_bytes, key=lambda n: _size(head[:n])) - 1
    return Excerpt(shown(head[:fits]), len(text) - fits)


def _size(text: str) -> int:
    """In bytes, on the page."""
    return len(escape(shown(text)).encode("utf-8", errors="backslashreplace"))
