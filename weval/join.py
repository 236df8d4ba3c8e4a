"""Gold and scores side by side: items of one shape become arrays, whatever order their scores came in."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weval.asides import Asides
from weval.checks import met
from weval.files import Problems
from weval.idtable import IdTable
from weval.joined import CODES, TYPES, UNANSWERED, UNASKED, Block, Joined
from weval.metrics import UNCHECKED, FloatArray, IntArray
from weval.plan import PlanOptions, sources
from weval.store import ScoreRow
from weval.tally import Tally
from weval.types import Candidate, Gold, Item, Requirement, Source, Unit


@dataclass
class _Shape:
    """Items of one shape while they are being collected, and after that where their answers go."""

    n: int
    r: int
    number: int
    positions: array[int] = field(default_factory=lambda: array("q"))
    gold: array[int] = field(default_factory=lambda: array("i"))
    kept: bytearray = field(default_factory=bytearray)
    kept_known: bytearray = field(default_factory=bytearray)
    types: bytearray = field(default_factory=bytearray)
    met: bytearray = field(default_factory=bytearray)
    lengths: array[int] = field(default_factory=lambda: array("i"))
    asked: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class _Names:
    """Where the names of an item's candidates and requirements stand; shared by items with the same names."""

    candidates: dict[str, int]
    requirements: dict[str, int]


class Places(NamedTuple):
    """Where answers go, row by row: place in the task and cell of each; and for each shape its rows and their cells."""

    cells: list[tuple[int, ...]]
    of_shape: dict[int, tuple[IntArray, tuple[IntArray, ...]]]


