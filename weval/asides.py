"""What an answer says beside its values: in which order texts were shown, single samples, and captured probability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from weval.metrics import FloatArray
from weval.store import ScoreRow

UNSHOWN = -1
"""The place of a candidate in a list that was not judged."""


@dataclass
class Asides:
    """Of the questions of items of one shape: a few numbers for each, and none for what no answer speaks of.

    `places` (m, n), of unit list only: the place, from 0, at which each candidate was shown, UNSHOWN without an answer.
    `samples` (*questions, 3): the number of sampled replies to each question, of those without a verdict, and of pairs
    of replies with equal verdicts. `mass` (*questions): the probability that all answers have together, NaN where
    nobody says. Questions are (m,) for unit list, (m, n) for response, (m, n, r) for requirement, (m, n, n) for pair.
    """

    places: npt.NDArray[np.int16] | None = None
    samples: npt.NDArray[np.int32] | None = None
    mass: FloatArray | None = None

    @property
    def empty(self) -> bool:
        """Whether no answer said anything yet."""
        return self.samples is None and self.mass is None

    def put(self, shape: tuple[int, ...], at: tuple[int | list[int], ...], row: ScoreRow) -> None:
        """Takes what a row says of the question at a place, in place of what an earlier one said of it."""
        if row.samples and self.samples is None:
            self.samples = np.zeros((*shape, 3), dtype=np.int32)
        if row.mass is not None and self.mass is None:
            self.mass = np.full(shape, np.nan)
        if self.samples is not None:
            self.samples[at] = _counts(row.samples or ())
        if self.mass is not None:
            self.mass[at] = np.nan if row.mass is None else row.mass

    def put_list(self, shape: tuple[int, int], index: int, shown: list[int], row: ScoreRow) -> None:
        """The same of a list: one question for an item, whose candidates were shown in this order."""
        if self.places is None:
            self.places = np.full(shape, UNSHOWN, dtype=np.int16)
        self.places[index, shown] = np.arange(len(shown)) if row.status == "ok" else UNSHOWN
        self.put(shape[:1], (index,), row)


def _counts(samples: Sequence[tuple[float, ...] | None]) -> tuple[int, int, int]:
    """Replies, those without a verdict, and pairs of replies with equal verdicts."""
    verdicts = Counter(sample for sample in samples if sample is not None)
    equal = sum(times * (times - 1) // 2 for times in verdicts.values())
    return len(samples), len(samples) - verdicts.total(), equal
