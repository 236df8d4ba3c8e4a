"""What stands in quotation marks in a requirement, and the requirement without it."""

from __future__ import annotations

import re
from functools import lru_cache

_PAIRS = (("“", "”"), ("«", "»"), ("„", "“"), ("「", "」"), ("『", "』"), ("【", "】"))
_CURLY = "|".join(f"{first}([^{first}{last}]+){last}" for first, last in _PAIRS)
# A straight mark opens before and closes after a word, so that apostrophes are none.
_QUOTED = re.compile(
    rf'{_CURLY}|"([^"]*)"|(?<!\w)\'(?=\S)((?:[^\']|\'(?=\w))+)\'(?!\w)|(?<!\w)‘((?:[^’]|’(?=\w))+)’(?!\w)'
)


@lru_cache(maxsize=256)
def quoted(text: str) -> tuple[str, ...]:
    """The quoted strings, in order, without their marks and the spaces beside them.

    >>> quoted("Don't say 'good' or \\"it's fine\\".")
    ('good', "it's fine")
    """
    found = (next(part for part in match.groups() if part is not None) for match in _QUOTED.finditer(text))
    return tuple(part.strip() for part in found if part.strip())


@lru_cache(maxsize=256)
def unquoted(text: str) -> str:
    """The text with an empty pair of marks in place of each quoted string.

    >>> unquoted('Write "three words" twice.')
    'Write "" twice.'
    """
    return _QUOTED.sub('""', text)
