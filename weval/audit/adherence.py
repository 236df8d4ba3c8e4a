"""Do answers meet what they were written to, and only that? And does what checks find follow gold?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from weval.audit.records import Adherence, Met, Order, Share
from weval.audit.shares import Counts, shares
from weval.ceiling import noise_ceiling
from weval.estimates import mean
from weval.joined import TYPES, Block, Joined
from weval.metrics import UNCHECKED, BoolArray, FloatArray, IntArray, correlation
from weval.peritem import by_label

MetArray = npt.NDArray[np.int8]
"""Per item, candidate and requirement, shape (m, n, r): 1 met, 0 not, or UNCHECKED."""

_Group = tuple[str, str]
"""What a part is told apart by, and its name."""

_ALL: _Group = ("overall", "")


def adherence(verdicts: Sequence[tuple[Block, MetArray]], languages: Sequence[str | None]) -> Adherence | None:
    """Shares of kept requirements met, and of dropped ones met anyway, by whoever says what was met.

    None where nothing was judged of an item whose kept sets are known.
    """
    counted = _counted(verdicts, len(languages))
    if _ALL not in counted:
        return None
    found = shares({(*group, side): counts for group, table in counted.items() for side, counts in _sides(table)})
    by_language = {}
    judged = np.asarray(counted[_ALL].any(axis=1))
    for label, rows in by_label(list(languages), judged).items():
        by_language[label] = _met(shares(dict(_sides(counted[_ALL][rows]))))

    def part(kind: str) -> dict[str, Met]:
        names = [name for group, name in counted if group == kind]
        return {name: _met({side: found.get((kind, name, side)) for side in _SIDES}) for name in names}

    by_dropped = part("dropped")
    return Adherence(
        overall=part("overall")[""],
        by_type=part("type"),
        by_dropped={name: by_dropped[name] for name in sorted(by_dropped, key=int)},
        by_language=by_language,
    )


_SIDES = {"kept": (0, 1), "dropped": (2, 3)}
"""Where a side's met and all requirements stand in a table of counts."""


def _sides(table: FloatArray) -> Iterator[tuple[str, Counts]]:
    return ((side, (table[:, met], table[:, n])) for side, (met, n) in _SIDES.items())


def _met(found: dict[str, Share] | dict[str, Share | None]) -> Met:
    return Met(kept=found.get("kept"), dropped=found.get("dropped"))


def _counted(verdicts: Sequence[tuple[Block, MetArray]], n_items: int) -> dict[_Group, FloatArray]:
    """Per item what was kept and met, kept, dropped and met, dropped, (m, 4), for each group that has any."""
    counted: dict[_Group, FloatArray] = {}
    for block, met in verdicts:
        told = (met != UNCHECKED) & block.kept_known[:, None, None]
        for group, chosen in _groups(block):
            cells = told & chosen
            if cells.any():
                kept, dropped = cells & block.kept, cells & ~block.kept
                sums = [part.sum(axis=(1, 2)) for part in (kept & (met == 1), kept, dropped & (met == 1), dropped)]
                counted.setdefault(group, np.zeros((n_items, 4)))[block.positions] += np.column_stack(sums)
    return counted


def _groups(block: Block) -> Iterator[tuple[_Group, BoolArray]]:
    """The parts into which a block's cells fall, each with a mask that broadcasts to (m, n, r)."""
    yield _ALL, np.ones((1, 1, 1), dtype=np.bool_)
    for code, name in enumerate(TYPES):
        yield ("type", name), block.types[:, None, :] == code
    dropped = block.types.shape[1] - block.gold
    for number in np.unique(dropped).tolist():
        yield ("dropped", str(number)), dropped[:, :, None] == number


def order(joined: Joined) -> Order | None:
    """Whether the number of requirements that checks find met follows gold; None where nothing can be checked."""
    n = joined.n_items
    agreement = np.full(n, np.nan)
    pairs: IntArray = np.zeros((n, 3), dtype=np.int64)
    levels: dict[int, Counts] = {}
    for block in joined.blocks:
        checked = (block.met != UNCHECKED).any(axis=(1, 2))
        at, gold, seen = block.positions[checked], block.gold[checked], block.met[checked] != UNCHECKED
        met = (block.met[checked] == 1).sum(axis=2)
        agreement[at] = correlation(gold, met)
        pairs[at] = _pairs(gold, met)
        for kept in np.unique(gold).tolist():
            hits, cells = levels.setdefault(kept, (np.zeros(n), np.zeros(n)))
            hits[at] = (met * (gold == kept)).sum(axis=1)
            cells[at] = (seen.sum(axis=2) * (gold == kept)).sum(axis=1)
    if not levels:
        return None
    kinds = dict(zip(("rising", "equal", "falling"), pairs.T, strict=True))
    found = shares({kind: (count, pairs.sum(axis=1)) for kind, count in kinds.items()})
    by_kept = {str(kept): levels[kept] for kept in sorted(levels, reverse=True)}
    return Order(
        met_by_kept=shares(by_kept),
        correlation=mean("correlation", agreement),
        **{kind: found.get(kind) for kind in kinds},
        noise_ceiling=noise_ceiling(joined),
    )


def _pairs(gold: IntArray, met: IntArray) -> IntArray:
    """Of the pairs that gold puts in order, in how many more is met with gold, as much, and less; shape (m, 3)."""
    truth, found = (np.sign(values[:, :, None] - values[:, None, :]) for values in (gold, met))
    agreement = np.where(truth > 0, found, 2)  # each ordered pair once
    return np.column_stack([(agreement == sign).sum(axis=(1, 2)) for sign in (1, 0, -1)])
