"""Where two runs on the same items disagree: the pairs of candidates that only one of them puts in gold order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from weval.estimates import shares_of_pairs
from weval.join import TYPES, Block, Joined
from weval.metrics import (
    BOTH,
    NEITHER,
    NO_PAIR,
    ONLY_FIRST,
    ONLY_SECOND,
    BoolArray,
    FloatArray,
    IntArray,
    pair_signs,
    pair_types,
    verdicts,
)
from weval.results import PairEstimate
from weval.types import Record

_CODES = {"both": BOTH, "only_first": ONLY_FIRST, "only_second": ONLY_SECOND, "neither": NEITHER}


class Disagreement(Record):
    """Pairs that differ in gold, by who puts them in gold order; a tie is not in order.

    `advantage` is the first run's pairwise accuracy minus the second's, a tie counting half.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    advantage: PairEstimate


class Disagreements(Record):
    """Of all pairs; by category; by the number of requirements apart; by their type. Parts without pairs are absent."""

    overall: Disagreement
    category: dict[str, Disagreement]
    dropped: dict[str, Disagreement]
    requirement_type: dict[str, Disagreement]


def disagreements(first: Joined, second: Joined, together: BoolArray, resamples: int | None) -> Disagreements:
    """Where two runs on the same items disagree. Only items in `together`, (m,), count: those that both scored."""
    groups: dict[str, dict[str, _Counts]] = {"overall": {}, "category": {}, "dropped": {}, "requirement_type": {}}
    n_items = first.n_items
    for block, other in zip(first.blocks, second.blocks, strict=True):
        chosen = together[block.positions]
        block_pairs = _Pairs(block, other, chosen)
        for part, masks in block_pairs.parts(first.categories).items():
            for name, mask in masks.items():
                counts = groups[part].setdefault(name, _Counts(n_items))
                counts.add(block.positions[chosen], block_pairs, mask)
    parts = {part: _estimated(found, together, resamples) for part, found in groups.items()}
    return Disagreements(overall=parts.pop("overall")["overall"], **parts)


class _Counts:
    """Per item: the first's points minus the second's, the number of pairs; and of all pairs the four verdicts."""

    def __init__(self, n_items: int) -> None:
        self.points: FloatArray = np.zeros(n_items)
        self.pairs: IntArray = np.zeros(n_items, dtype=np.int64)
        self.verdicts = dict.fromkeys(_CODES, 0)

    def add(self, at: IntArray, pairs: _Pairs, mask: BoolArray) -> None:
        """Counts the pairs (m, n, n) in the mask."""
        self.points[at] += (pairs.advantage * mask).sum(axis=(1, 2))
        self.pairs[at] += mask.sum(axis=(1, 2))
        for name, code in _CODES.items():
            self.verdicts[name] += int((pairs.codes[mask] == code).sum())


class _Pairs:
    """The ordered pairs of candidates of items of one shape, of which gold puts the first above the second."""

    def __init__(self, block: Block, other: Block, chosen: BoolArray) -> None:
        self._block, self._chosen = block, chosen
        self._gold = block.gold[chosen]
        scores = [side.candidate_scores()[chosen] for side in (block, other)]
        self.codes = verdicts(self._gold, *scores)
        one, two = (pair_signs(values) for values in scores)
        self.advantage: FloatArray = (one.astype(np.float64) - two) / 2

    def parts(self, categories: list[str | None]) -> dict[str, dict[str, BoolArray]]:
        """Masks (m, n, n) by part and name."""
        real: BoolArray = self.codes != NO_PAIR
        gap = self._gold[:, :, None] - self._gold[:, None, :]
        types = pair_types(self._block.kept[self._chosen], self._block.types[self._chosen], len(TYPES))
        types = np.where(self._block.kept_known[self._chosen, None, None], types, np.int8(-1))
        labels = np.array([categories[at] or "" for at in self._block.positions[self._chosen].tolist()], dtype=object)
        return {
            "overall": {"overall": real},
            "category": {name: real & (labels == name)[:, None, None] for name in sorted({*labels} - {""})},
            "dropped": {str(size): gap == size for size in np.unique(gap[real]).tolist()},
            "requirement_type": {name: real & (types == code) for code, name in enumerate(TYPES)},
        }


def _estimated(found: Mapping[str, _Counts], together: BoolArray, resamples: int | None) -> dict[str, Disagreement]:
    groups = {name: (counts.points[together], counts.pairs[together]) for name, counts in found.items()}
    advantages = shares_of_pairs(groups, resamples, limits=(-1.0, 1.0))
    return {name: Disagreement(**found[name].verdicts, advantage=advantage) for name, advantage in advantages.items()}
