"""How near each seed is to the nearest category: kept as it is computed, in a file that only grows.

A line per seed, appended a block at a time, so a killed process loses a block. The file's name holds a hash of the
model and of the prototypes: figures of another model lie in another file. A seed is known again by `key`, a hash of its
id and text, wherever it stands and whatever else is in the file of seeds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from weval.appending import append_line, cut_off_half_line
from weval.build.records import Seed
from weval.build.rows import rows_of
from weval.errors import DataError
from weval.files import Problems, parsed_lines, read_lines
from weval.randomness import digest
from weval.types import Id, Record

Keys = NDArray[np.uint64]

DECIMALS = 6
"""Of a cosine; float32 has no more."""


class Scored(Record):
    """A seed, the category whose centroid is nearest to it, and its cosine to that, -1 to 1."""

    id: Id
    key: str = Field(pattern="^[0-9a-f]{16}$")
    category: Id
    similarity: Annotated[float, Field(ge=-1, le=1)]


def key_of(seed: Seed) -> int:
    """What a seed is known by: 64 bits of a hash of its id and text."""
    return int.from_bytes(digest(seed.id, seed.text))


class ScoredFile:
    """The file of one model and one set of prototypes, of which `bound` is a hash."""

    def __init__(self, folder: Path, bound: str) -> None:
        self.path = folder / f"scored-{bound}.jsonl"

    def keys(self) -> Keys:
        """The keys of all seeds that are in it, sorted. Raises DataError, ResultError."""
        return np.unique(np.array(array("Q", (int(row.key, 16) for row in self._rows()))))

    def add(self, rows: Sequence[Scored]) -> None:
        """Appends a block. Raises ResultError."""
        append_line(self.path, b"".join(rows_of(rows)))

    def columns(self, categories: Sequence[str]) -> tuple[Keys, NDArray[np.int16], NDArray[np.float32]]:
        """Key, place of the category and similarity of each seed, sorted by key; 14 bytes a seed. Raises DataError."""
        keys, places, similarities = array("Q"), array("h"), array("f")
        place_of = {category: place for place, category in enumerate(categories)}
        for row in self._rows():
            if row.category not in place_of:
                raise DataError(f"{self.path}: there is no category {row.category!r}; delete the file to make it again")
            keys.append(int(row.key, 16))
            places.append(place_of[row.category])
            similarities.append(row.similarity)
        found, first = np.unique(np.array(keys), return_index=True)
        return found, np.array(places)[first], np.array(similarities)[first]

    def _rows(self) -> Iterator[Scored]:
        cut_off_half_line(self.path)
        if not self.path.stat().st_size:
            return
        problems = Problems(self.path)
        yield from (row for _, row in parsed_lines(read_lines(self.path, problems), Scored, problems))
        problems.check()


def is_known(keys: Keys, wanted: Iterable[int]) -> NDArray[np.bool_]:
    """Which of some keys are among sorted ones."""
    asked = np.fromiter(wanted, dtype=np.uint64)
    if not len(keys):
        return np.zeros(len(asked), dtype=np.bool_)
    return np.asarray(keys[np.minimum(np.searchsorted(keys, asked), len(keys) - 1)] == asked)