class Join:
    """Collects items, then answers. Memory is a few bytes per question and one id per item.

    Where candidates or requirements are called otherwise in every item, their names are kept, too.
    """

    def __init__(self, unit: Unit, options: PlanOptions) -> None:
        self._unit, self._options = unit, options
        self._shapes: dict[tuple[int, int], _Shape] = {}
        self._names: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[int, _Names]] = {}
        self._ids = IdTable()
        # Of each item its shape, its place among those of that shape, and the names in it.
        self._of_shape, self._place, self._named = array("i"), array("i"), array("i")
        self._categories: list[str | None] = []
        self._languages: list[str | None] = []

    def add_item(self, item: Item) -> None:
        """Takes an item's gold, lengths and questions; its texts are let go."""
        self.add(gold_of(item))

    def add(self, item: Gold) -> None:
        """Takes what is measured of an item, and the questions about it."""
        candidates, requirements = item.candidate_ids, item.requirement_ids
        number, names = self._names_of(candidates, requirements)
        n, r = len(candidates), len(requirements)
        shape = self._shapes.get((n, r)) or self._shapes.setdefault((n, r), _Shape(n, r, len(self._shapes)))
        self._ids.add(item.id)
        self._of_shape.append(shape.number)
        self._place.append(len(shape.positions))
        self._named.append(number)
        shape.positions.append(len(self._categories))
        shape.gold.extend(item.counts)
        shape.lengths.extend(item.lengths)
        shape.types += bytes(TYPES.index(name) + 1 if name else 0 for name in item.types)
        known = [() if isinstance(kept, int) else kept for kept in item.kept]
        shape.kept += bytes(q in kept for kept in known for q in requirements)
        shape.kept_known.append(not any(isinstance(kept, int) for kept in item.kept))
        shape.met += bytes((UNCHECKED if met is None else met) + 1 for row in item.met for met in row)
        asked = np.zeros(_cell_shape(self._unit, n, r), dtype=np.uint8)
        for source in sources(item, self._unit, self._options):
            asked[_cell(source, names, self._unit)] = UNANSWERED
        shape.asked += asked.tobytes()
        self._categories.append(item.category and sys.intern(item.category))
        self._languages.append(item.language and sys.intern(item.language))

    def _names_of(self, candidates: tuple[str, ...], requirements: tuple[str, ...]) -> tuple[int, _Names]:
        found = self._names.get((candidates, requirements))
        if found is None:
            names = _Names({c: i for i, c in enumerate(candidates)}, {r: i for i, r in enumerate(requirements)})
            found = self._names[candidates, requirements] = len(self._names), names
        return found

    def answers(self, rows: Iterable[tuple[int, ScoreRow]], problems: Problems) -> Joined:
        """Puts every answer in its place; a later answer to the same question replaces an earlier one.

        Rows come with their line, for DataErrors about those that do not fit the items.
        """
        filled = self._filled()
        all_names = [names for _, names in self._names.values()]
        tally = Tally()
        for line, row in rows:
            position = self._ids.find(row.item)
            if position is None:
                problems.add(line, "item", f"{row.item!r} is not an item of the task")
                continue
            of_shape, index, names = (
                filled[self._of_shape[position]],
                self._place[position],
                all_names[self._named[position]],
            )
            try:
                cell = _cell(Source(row.item, row.candidates, row.requirement), names, self._unit)
                of_shape.put(index, cell, row)
            except (KeyError, ValueError) as error:
                problems.add(line, "candidates", f"do not fit item {row.item!r} of the task ({error})")
                continue
            tally.add((position, *(part for part in cell if isinstance(part, int))), row)
        problems.check()
        return self._joined(filled, tally)

    def places(self, asked: Iterable[Source]) -> Places:
        """Where the answers to these questions go, which are all there are. Not for unit list."""
        found: dict[int, tuple[list[int], list[tuple[int, ...]]]] = {}
        all_names = [names for _, names in self._names.values()]
        cells = []
        for row, source in enumerate(asked):
            position = self._ids.find(source.item)
            if position is None:
                raise KeyError(source.item)
            cell = _cell(source, all_names[self._named[position]], self._unit)
            at = (self._place[position], *(part for part in cell if isinstance(part, int)))
            rows, ats = found.setdefault(self._of_shape[position], ([], []))
            rows.append(row)
            ats.append(at)
            cells.append((position, *at[1:]))
        return Places(cells, {shape: (np.array(rows), tuple(np.array(ats).T)) for shape, (rows, ats) in found.items()})

    def in_order(self, rows: Sequence[ScoreRow], places: Places) -> Joined:
        """As `answers`, of rows that are known to answer the questions of `places` one by one: much faster.

        Raises ValueError for an answer of several values, naming its line.
        """
        if several := next((line for line, row in enumerate(rows, start=1) if len(row.values) > 1), None):
            raise ValueError(f"line {several} has {len(rows[several - 1].values)} values, for unit {self._unit}")
        values = np.array([row.values[0] if row.values else np.nan for row in rows])
        codes = np.array([CODES[row.status] for row in rows], dtype=np.uint8)
        told = [at for at, row in enumerate(rows) if row.samples is not None or row.mass is not None]
        filled = self._filled()
        for shape, (chosen, at) in places.of_shape.items():
            filled[shape].answers[at], filled[shape].codes[at] = values[chosen], codes[chosen]
            if told:
                ours = {row: place for row, place in zip(chosen.tolist(), zip(*at, strict=True), strict=True)}
                for row in (row for row in told if row in ours):
                    filled[shape].asides.put(filled[shape].codes.shape, ours[row], rows[row])
        tally = Tally()
        tally.add_all(places.cells, rows)
        return self._joined(filled, tally)

    def _filled(self) -> list[_Filled]:
        return [_Filled.of(shape, self._unit) for shape in self._shapes.values()]

    def _joined(self, filled: Sequence[_Filled], tally: Tally) -> Joined:
        blocks = [one.block() for one in filled]
        return Joined(
            blocks=blocks,
            ids=self._ids,
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
    statuses: dict[str, int] = {status: counts[code] for status, code in CODES.items() if counts[code]}
    return statuses | ({"unanswered": counts[UNANSWERED]} if counts[UNANSWERED] else {})


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
        if (asked == UNASKED).any() if many else asked == UNASKED:
            raise ValueError("it answers a question that was not asked")
        if row.status == "ok" and len(row.values) != (len(asked) if many else 1):
            raise ValueError(f"{len(row.values)} values")
        self.codes[at] = CODES[row.status]
        self.answers[at] = (row.values if many else row.values[0]) if row.values else np.nan
        if isinstance(cell[0], list):
            self.asides.put_list((len(self.codes), self.shape.n), index, cell[0], row)
        elif row.samples is not None or row.mass is not None or not self.asides.empty:
            self.asides.put(self.codes.shape, at, row)

    def block(self) -> Block:
        shape, m = self.shape, len(self.shape.positions)
        return Block(
            unit=self.unit,
            positions=np.frombuffer(shape.positions, dtype=np.int64),
            gold=np.frombuffer(shape.gold, dtype=np.int32).reshape(m, shape.n),
            kept=np.frombuffer(shape.kept, dtype=np.bool_).reshape(m, shape.n, shape.r),
            kept_known=np.frombuffer(shape.kept_known, dtype=np.bool_),
            types=np.frombuffer(shape.types, dtype=np.int8).reshape(m, shape.r) - np.int8(1),
            met=np.frombuffer(shape.met, dtype=np.int8).reshape(m, shape.n, shape.r) - np.int8(1),
            lengths=np.frombuffer(shape.lengths, dtype=np.int32).reshape(m, shape.n),
            answers=self.answers,
            codes=self.codes,
            asides=self.asides,
        )
