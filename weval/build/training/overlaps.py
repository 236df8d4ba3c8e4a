"""Which texts say the same for a stretch: runs of eight words in common, found by an inverted index."""

from __future__ import annotations

import re
import unicodedata
from array import array
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from weval.audit.duplicates import hashed_runs
from weval.metrics import FloatArray, IntArray
from weval.randomness import digest

RUN = 8
"""Words in a run."""

Runs = npt.NDArray[np.uint64]
"""Hashes of a text's runs, each once, ascending."""

_SIGNS = r"\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORDS = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+")
"""A Chinese character or a kana stands for itself, since no space parts words there; elsewhere letters and digits."""


def words(text: str) -> list[str]:
    """The words of a text, case-folded, without punctuation; each character is one in Chinese and Japanese.

    >>> words("Don't  write: TEA 茶道")
    ['don', 't', 'write', 'tea', '茶', '道']
    """
    return _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())


def runs(text: str) -> Runs:
    """Hashes of all runs of eight words; of the whole text where it is shorter, and none without a word.

    >>> len(runs("one two three four five six seven eight nine")), len(runs("one two")), len(runs("?"))
    (2, 1, 0)
    """
    codes = np.array([_code(word) for word in words(text)], dtype=np.uint64)
    return hashed_runs(codes, RUN) if len(codes) else codes


@lru_cache(maxsize=2**16)
def _code(word: str) -> int:
    return int.from_bytes(digest(word))


class Overlaps:
    """Texts by their runs. Keeps twelve bytes for each run of a text, and nothing of the text.

    Segments are sorted by run and merged when two are about as large, so a text is found in a few binary searches and
    is moved only as often as the texts double.
    """

    def __init__(self) -> None:
        self._segments: list[tuple[Runs, npt.NDArray[np.int32]]] = []
        self._sizes = array("q")

    def __len__(self) -> int:
        return len(self._sizes)

    def add(self, found: Runs) -> int:
        """Takes a text by its runs; texts are numbered from 0."""
        number = len(self._sizes)
        self._sizes.append(len(found))
        self._segments.append((found, np.full(len(found), number, dtype=np.int32)))
        while len(self._segments) > 1 and len(self._segments[-1][0]) * 2 >= len(self._segments[-2][0]):
            (later, later_texts), (earlier, earlier_texts) = self._segments.pop(), self._segments.pop()
            every = np.concatenate([earlier, later])
            order = np.argsort(every, kind="stable")
            self._segments.append((every[order], np.concatenate([earlier_texts, later_texts])[order]))
        return number

    def shares(self, found: Runs) -> tuple[IntArray, FloatArray]:
        """The texts that have a run of these, ascending, and the share of the smaller text's runs that both have."""
        texts, n_common = np.unique(np.concatenate([self._holders(found, *each) for each in self._segments] or [_NONE]),
                                    return_counts=True)  # fmt: skip
        sizes = np.frombuffer(self._sizes, dtype=np.int64)[texts] if len(texts) else texts
        return texts.astype(np.int64), n_common / np.minimum(sizes, max(1, len(found)))

    def nearest(self, found: Runs) -> tuple[int, float] | None:
        """The text that has most in common with these runs, the first of several, and the share; None without any."""
        texts, shares = self.shares(found)
        if not len(texts):
            return None
        best = int(np.argmax(shares))
        return int(texts[best]), float(shares[best])

    @staticmethod
    def _holders(found: Runs, every: Runs, texts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The texts of a segment that hold each of the runs, one entry per run and text."""
        first = np.searchsorted(every, found, "left")
        counts = np.searchsorted(every, found, "right") - first
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        holders: npt.NDArray[np.int32] = texts[np.repeat(first, counts) + within]
        return holders


_NONE: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
