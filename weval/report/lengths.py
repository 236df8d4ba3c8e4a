"""Score against length: every candidate's, relative to its item, and the mean score of shorter and longer ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from weval.estimates import shares_of_pairs
from weval.joined import SCORED, Joined
from weval.metrics import FloatArray, IntArray
from weval.report.charts import Mark

EDGES = (0.5, 0.8, 1.25, 2.0)
"""Between the parts, as multiples of an item's mean length."""

PARTS = ("up to ×0.5", "×0.5 to ×0.8", "×0.8 to ×1.25", "×1.25 to ×2", "over ×2")


MOST_ITEMS = 100_000
"""Of more items so many are drawn at random: a chart cannot show more, and they would take hundreds of MB."""


@dataclass(frozen=True, slots=True)
class Part:
    """Candidates of about one length: their mean score, how many they are, and where their middle lies."""

    score: Mark
    n: int
    doublings: float


@dataclass(frozen=True, slots=True)
class Lengths:
    """Candidates of scored items, one entry each; empty responses, which are no multiple of a length, are left out.

    `doublings` is log2 of the length over the item's mean length. `scores` is the score less the item's mean, over the
    item's standard deviation, and 0 where all of an item's are equal. `items` says whose they are. `drawn` is how many
    items were drawn of many, None where they are all.
    """

    doublings: FloatArray
    scores: FloatArray
    items: IntArray
    n_empty: int
    drawn: int | None = None

    def parts(self, n_resamples: int) -> list[Part]:
        """The mean score of each part that has candidates, with its interval over items."""
        codes = np.searchsorted(np.log2(EDGES), self.doublings)
        _, items = np.unique(self.items, return_inverse=True)
        shape = (items.max(initial=-1) + 1, len(PARTS))
        sums, counts = np.zeros(shape), np.zeros(shape, dtype=np.int64)
        np.add.at(sums, (items, codes), self.scores)
        np.add.at(counts, (items, codes), 1)
        groups = {code: (sums[:, code], counts[:, code]) for code in range(len(PARTS))}
        return [
            Part(Mark(PARTS[code], mean.value, mean.ci), mean.n_pairs, float(np.median(self.doublings[codes == code])))
            for code, mean in shares_of_pairs(groups, n_resamples, limits=(np.nan, np.nan)).items()
        ]


def relative_lengths(joined: Joined) -> Lengths:
    """The lengths and scores of all candidates of scored items, or of those of MOST_ITEMS items."""
    doublings, scores, items, n_empty = [], [], [], 0
    chosen, is_many = np.ones(joined.n_items, dtype=np.bool_), joined.n_items > MOST_ITEMS
    if is_many:
        chosen[np.random.default_rng(0).permutation(joined.n_items)[MOST_ITEMS:]] = False
    for block in joined.parts():
        scored = (block.states() == SCORED) & chosen[block.positions]
        lengths = block.lengths[scored].astype(np.float64)
        every = block.candidate_scores()[scored]
        present = lengths > 0
        n_empty += int((~present).sum())
        mean = np.broadcast_to(lengths.mean(axis=1, keepdims=True), lengths.shape)
        doublings.append(np.log2(lengths[present] / mean[present]))
        scores.append(_standardised(every)[present])
        items.append(np.broadcast_to(block.positions[scored][:, None], lengths.shape)[present])
    found = np.concatenate(doublings), np.concatenate(scores), np.concatenate(items)
    return Lengths(*found, n_empty, MOST_ITEMS if is_many else None)


def _standardised(scores: FloatArray) -> FloatArray:
    """Scores less their item's mean over its standard deviation; 0 where they are equal."""
    largest = np.abs(scores).max(axis=1, keepdims=True)
    scaled = scores / np.where(largest > 0, largest, 1.0)  # squares of scores may overflow
    centred = scaled - scaled.mean(axis=1, keepdims=True)
    spread = scaled.std(axis=1, keepdims=True)
    apart = (scores != scores[:, :1]).any(axis=1, keepdims=True) & (spread > 0)
    return np.where(apart, centred / np.where(apart, spread, 1.0), 0.0)
