"""The items that a model ranked worst, with their texts: a second pass over the task, which keeps only these."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from weval.joined import SCORED, Joined
from weval.metrics import METRICS
from weval.readback import ScoredRun
from weval.report.beside import Line, Place, SideBySide, place_text, score_text, side_by_side
from weval.wording import number

N_WORST = 10


class _Wrong(NamedTuple):
    """An item that is not ranked as gold has it."""

    place: Place
    correlation: float
    scores: list[float]


def worst_items(run: ScoredRun, n: int = N_WORST) -> list[SideBySide]:
    """The n scored items with the lowest correlation, worst first, and none that is ranked without a fault.

    Of equal ones that first in which the best candidate is less likely to be first (undefined last), then by the order
    of the task. An item without a correlation has none to be wrong about.
    """
    wrong = _most_wrong(run.joined, n)
    found: dict[int, SideBySide] = {}
    for position, item in enumerate(run.items()):
        if len(found) == len(wrong):
            break
        if position in wrong:
            one = wrong[position]
            found[position] = side_by_side(item, one.place, f"correlation {number(one.correlation)}", _lines(one))
    return [found[position] for position in wrong]


def _most_wrong(joined: Joined, n: int) -> dict[int, _Wrong]:
    """By position in the task, worst first."""
    correlation, top1 = (np.full(joined.n_items, np.nan) for _ in range(2))
    every = [block.candidate_scores() for block in joined.blocks]
    for block, scores in zip(joined.blocks, every, strict=True):
        scored = block.states() == SCORED
        gold, at = block.gold[scored], block.positions[scored]
        correlation[at] = METRICS["correlation"](gold, scores[scored])
        top1[at] = METRICS["top1"](gold, scores[scored])
    order = np.lexsort((np.arange(len(correlation)), top1, correlation))  # NaN goes last
    chosen = order[correlation[order] < 1][:n].tolist()
    found = {
        int(block.positions[row]): (Place(block, int(row)), scores[row].tolist())
        for block, scores in zip(joined.blocks, every, strict=True)
        for row in np.flatnonzero(np.isin(block.positions, chosen))
    }
    return {at: _Wrong(found[at][0], float(correlation[at]), found[at][1]) for at in chosen}


def _lines(wrong: _Wrong) -> tuple[Line, ...]:
    """How many requirements each candidate kept, the places that gold and score give it, and its score."""
    block, row = wrong.place
    gold, order, n = block.gold[row].tolist(), wrong.place.best_first, block.kept.shape[2]
    return (
        Line("kept", tuple(f"{gold[index]} of {n}" for index in order)),
        Line("gold place", tuple(place_text(gold, index) for index in order)),
        Line("score place", tuple(place_text(wrong.scores, index) for index in order)),
        Line("score", tuple(score_text(wrong.scores[index]) for index in order)),
    )
