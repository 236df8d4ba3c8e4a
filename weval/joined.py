"""Gold and scores as arrays: what every figure is computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import numpy.typing as npt

from weval.asides import Asides
from weval.metrics import BoolArray, FloatArray, IntArray, tied_means
from weval.results import Cost
from weval.types import RequirementType, Status, Unit

STATUSES: tuple[Status, ...] = get_args(Status)
TYPES: tuple[RequirementType, ...] = get_args(RequirementType)

UNASKED, UNANSWERED = 0, 1
"""Codes of questions that nobody answers."""

CODES: Mapping[Status, int] = {status: code for code, status in enumerate(STATUSES, start=2)}
"""The code of each status, as arrays have it."""

SCORED, MISSING, NOT_APPLICABLE = 0, 1, 2
"""States of an item. Missing: an unscored candidate. Not applicable: nothing about it could be asked."""

PART_CELLS = 1_000_000
"""Figures are computed of so many pairs of candidates at a time, some 8 MB: all of a million items would take GBs."""

Mean = Callable[[FloatArray, BoolArray], FloatArray]
"""Values (m, n, r) and which of them count, to (m, n)."""


@dataclass
class Block:
    """Items with n candidates and r requirements each; arrays have one row per item, candidates in file order.

    `answers` holds values and `codes` what became of each question, shape (m, n) for units response and list,
    (m, n, r) for requirement and (m, n, n) for pair: row candidate shown first. `met` (m, n, r) is what the mechanical
    checks say: 1, 0, or UNCHECKED. `asides` is what answers say beside their values.
    """

    unit: Unit
    positions: IntArray
    gold: npt.NDArray[np.int32]
    kept: BoolArray
    kept_known: BoolArray
    types: npt.NDArray[np.int8]
    met: npt.NDArray[np.int8]
    lengths: npt.NDArray[np.int32]
    answers: FloatArray
    codes: npt.NDArray[np.uint8]
    asides: Asides = field(default_factory=Asides)

    def parts(self) -> Iterator[Block]:
        """The same items, some at a time, without `asides`."""
        n, r = self.kept.shape[1:]
        step = max(1, PART_CELLS // (n * max(n, r)))
        for start in range(0, len(self.positions), step):
            at = slice(start, start + step)
            yield Block(
                unit=self.unit,
                positions=self.positions[at],
                gold=self.gold[at],
                kept=self.kept[at],
                kept_known=self.kept_known[at],
                types=self.types[at],
                met=self.met[at],
                lengths=self.lengths[at],
                answers=self.answers[at],
                codes=self.codes[at],
            )

    @property
    def applicable(self) -> BoolArray:
        """Which questions have an answer."""
        found: BoolArray = self.codes == CODES["ok"]
        return found

    def candidate_scores(self, *, failures_as: float | None = None, mean: Mean | None = None) -> FloatArray:
        """One score per candidate, shape (m, n); NaN where a question about it has no answer or none applies.

        Unit requirement: the mean over the applicable ones. Unit pair: points per comparison, both orders.
        For the released figures: `failures_as` stands in for failed answers, `mean` replaces the plain mean.
        """
        answers, ok = self.answers, self.applicable
        lost = (self.codes != UNASKED) & (self.codes != CODES["not_applicable"]) & ~ok
        if failures_as is not None:
            answers, ok, lost = np.where(lost, failures_as, answers), ok | lost, np.zeros_like(lost)
        if self.unit in ("response", "list"):
            return np.where(ok, answers, np.nan)
        if self.unit == "requirement":
            scores = (mean or tied_means)(answers, ok)
            return np.where(lost.any(axis=2), np.nan, scores)
        points = np.concatenate([answers, 1 - answers.transpose(0, 2, 1)], axis=2)
        asked = np.concatenate([ok, ok.transpose(0, 2, 1)], axis=2)
        lost_any = lost.any(axis=2) | lost.any(axis=1)
        return np.where(lost_any, np.nan, tied_means(points, asked))

    def states(self) -> IntArray:
        """SCORED, MISSING or NOT_APPLICABLE for each item, shape (m,)."""
        unscored = np.isnan(self.candidate_scores()).any(axis=1)
        inapplicable = ((self.codes == UNASKED) | (self.codes == CODES["not_applicable"])).reshape(len(self.codes), -1)
        return np.where(inapplicable.all(axis=1), NOT_APPLICABLE, np.where(unscored, MISSING, SCORED))


@dataclass
class Joined:
    """All items of a run with their answers. `reasons` has an example of what was said, per status without values."""

    blocks: list[Block]
    ids: Sequence[str]
    categories: list[str | None]
    languages: list[str | None]
    statuses: dict[str, int]
    reasons: dict[str, str]
    cost: Cost
    unit: Unit

    @property
    def n_items(self) -> int:
        """How many items were asked about."""
        return len(self.categories)

    def parts(self) -> Iterator[Block]:
        """All items, some at a time."""
        for block in self.blocks:
            yield from block.parts()
