"""What kept sets and lengths give away: positions, nesting, and whether longer texts kept more."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from weval.audit.records import KeptSets, Length, Position
from weval.audit.shares import share, shares
from weval.estimates import interval, mean, means
from weval.joined import Block, Joined
from weval.metrics import BoolArray, FloatArray, bootstrap, correlation, tied_means
from weval.peritem import by_label
from weval.results import Estimate


def kept_sets(joined: Joined) -> KeptSets | None:
    """How often each position was kept, and how many items have nested sets; None where no kept set is known."""
    known = np.concatenate([block.positions[block.kept_known] for block in joined.blocks])
    if not len(known):
        return None
    nested = np.zeros(joined.n_items)
    width = max(block.types.shape[1] for block in joined.blocks if block.kept_known.any())
    kept, n = np.zeros((joined.n_items, width)), np.zeros((joined.n_items, width))
    expected = np.zeros((joined.n_items, width))
    for block in joined.blocks:
        at, sets, r = block.positions[block.kept_known], block.kept[block.kept_known], block.types.shape[1]
        if not len(at):
            continue
        nested[at] = _nested(sets)
        kept[at, :r] = sets.sum(axis=1)
        n[at, :r] = sets.shape[1]
        expected[at, :r] = sets.sum(axis=(1, 2))[:, None] / r
    found = share((nested[known], np.ones(len(known))))
    positions = _positions(kept[known], n[known], expected[known])
    return None if found is None else KeptSets(positions=positions, nested=found)


def _nested(sets: BoolArray) -> BoolArray:
    """Whether of any two kept sets (m, n, r) of an item one holds the other."""
    crossed = np.zeros(len(sets), dtype=np.bool_)
    for i, j in combinations(range(sets.shape[1]), 2):
        first, second = sets[:, i], sets[:, j]
        crossed |= (first & ~second).any(axis=1) & (second & ~first).any(axis=1)
    return ~crossed


def _positions(kept: FloatArray, n: FloatArray, expected: FloatArray) -> dict[str, Position]:
    """Shares and excess per position from sums over candidates, (m, r) each."""
    r = kept.shape[1]
    found = shares({str(k + 1): (kept[:, k], n[:, k]) for k in range(r)})
    excess = kept - expected
    # One interval in twenty would miss; so that it is one table in twenty, each is wider (Bonferroni).
    values = bootstrap(excess, n, seed=0, level=1 - 0.05 / r)
    rows = zip(found.items(), *(part.tolist() for part in values), (n > 0).sum(axis=0).tolist(), strict=True)
    return {
        name: Position(kept=kept_share, excess=Estimate(value=value, ci=interval(low, high), n=items))
        for (name, kept_share), value, low, high, items in rows
    }


def length(joined: Joined) -> Length:
    """How length goes with gold within items."""
    n = joined.n_items
    agreement = np.full(n, np.nan)
    chars: dict[int, FloatArray] = {}
    for block in joined.blocks:
        agreement[block.positions] = correlation(block.gold, block.lengths)
        add_levels(chars, block, block.lengths.astype(np.float64), n)
    by_language: dict[str, Estimate] = {}
    for label, rows in by_label(joined.languages, np.ones(n, dtype=np.bool_)).items():
        if found := mean("correlation", agreement[rows]):
            by_language[label] = found
    return Length(
        correlation=mean("correlation", agreement),
        by_language=by_language,
        chars_by_kept=level_means(chars, most_first=True),
    )


def add_levels(levels: dict[int, FloatArray], block: Block, values: FloatArray, n_items: int) -> None:
    """Puts, by number kept, an item's mean value of the candidates that kept so many; NaN where there is none."""
    for kept in np.unique(block.gold).tolist():
        column = levels.setdefault(kept, np.full(n_items, np.nan))
        column[block.positions] = tied_means(values, (block.gold == kept) & ~np.isnan(values))


def level_means(levels: Mapping[int, FloatArray], *, most_first: bool) -> dict[str, Estimate]:
    """The mean over items of each level (m,) that has a value, by its name in records, all on the same resamples."""
    if not levels:
        return {}
    names = sorted(levels, reverse=most_first)
    table = np.column_stack([levels[name] for name in names])
    answered = ~np.isnan(table).all(axis=1)  # as in a run's result, whose items are the scored ones
    found = means([str(name) for name in names], table[answered])
    return {name: estimate for name, estimate in found.items() if estimate}
