"""The numbers that a requirement names."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
NUMBERS: Mapping[str, int] = {word: n for n, word in enumerate(_SPELLED.split())} | {
    "once": 1, "twice": 2, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100,
}  # fmt: skip
"""Numbers as words."""

_NUMBER = re.compile(r"\d[\d,]*|[A-Za-z]+")
_MOST = 4


def numbers(text: str) -> list[int]:
    """The different numbers that a text names, in digits or as words, lowest first, at most four.

    >>> numbers("Write two paragraphs of 150-1,200 words.")
    [2, 150, 1200]
    """
    found = set[int]()
    for token in _NUMBER.findall(text):
        digits = token.replace(",", "")
        if token[0].isdecimal() and len(digits) <= 6:
            found.add(int(digits))
        elif token.lower() in NUMBERS:
            found.add(NUMBERS[token.lower()])
    return sorted(found)[:_MOST]
