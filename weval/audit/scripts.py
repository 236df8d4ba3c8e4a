"""Which writing system a text is in, by the names that Unicode gives to its letters; no language is guessed."""

from __future__ import annotations

import math
import unicodedata
from array import array
from collections import Counter
from functools import lru_cache

import numpy as np

from weval.audit.records import Foreign, WritingSystems
from weval.audit.shares import GroupCounts, share, shares, summed
from weval.estimates import mean
from weval.metrics import correlation
from weval.types import Item

EXAMPLES = 5

_NAMED = {"CJK": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana"}

_LETTERS_A_SIGN = 4
"""A Han character or a kana says about as much as so many letters: a Chinese text may name a brand or two."""

_JAPANESE = 0.1
"""The share of kana among Han and kana from which a text is Japanese: Chinese has none, Japanese hardly less."""


def writing_system(text: str) -> str | None:
    """The main writing system of a text's letters, as Latin, Cyrillic, Arabic, Hangul; None without letters.

    Han is Chinese; what mixes Han and kana is Kana. Equally many are told apart by name.

    >>> [writing_system(text) for text in ("Tea", "чай", "喝茶", "お茶を飲む", "3 + 4")]
    ['Latin', 'Cyrillic', 'Han', 'Kana', None]
    """
    found = Counter[str]()
    for letter, times in Counter(text).items():
        system = _system(letter)
        if system is not None:
            found[system] += times * (_LETTERS_A_SIGN if system in ("Han", "Kana") else 1)
    if found["Kana"] >= _JAPANESE * (found["Han"] + found["Kana"]):
        found["Kana"] += found.pop("Han", 0)
    found = +found
    return min(found, key=lambda system: (-found[system], system)) if found else None


@lru_cache(maxsize=2**16)
def _system(letter: str) -> str | None:
    """The first word of a letter's name. Full-width, mathematical and other dressed letters are plain ones."""
    plain = unicodedata.normalize("NFKC", letter)[:1]
    if not plain.isalpha():
        return None
    first = unicodedata.name(plain, "").partition(" ")[0]
    return _NAMED.get(first, first.capitalize()) or None


class Systems:
    """Looks at items one by one for responses in another writing system than their instruction."""

    def __init__(self) -> None:
        self._foreign = GroupCounts()
        self._agreement = array("d")
        self._examples: list[Foreign] = []

    def add(self, item: Item) -> None:
        """Takes an item; texts without letters are left out."""
        index, own = len(self._agreement), writing_system(item.instruction)
        systems = [writing_system(candidate.response) if own else None for candidate in item.candidates]
        foreign = [found != own for found in systems]
        kept = [candidate.gold for candidate in item.candidates]
        for candidate, found, other in zip(item.candidates, systems, foreign, strict=True):
            if own is None or found is None:
                continue
            self._foreign.add(index, candidate.gold, other, 1)
            if other and len(self._examples) < EXAMPLES:
                self._examples.append(Foreign(item=item.id, candidate=candidate.id, instruction=own, response=found))
        agreement = math.nan if None in systems else 0.0
        if any(foreign) and None not in systems:
            agreement = float(correlation([kept], [foreign])[0])
        self._agreement.append(agreement)

    def figures(self) -> WritingSystems:
        """What was found, by number kept, most first."""
        found = self._foreign.by_group(len(self._agreement))
        every = summed(found)
        return WritingSystems(
            foreign=share(every) if every else None,
            by_kept=shares(dict(reversed(found.items()))),
            correlation=mean("correlation", np.array(self._agreement)),
            examples=tuple(self._examples),
        )
