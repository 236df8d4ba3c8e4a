"""Which of four choices a reply takes.

Source: THUDM/LongBench at 2e00731f8d0bff23dc4325161044d0ed8af94c1e, pred.py.
"""

from __future__ import annotations

import re
from typing import Literal, cast, get_args

from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.items import Mode, is_original

Choice = Literal["A", "B", "C", "D"]
CHOICES: tuple[Choice, ...] = get_args(Choice)

_ORIGINAL = (re.compile(r"The correct answer is \(([A-D])\)"), re.compile(r"The correct answer is ([A-D])"))

_LETTER = r"(?:\(\s?([A-D])\s?\)|\[\s?([A-D])\s?\]|([A-D])(?![\w'’]))"
_STATED = re.compile(r"(?i:\bcorrect answer\s*+(?:is\b\s*+[:：]?+|[:：])\s*+(?:(?:option|choice)\s++)?+)" + _LETTER)
_OR_ANOTHER = re.compile(r"(?i:\s*+(?:/|,|&|or\b|and\b)\s*+(?:(?:option|choice)\s++)?+)" + _LETTER)
_MARKS = str.maketrans("", "", "*_`$")


def parse_choice(text: str, mode: Mode = "repaired") -> Choice | None:
    r"""The choice that a reply takes, None if it says none. Linear, and raises nothing.

    Repaired: what it states outside reasoning, as `The correct answer is (B)` or `Correct answer: B`, with a letter
    that stands alone, whatever markdown is around it; None if it states two different ones, or one or another.
    Original: the first letter behind exactly `The correct answer is (`, else behind that without a bracket, so that
    Apple is A.

    >>> [parse_choice("The correct answer is Apple", mode) for mode in ("original", "repaired")]
    ['A', None]
    >>> parse_choice("<think>The correct answer is (A)?</think>**Correct answer:**\n(B)")
    'B'
    """
    if is_original(mode):
        bare = text.replace("*", "")
        first = next((found for pattern in _ORIGINAL if (found := pattern.search(bare))), None)
        return cast(Choice, first[1]) if first else None
    try:
        answer = parted(text).answer.translate(_MARKS)
    except NoVerdict:
        return None
    stated = set()
    for found in _STATED.finditer(answer):
        another = _OR_ANOTHER.match(answer, found.end())
        stated |= {_letter(found)} | ({_letter(another)} if another else set())
    return stated.pop() if len(stated) == 1 else None


def _letter(found: re.Match[str]) -> Choice:
    return cast(Choice, found[1] or found[2] or found[3])
