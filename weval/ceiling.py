"""How well a perfect reader would do on a task: nobody's answers are needed for it, only what checks find."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from weval.estimates import mean
from weval.joined import Block, Joined
from weval.metrics import UNCHECKED, BoolArray, FloatArray, expected_agreement, met_rates
from weval.results import NoiseCeiling

MetArray = npt.NDArray[np.int8]


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
    if rates := met_rates(part for _, _, part in _known(joined)):
        for block, rows, part in _known(joined):
            expected[block.positions[rows]] = expected_agreement(block.gold[rows], rates.chances(*part))
    return expected


def _known(joined: Joined) -> Iterator[tuple[Block, BoolArray, tuple[MetArray, BoolArray, MetArray]]]:
    """Some items at a time: which of them have known kept sets, and of these what was met, what was kept, and types."""
    for block in joined.parts():
        rows = block.kept_known
        yield block, rows, (block.met[rows], block.kept[rows], block.types[rows])
