"""Every figure of a run item by item, as arrays: what means, intervals and comparisons are made of."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from weval.joined import MISSING, SCORED, TYPES, Block, Joined
from weval.metrics import (
    METRICS,
    BoolArray,
    EffectPairs,
    FloatArray,
    IntArray,
    Released,
    broken_ties,
    effect_pairs,
    gap_points,
    length_bias,
    reading,
    released,
    requirement_means,
    round_requirement_scores,
    type_points,
)

TIE_RULES = ("favourable", "adverse")
"""Tied scores in gold order, as the released script has them, and in the reverse of it."""

BOUNDED = ("correlation", "il", "pl")
"""The figures that are also given under both tie rules."""

LARGEST = 1e150
"""Scores beyond have an order, but no mean: sums of them, and squares, could overflow."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Points and numbers of pairs of candidates, per item: halves and whole numbers, for which half of the bits do."""

    points: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int32]

    @classmethod
    def empty(cls, n: int) -> Self:
        """No pairs for n items."""
        return cls(np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.int32))


class PerItem:
    """One row per item in task order; NaN is undefined or unscored.

    `state` says SCORED, MISSING or NOT_APPLICABLE. `figures` holds the ranking figures, `reading`, `length_bias`, those
    of the released script (`released_…`) and those under both tie rules (`favourable_…`, `adverse_…`). `lost` counts,
    per ranking figure, the missing items that could have had one. `gaps` and `types` hold accuracy on pairs,
    `kept_scores` the mean score (the item's mean taken off) of candidates that kept so many. `resolution` holds for
    each item its pairs, those tied, and those apart by at most `drift`. Items are taken some at a time, and take no
    more memory than their figures. Without `effects`, the pairs that requirement effects are fitted to are left out.
    """

    def __init__(
        self,
        joined: Joined,
        *,
        released_failures: Literal["missing", "zero"] = "missing",
        drift: float | None = None,
        effects: bool = True,
    ) -> None:
        self.joined, self._failures, self._drift, self._with_effects = joined, released_failures, drift, effects
        n = joined.n_items
        self.state = np.full(n, MISSING, dtype=np.int8)
        self.lost = Counter[str]()
        bounds = [f"{rule}_{name}" for rule in TIE_RULES for name in BOUNDED]
        others = ["reading", "length_bias", *(f"released_{name}" for name in Released._fields)]
        self.figures: dict[str, FloatArray] = {name: np.full(n, np.nan) for name in [*METRICS, *bounds, *others]}
        widest = max((block.gold.max() - block.gold.min() for block in joined.blocks), default=0)
        self.gaps = {str(gap): Pairs.empty(n) for gap in range(1, int(widest) + 1)}
        self.types: dict[str, Pairs] = {name: Pairs.empty(n) for name in TYPES}
        self.kept_scores: dict[str, FloatArray] = {}
        self.resolution = np.zeros((n, 3), dtype=np.int32)
        for block in joined.parts():
            self._add(block)

    def effects(self) -> list[EffectPairs]:
        """The pairs of scored candidates that differ in the types of what they kept: found anew, as they take as much
        time, and memory, as all figures together."""
        found = []
        for block in self.joined.parts() if self._with_effects else ():
            known = (self.state[block.positions] == SCORED) & block.kept_known
            scores, at = block.candidate_scores()[known], block.positions[known]
            found.append(effect_pairs(scores, block.kept[known], block.types[known], len(TYPES), at))
        return found or [EffectPairs.concatenated([], len(TYPES))]

    @property
    def scored(self) -> BoolArray:
        """Which items are scored."""
        found: BoolArray = self.state == SCORED
        return found

    def _add(self, block: Block) -> None:
        state = block.states()
        self.state[block.positions] = state
        self._add_released(block, state)
        every, missing = block.candidate_scores(), block.gold[state == MISSING]
        scored = state == SCORED
        scores, gold, at = every[scored], block.gold[scored], block.positions[scored]
        for name, metric in METRICS.items():
            self.figures[name][at] = metric(gold, scores)
            # A missing item could have had a figure where gold itself has one.
            self.lost[name] += int((~np.isnan(metric(missing, missing))).sum())
        for rule in TIE_RULES:
            strict = broken_ties(gold, scores, in_gold_order=rule == "favourable")
            for name in BOUNDED:
                self.figures[f"{rule}_{name}"][at] = METRICS[name](gold, strict)
        self.figures["length_bias"][at] = length_bias(gold, scores, block.lengths[scored])
        for gap, pairs in self.gaps.items():
            pairs.points[at], pairs.counts[at] = gap_points(gold, scores, int(gap))
        self._add_scores(block, gold, scores, at)
        known = scored & block.kept_known
        kept, at = block.kept[known], block.positions[known]
        points, counts = type_points(every[known], kept, block.types[known], len(TYPES))
        for code, name in enumerate(TYPES):
            self.types[name].points[at], self.types[name].counts[at] = points[:, code], counts[:, code]
        if block.unit == "requirement":
            self.figures["reading"][at] = reading(block.answers[known], kept, block.applicable[known])[0]

    def _add_scores(self, block: Block, gold: IntArray, scores: FloatArray, at: IntArray) -> None:
        """How scores go with the number kept, and how fine they are."""
        measured = np.where(np.abs(scores).max(axis=1, keepdims=True) <= LARGEST, scores, np.nan)
        centred = measured - measured.mean(axis=1, keepdims=True)
        for kept in np.unique(gold).tolist():
            chosen = gold == kept
            rows = self.kept_scores.setdefault(str(kept), np.full(len(self.state), np.nan))
            rows[at] = np.where(
                chosen.any(axis=1), (centred * chosen).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1), np.nan
            )
        with np.errstate(over="ignore"):
            apart = np.abs(scores[:, :, None] - scores[:, None, :])[:, *np.triu_indices(scores.shape[1], k=1)]
        near = (apart > 0) & (apart <= (self._drift or 0.0))
        self.resolution[at] = np.column_stack(
            [np.full(len(at), apart.shape[1]), (apart == 0).sum(axis=1), near.sum(axis=1)]
        )

    def _add_released(self, block: Block, state: IntArray) -> None:
        """The released script's figures; with failures as zero, of every item that was asked about."""
        zero = self._failures == "zero"
        chosen = (state == SCORED) | (zero & (state == MISSING))
        scores = block.candidate_scores(failures_as=0.0 if zero else None, mean=_released_means)
        chosen &= ~np.isnan(scores).any(axis=1)
        if chosen.any():
            found = released(block.gold[chosen], scores[chosen])
            for name, values in found._asdict().items():
                self.figures[f"released_{name}"][block.positions[chosen]] = values


def _released_means(values: FloatArray, applicable: BoolArray) -> FloatArray:
    """A candidate's score as the released script rounds it: requirement values first, then their mean."""
    return requirement_means(round_requirement_scores(values), applicable)


def by_label(labels: list[str | None], chosen: BoolArray) -> Mapping[str, IntArray]:
    """The positions of the chosen items with each label, by label; those without one are left out."""
    members: dict[str, array[int]] = {}
    for position, (label, is_chosen) in enumerate(zip(labels, chosen.tolist(), strict=True)):
        if label is not None and is_chosen:
            members.setdefault(label, array("q")).append(position)
    return {label: np.array(members[label], dtype=np.int64) for label in sorted(members)}
