"""How well a perfect reader would do on a task: nobody's answers are needed for it, only what checks find."""

from __future__ import annotations

import numpy as np

from weval.estimates import mean
from weval.joined import Joined
from weval.metrics import UNCHECKED, BoolArray, FloatArray, expected_agreement, met_rates
from weval.results import NoiseCeiling


def noise_ceiling(joined: Joined, chosen: BoolArray | None = None, resamples: int | None = None) -> NoiseCeiling | None:
    """The ceiling over all items, or over those in `chosen`, (m,), where kept sets are known; None where there is none.

    How often requirements are met, and how many have a check, is always of all items.
    """
    items = item_ceilings(joined)
    found = mean("correlation", items if chosen is None else items[chosen], resamples)
    if found is None:
        return None
    cells = sum(block.met.size for block in joined.blocks)
    checked = sum(int((block.met != UNCHECKED).sum()) for block in joined.blocks)
    return NoiseCeiling(correlation=found, checked=checked / cells)


def item_ceilings(joined: Joined) -> FloatArray:
    """The correlation that counting met requirements is expected to have on each item, in task order; shape (m,).

    NaN where kept sets are not known or gold is all tied, and everywhere where checks do not say how often requirements
    are met. Range -1 to 1.
    """
    expected = np.full(joined.n_items, np.nan)
    known = [block.kept_known for block in joined.blocks]
    parts = [(b.met[k], b.kept[k], b.types[k]) for b, k in zip(joined.blocks, known, strict=True)]
    if rates := met_rates(parts):
        for block, rows, part in zip(joined.blocks, known, parts, strict=True):
            expected[block.positions[rows]] = expected_agreement(block.gold[rows], rates.chances(*part))
    return expected
