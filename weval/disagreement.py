"""Where two runs on the same items disagree: the pairs of candidates that only one of them puts in gold order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from weval.estimates import shares_of_pairs
from weval.joined import TYPES, Block, Joined
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
from weval.peritem import by_label
from weval.results import PairEstimate
from weval.types import Record

Rows = slice | IntArray
"""Which items of a block."""

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
    for block, other in zip(first.blocks, second.blocks, strict=True):
        pairs = _Pairs(block, other, together[block.positions])
        for part, name, rows, mask in pairs.parts(first.categories):
            groups[part].setdefault(name, _Counts()).add(pairs, rows, mask)
    groups["category"] = dict(sorted(groups["category"].items()))
    groups["dropped"] = dict(sorted(groups["dropped"].items(), key=lambda group: int(group[0])))
    parts = {part: _estimated(found, resamples) for part, found in groups.items()}
    return Disagreements(overall=parts.pop("overall")["overall"], **parts)


class _Counts:
    """Of items, the first's points minus the second's and the number of pairs; and of all pairs the four verdicts."""

    def __init__(self) -> None:
        self.points: list[FloatArray] = []
        self.pairs: list[IntArray] = []
        self.verdicts = dict.fromkeys(_CODES, 0)

    def add(self, pairs: _Pairs, rows: Rows, mask: BoolArray) -> None:
        """Counts the pairs in the mask (m, n, n) of the given rows of `pairs`."""
        self.points.append((pairs.advantage[rows] * mask).sum(axis=(1, 2)))
        self.pairs.append(mask.sum(axis=(1, 2)))
        codes = pairs.codes[rows][mask]
        for name, code in _CODES.items():
            self.verdicts[name] += int((codes == code).sum())


class _Pairs:
    """The ordered pairs of candidates of items of one shape, of which gold puts the first above the second."""

    def __init__(self, block: Block, other: Block, chosen: BoolArray) -> None:
        self._block, self._chosen = block, chosen
        self._gold = block.gold[chosen]
        scores = [side.candidate_scores()[chosen] for side in (block, other)]
        self.codes = verdicts(self._gold, *scores)
        one, two = (pair_signs(values) for values in scores)
        self.advantage: FloatArray = (one.astype(np.float64) - two) / 2

    def parts(self, categories: Sequence[str | None]) -> Iterator[tuple[str, str, Rows, BoolArray]]:
        """Part and name, the rows it is of, and a mask of their pairs (m, n, n)."""
        every, real = slice(None), np.asarray(self.codes != NO_PAIR)
        yield "overall", "overall", every, real
        labels = [categories[at] for at in self._block.positions[self._chosen].tolist()]
        for label, rows in by_label(labels, np.ones(len(labels), dtype=np.bool_)).items():
            yield "category", label, rows, real[rows]
        gap = self._gold[:, :, None] - self._gold[:, None, :]
        for size in np.unique(gap[real]).tolist():
            yield "dropped", str(size), every, np.asarray(gap == size)
        known = self._block.kept_known[self._chosen, None, None]
        types = pair_types(self._block.kept[self._chosen], self._block.types[self._chosen], len(TYPES))
        for code, name in enumerate(TYPES):
            yield "requirement_type", name, every, real & known & (types == code)


def _estimated(found: Mapping[str, _Counts], resamples: int | None) -> dict[str, Disagreement]:
    """Each part by itself: a category is some of the items, and resampled as such."""
    estimated = {}
    for name, part in found.items():
        counts = (np.concatenate(part.points), np.concatenate(part.pairs))
        for advantage in shares_of_pairs({name: counts}, resamples, limits=(-1.0, 1.0)).values():
            estimated[name] = Disagreement(**part.verdicts, advantage=advantage)
    return estimated
