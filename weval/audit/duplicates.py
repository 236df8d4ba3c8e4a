"""Texts that are there twice: near duplicates within an item, exact ones across items, and empty responses."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np
import numpy.typing as npt

from weval.audit.records import Duplicates, NearDuplicate, Place
from weval.audit.shares import Counts, GroupCounts, share, shares, summed
from weval.metrics import BoolArray
from weval.randomness import digest
from weval.types import Item

NEAR = 0.8
"""Jaccard similarity of shingles from which two texts are near duplicates."""

SHINGLE = 5
"""Characters in a shingle."""

EXAMPLES = 5

Shingles = npt.NDArray[np.uint64]
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that every code moves all bits above it


def normalised(text: str) -> str:
    """The text case-folded, white space collapsed.

    >>> normalised(" So  IT\\n goes ")
    'so it goes'
    """
    return " ".join(text.casefold().split())


def shingles(text: str) -> Shingles:
    """Hashes of all runs of five characters, each once, ascending; of the whole text where it is shorter.

    >>> len(shingles("abcdefg")), len(shingles("aaaaaaa")), len(shingles("ab"))
    (3, 1, 1)
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    return hashed_runs(codes, SHINGLE)


def hashed_runs(codes: Shingles, width: int) -> Shingles:
    """Hashes of all runs of so many codes, each once, ascending; of the whole where there are fewer."""
    width = min(width, len(codes))
    hashes = np.zeros(len(codes) - width + 1, dtype=np.uint64)
    for offset in range(width):
        hashes = hashes * _BASE + codes[offset : len(codes) - width + 1 + offset]  # wraps around, as a hash may
    return np.unique(hashes)


def similarity(first: Shingles, second: Shingles) -> float:
    """Jaccard similarity: shingles in both over shingles in either, from 0 to 1.

    >>> similarity(shingles("abcdef"), shingles("abcdeg")) == 1 / 3
    True
    """
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


class Repeats:
    """Texts that stand in more than one item. Keeps a hash and a place of each."""

    def __init__(self) -> None:
        self._hashes, self._items, self._places = array("Q"), array("q"), array("q")

    def add(self, text: str, item: int, place: int = 0) -> None:
        """Takes the text at a place of an item."""
        self._hashes.append(int.from_bytes(digest(text)))
        self._items.append(item)
        self._places.append(place)

    def counts(self, n_items: int) -> Counts:
        """Per item, how many texts stand elsewhere too, and how many there are."""
        items = np.array(self._items, dtype=np.int64)
        return np.bincount(items[self._repeated()], minlength=n_items), np.bincount(items, minlength=n_items)

    def examples(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Item and place where a text stands first, and where it stands again in the next item that has it."""
        first: dict[int, int] = {}
        shown: set[int] = set()
        for entry in np.flatnonzero(self._repeated()).tolist():
            text = self._hashes[entry]
            before = first.setdefault(text, entry)
            if self._items[before] != self._items[entry] and text not in shown:
                shown.add(text)
                yield self._where(before), self._where(entry)

    def _where(self, entry: int) -> tuple[int, int]:
        return self._items[entry], self._places[entry]

    def _repeated(self) -> BoolArray:
        """Whether each text stands in another item too."""
        items = np.array(self._items, dtype=np.int64)
        _, text = np.unique(np.array(self._hashes, dtype=np.uint64), return_inverse=True)
        lowest, highest = np.full(len(items), len(items)), np.full(len(items), -1)
        np.minimum.at(lowest, text, items)
        np.maximum.at(highest, text, items)
        repeated: BoolArray = (lowest != highest)[text]
        return repeated


class Texts:
    """Looks at the texts of items one by one, and keeps counts, hashes and names."""

    def __init__(self) -> None:
        self._names: list[tuple[str, tuple[str, ...]]] = []
        self._alike: dict[tuple[str, ...], tuple[str, ...]] = {}  # most items name their candidates alike
        self._near, self._empty = GroupCounts(), GroupCounts()
        self._responses, self._instructions = Repeats(), Repeats()
        self._nearest: list[tuple[float, int, int, int]] = []
        self._nothing: list[tuple[int, int]] = []

    def add(self, item: Item) -> None:
        """Takes an item; its texts are let go."""
        index = len(self._names)
        names = tuple(candidate.id for candidate in item.candidates)
        self._names.append((item.id, self._alike.setdefault(names, names)))
        self._instructions.add(normalised(item.instruction), index)
        texts = [normalised(candidate.response) for candidate in item.candidates]
        for place, text in enumerate(texts):
            if text:
                self._responses.add(text, index, place)
            elif len(self._nothing) < EXAMPLES:
                self._nothing.append((index, place))
        self._empty.add(index, 0, texts.count(""), len(texts))
        self._compare(index, [shingles(text) if text else None for text in texts], [c.gold for c in item.candidates])

    def _compare(self, index: int, sets: list[Shingles | None], gold: list[int]) -> None:
        """Counts an item's near duplicates, and keeps the nearest of all items as examples."""
        for (i, first), (j, second) in combinations(enumerate(sets), 2):
            if first is None or second is None:
                continue
            # Sizes bound the similarity, and spare most of the comparisons.
            bound = min(len(first), len(second)) / max(len(first), len(second))
            found = similarity(first, second) if bound >= NEAR else 0.0
            self._near.add(index, abs(gold[i] - gold[j]), found >= NEAR, 1)
            if found >= NEAR:
                self._nearest = sorted([*self._nearest, (-found, index, i, j)])[:EXAMPLES]

    def figures(self) -> Duplicates:
        """What was found. To be asked once, at the end."""
        n = len(self._names)
        near, empty = self._near.by_group(n), self._empty.by_group(n)
        pairs = summed(near)
        return Duplicates(
            near=share(pairs) if pairs else None,
            near_by_gap=shares(near),
            near_examples=tuple(self._near_example(*found) for found in self._nearest),
            responses=share(self._responses.counts(n)),
            response_examples=tuple(
                (self._place(*first), self._place(*again))
                for first, again in islice(self._responses.examples(), EXAMPLES)
            ),
            instructions=share(self._instructions.counts(n)),
            instruction_examples=tuple(
                (self._names[first][0], self._names[again][0])
                for (first, _), (again, _) in islice(self._instructions.examples(), EXAMPLES)
            ),
            empty=share(empty["0"]) if empty else None,
            empty_examples=tuple(self._place(*place) for place in self._nothing),
        )

    def _near_example(self, negative: float, index: int, i: int, j: int) -> NearDuplicate:
        item, candidates = self._names[index]
        return NearDuplicate(item=item, candidates=(candidates[i], candidates[j]), similarity=-negative)

    def _place(self, index: int, place: int) -> Place:
        item, candidates = self._names[index]
        return Place(item=item, candidate=candidates[place])
