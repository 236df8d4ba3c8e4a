"""Gold and scores side by side: items of one shape become arrays, whatever order their scores came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import numpy.typing as npt

from weval.asides import Asides
from weval.checks import met
from weval.files import Problems
from weval.metrics import UNCHECKED, BoolArray, FloatArray, IntArray, tied_means
from weval.plan import PlanOptions, sources
from weval.results import Cost
from weval.store import ScoreRow
from weval.tally import Tally
from weval.types import Candidate, Gold, Item, Requirement, RequirementType, Source, Status, Unit

STATUSES: tuple[Status, ...] = get_args(Status)
TYPES: tuple[RequirementType, ...] = get_args(RequirementType)

_UNASKED, _UNANSWERED = 0, 1
_CODES = {status: code for code, status in enumerate(STATUSES, start=2)}
_OK, _NOT_APPLICABLE = _CODES["ok"], _CODES["not_applicable"]

SCORED, MISSING, NOT_APPLICABLE = 0, 1, 2
"""States of an item. Missing: an unscored candidate. Not applicable: nothing about it could be asked."""


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
    gold: IntArray
    kept: BoolArray
    kept_known: BoolArray
    types: IntArray
    met: npt.NDArray[np.int8]
    lengths: IntArray
    answers: FloatArray
    codes: npt.NDArray[np.uint8]
    asides: Asides = field(default_factory=Asides)

    @property
    def applicable(self) -> BoolArray:
        """Which questions have an answer."""
        found: BoolArray = self.codes == _OK
        return found

    def candidate_scores(self, *, failures_as: float | None = None, mean: Mean | None = None) -> FloatArray:
        """One score per candidate, shape (m, n); NaN where a question about it has no answer or none applies.

        Unit requirement: the mean over the applicable ones. Unit pair: points per comparison, both orders.
        For the released figures: `failures_as` stands in for failed answers, `mean` replaces the plain mean.
        """
        answers, ok = self.answers, self.applicable
        lost = (self.codes != _UNASKED) & (self.codes != _NOT_APPLICABLE) & ~ok
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
        inapplicable = ((self.codes == _UNASKED) | (self.codes == _NOT_APPLICABLE)).reshape(len(self.codes), -1)
        return np.where(inapplicable.all(axis=1), NOT_APPLICABLE, np.where(unscored, MISSING, SCORED))


@dataclass
class Joined:
    """All items of a run with their answers. `reasons` has an example of what was said, per status without values."""

    blocks: list[Block]
    ids: list[str]
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


@dataclass
class _Shape:
    """Items of one shape while they are being collected, and after that where their answers go."""

    n: int
    r: int
    positions: list[int] = field(default_factory=list)
    gold: list[list[int]] = field(default_factory=list)
    kept: bytearray = field(default_factory=bytearray)
    kept_known: bytearray = field(default_factory=bytearray)
    types: bytearray = field(default_factory=bytearray)
    met: bytearray = field(default_factory=bytearray)
    lengths: list[list[int]] = field(default_factory=list)
    asked: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class _Names:
    """Where the names of an item's candidates and requirements stand; shared by items with the same names."""

    candidates: dict[str, int]
    requirements: dict[str, int]


class Join:
    """Collects items, then answers. Memory is a few bytes per question and one id per item."""

    def __init__(self, unit: Unit, options: PlanOptions) -> None:
        self._unit, self._options = unit, options
        self._shapes: dict[tuple[int, int], _Shape] = {}
        self._names: dict[tuple[tuple[str, ...], tuple[str, ...]], _Names] = {}
        self._places: dict[str, tuple[_Shape, int, _Names]] = {}
        self._categories: list[str | None] = []
        self._languages: list[str | None] = []

    def add_item(self, item: Item) -> None:
        """Takes an item's gold, lengths and questions; its texts are let go."""
        self.add(gold_of(item))

    def add(self, item: Gold) -> None:
        """Takes what is measured of an item, and the questions about it."""
        candidates, requirements = item.candidate_ids, item.requirement_ids
        names = self._names.setdefault(
            (candidates, requirements),
            _Names({c: i for i, c in enumerate(candidates)}, {r: i for i, r in enumerate(requirements)}),
        )
        n, r = len(candidates), len(requirements)
        shape = self._shapes.setdefault((n, r), _Shape(n, r))
        self._places[item.id] = (shape, len(shape.positions), names)
        shape.positions.append(len(self._categories))
        shape.gold.append([*item.counts])
        shape.lengths.append([*item.lengths])
        shape.types += bytes(TYPES.index(name) + 1 if name else 0 for name in item.types)
        known = [() if isinstance(kept, int) else kept for kept in item.kept]
        shape.kept += bytes(q in kept for kept in known for q in requirements)
        shape.kept_known.append(not any(isinstance(kept, int) for kept in item.kept))
        shape.met += bytes((UNCHECKED if met is None else met) + 1 for row in item.met for met in row)
        asked = np.zeros(_cell_shape(self._unit, n, r), dtype=np.uint8)
        for source in sources(item, self._unit, self._options):
            asked[_cell(source, names, self._unit)] = _UNANSWERED
        shape.asked += asked.tobytes()
        self._categories.append(item.category)
        self._languages.append(item.language)

    def answers(self, rows: Iterable[tuple[int, ScoreRow]], problems: Problems) -> Joined:
        """Puts every answer in its place; a later answer to the same question replaces an earlier one.

        Rows come with their line, for DataErrors about those that do not fit the items.
        """
        filled = {id(shape): _Filled.of(shape, self._unit) for shape in self._shapes.values()}
        tally = Tally()
        for line, row in rows:
            if row.item not in self._places:
                problems.add(line, "item", f"{row.item!r} is not an item of the task")
                continue
            shape, index, names = self._places[row.item]
            try:
                cell = _cell(Source(row.item, row.candidates, row.requirement), names, self._unit)
                filled[id(shape)].put(index, cell, row)
            except (KeyError, ValueError) as error:
                problems.add(line, "candidates", f"do not fit item {row.item!r} of the task ({error})")
                continue
            tally.add((shape.positions[index], *(part for part in cell if isinstance(part, int))), row)
        problems.check()
        blocks = [filled[id(shape)].block() for shape in self._shapes.values()]
        return Joined(
            blocks=blocks,
            ids=list(self._places),
            categories=self._categories,
            languages=self._languages,
            statuses=_statuses(blocks),
            reasons=tally.reasons(),
            cost=tally.cost(),
            unit=self._unit,
        )


