"""Many ids in little memory: those of items, and those of requests, of which there may be millions."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import overload

import numpy as np
import numpy.typing as npt


class IdTable(Sequence[str]):
    """Ids in the order in which they came, numbered from 0. An id may come twice; `repeats` tells.

    Memory is some 30 bytes an id beside its own letters.

    >>> table = IdTable(["tea", "rain"])
    >>> table.find("rain"), table.find("snow"), list(table)
    (1, None, ['tea', 'rain'])
    """

    def __init__(self, ids: Sequence[str] = ()) -> None:
        self._text, self._ends, self._hashes = bytearray(), array("q", [0]), array("q")
        self._sorted: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None
        self._at, self._name = -1, ""
        for one in ids:
            self.add(one)

    def add(self, one: str) -> int:
        """Takes the next id and gives its number."""
        self._text += one.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._text))
        self._hashes.append(hash(one))
        self._sorted = None
        return len(self._hashes) - 1

    def find(self, one: str) -> int | None:
        """The number of an id, or one of its numbers where it came twice. Quick for those asked for in their order."""
        if one == self._name and self._at >= 0:
            return self._at
        after = self._at + 1
        if after < len(self) and self._hashes[after] == hash(one) and self[after] == one:
            self._at, self._name = after, one
            return after
        found = next((at for at in self._with_hash(hash(one)) if self[at] == one), None)
        if found is not None:
            self._at, self._name = found, one
        return found

    def repeats(self) -> Iterator[tuple[int, int]]:
        """Of each id that came before: the numbers of its first coming and of this one, in order."""
        order, ordered = self._by_hash()
        again, seen = list[tuple[int, int]](), dict[str, int]()
        shared = np.flatnonzero(ordered[1:] == ordered[:-1])
        for at in order[np.union1d(shared, shared + 1)].tolist():  # ids of one hash in the order of their coming
            if (first := seen.setdefault(self[at], at)) != at:
                again.append((first, at))
        yield from sorted(again, key=lambda pair: pair[1])

    def _with_hash(self, hashed: int) -> list[int]:
        order, ordered = self._by_hash()
        start, end = (int(np.searchsorted(ordered, hashed, side)) for side in ("left", "right"))
        return [int(at) for at in order[start:end]]

    def _by_hash(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The numbers in the order of their hashes, equal ones in their own order, and the hashes."""
        if self._sorted is None:
            hashes = np.array(self._hashes, dtype=np.int64)
            order = np.argsort(hashes, kind="stable")
            self._sorted = order, hashes[order]
        return self._sorted

    def __len__(self) -> int:
        return len(self._hashes)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]  # negative ones, and an IndexError beyond
        return self._text[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, IdTable):
            return self._ends == other._ends and self._text == other._text
        return isinstance(other, list) and list(self) == other

    __hash__ = None  # type: ignore[assignment] # as a list


class IdSet(Set[str]):
    """A set of ids of requests: 8 bytes for one of 16 hex digits, as all are that weval makes. Not to be changed.

    >>> "00000000000000ff" in IdSet(["00000000000000ff", "other"]), len(IdSet(["a", "a"]))
    (True, 1)
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        numbers, others = array("Q"), set[str]()
        for one in ids:
            if (number := _number(one)) is None:
                others.add(one)
            else:
                numbers.append(number)
        self._numbers, self._others = np.unique(np.array(numbers, dtype=np.uint64)), frozenset(others)
        self._ordered = self._numbers.data

    def __contains__(self, one: object) -> bool:
        if not isinstance(one, str) or (number := _number(one)) is None:
            return one in self._others
        at = bisect_left(self._ordered, number)
        return at < len(self._ordered) and self._ordered[at] == number

    def __iter__(self) -> Iterator[str]:
        yield from (f"{number:016x}" for number in self._ordered)
        yield from self._others

    def __len__(self) -> int:
        return len(self._numbers) + len(self._others)


def _number(one: str) -> int | None:
    """The number that 16 hex digits are; None for an id that is written in any other way."""
    if len(one) != 16:
        return None
    try:
        number = int(one, 16)
    except ValueError:
        return None
    return number if f"{number:016x}" == one else None
