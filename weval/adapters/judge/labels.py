"""Labels of verdicts: which sets of them can be told apart, and what becomes of one when the responses are swapped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from weval.errors import ConfigError

_SWAP = str.maketrans("AB<>", "BA<>")
_MIRROR = str.maketrans("<>", "><")
_OF_TWO = re.compile(r"([AB])(?:([<>]+|=)([AB]))?")


def swapped(label: str) -> str:
    """The label that says the same after the two responses changed places. Labels without A and B say the same as is.

    >>> [swapped(label) for label in ("A>>B", "B>A", "A=B", "A", "tie")]
    ['B>>A', 'A>B', 'A=B', 'B', 'tie']
    """
    found = _OF_TWO.fullmatch(label)
    if found is None:
        return label
    one, sign, other = found[1].translate(_SWAP), found[2], (found[3] or "").translate(_SWAP)
    return mirrored(one, sign, other) if sign == "=" else f"{one}{sign or ''}{other}"


def mirrored(one: str, sign: str, other: str) -> str:
    """The comparison as said from the other side.

    >>> mirrored("A", "<<", "B"), mirrored("B", "=", "A")
    ('B>>A', 'A=B')
    """
    return f"{other}{sign.translate(_MIRROR)}{one}"


def check_labels(labels: Iterable[str]) -> None:
    """Raises ConfigError for labels that a reply's first token, or its first characters, cannot tell apart.

    With both 1 and 10, a first token 1 may be either. A label with blanks around it is never read.
    """
    names = sorted(labels)
    for name in names:
        if not name or name != name.strip():
            raise ConfigError(f"the label {name!r} is empty, or has blanks around it")
    for name, longer in pairwise(names):
        if longer.startswith(name):
            raise ConfigError(f"the label {longer!r} begins with the label {name!r}: choose labels of one character")