def gold_of(item: Item) -> Gold:
    """What is measured of an item. Mechanical checks look at its texts now."""
    # Nothing here needs checking again: an item is valid, and there may be 100,000 of them.
    return Gold.model_construct(
        id=item.id,
        category=item.category,
        language=item.language,
        requirement_ids=item.requirement_ids,
        types=tuple(requirement.type for requirement in item.requirements),
        candidate_ids=item.candidate_ids,
        kept=item.kept,
        lengths=tuple(len(candidate.response) for candidate in item.candidates),
        met=tuple(tuple(_met(q, c, item.language) for q in item.requirements) for c in item.candidates),
    )


def _met(requirement: Requirement, candidate: Candidate, language: str | None) -> int | None:
    return None if requirement.check is None else int(met(requirement.check, candidate.response, language))


def _statuses(blocks: Iterable[Block]) -> dict[str, int]:
    """How many questions ended in each status."""
    counts = Counter[int]()
    for block in blocks:
        # A list is one question, whose answer fills all cells of its item.
        questions = block.codes[:, 0] if block.unit == "list" else block.codes
        codes, times = np.unique(questions, return_counts=True)
        counts.update(dict(zip(codes.tolist(), times.tolist(), strict=True)))
    statuses: dict[str, int] = {status: counts[code] for status, code in _CODES.items() if counts[code]}
    return statuses | ({"unanswered": counts[_UNANSWERED]} if counts[_UNANSWERED] else {})


def _cell_shape(unit: Unit, n: int, r: int) -> tuple[int, ...]:
    return {"response": (n,), "list": (n,), "requirement": (n, r), "pair": (n, n)}[unit]


def _cell(source: Source, names: _Names, unit: Unit) -> tuple[int | list[int], ...]:
    """Where the answer to a question stands among an item's answers."""
    places = [names.candidates[name] for name in source.candidates]
    wanted = {"list": len(names.candidates), "pair": 2}.get(unit, 1)
    if len(set(places)) != wanted or (source.requirement is not None) != (unit == "requirement"):
        raise ValueError(f"not an answer of unit {unit}")
    if source.requirement is not None:
        return (places[0], names.requirements[source.requirement])
    return (places,) if unit == "list" else tuple(places)


@dataclass
class _Filled:
    """The arrays of one shape, while answers are put into them."""

    shape: _Shape
    unit: Unit
    answers: FloatArray
    codes: npt.NDArray[np.uint8]
    asides: Asides = field(default_factory=Asides)

    @classmethod
    def of(cls, shape: _Shape, unit: Unit) -> _Filled:
        cells = (len(shape.positions), *_cell_shape(unit, shape.n, shape.r))
        codes = np.frombuffer(shape.asked, dtype=np.uint8).reshape(cells).copy()
        return cls(shape, unit, np.full(cells, np.nan), codes)

    def put(self, index: int, cell: tuple[int | list[int], ...], row: ScoreRow) -> None:
        at = (index, *cell)
        asked = self.codes[at]
        many = isinstance(cell[0], list)
        if (asked == _UNASKED).any() if many else asked == _UNASKED:
            raise ValueError("it answers a question that was not asked")
        if row.status == "ok" and len(row.values) != (len(asked) if many else 1):
            raise ValueError(f"{len(row.values)} values")
        self.codes[at] = _CODES[row.status]
        self.answers[at] = (row.values if many else row.values[0]) if row.values else np.nan
        if isinstance(cell[0], list):
            self.asides.put_list((len(self.codes), self.shape.n), index, cell[0], row)
        elif row.samples is not None or row.mass is not None or not self.asides.empty:
            self.asides.put(self.codes.shape, at, row)

    def block(self) -> Block:
        shape, m = self.shape, len(self.shape.positions)
        return Block(
            unit=self.unit,
            positions=np.array(shape.positions),
            gold=np.array(shape.gold),
            kept=np.frombuffer(shape.kept, dtype=np.bool_).reshape(m, shape.n, shape.r),
            kept_known=np.frombuffer(shape.kept_known, dtype=np.bool_),
            types=np.frombuffer(shape.types, dtype=np.uint8).reshape(m, shape.r).astype(np.int64) - 1,
            met=np.frombuffer(shape.met, dtype=np.int8).reshape(m, shape.n, shape.r) - np.int8(1),
            lengths=np.array(shape.lengths),
            answers=self.answers,
            codes=self.codes,
            asides=self.asides,
        )
