"""RewardBench from end to end: does a reward model score the better answer of a pair higher?

Source: allenai/reward-bench at 05a9005e (rewardbench/utils.py, scripts/run_rm.py).
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any, ClassVar, NamedTuple

from weval.bench.benchmark import Benchmark
from weval.bench.items import BenchItem, Call, Figure, Fills, Mode, Row, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.result import FurtherTable
from weval.bench.rewardbench.pairs import pairs
from weval.bench.rewardbench.sections import absent, average, leaderboard_average, pair_correct, section_scores
from weval.bench.rewardbench.subsets import EXAMPLE_COUNTS, PRIOR_SETS, SUBSETS
from weval.bench.told import Told
from weval.randomness import digest
from weval.types import Request

SCORES = Step("scores", "rater", fills="replies")

SECTIONS = {section: section.lower().replace(" ", "_") for section in SUBSETS}
"""The figure of each section."""

_SINGLE, _ORDERS = ("chosen", "rejected"), ("first", "second")
"""The parts of a pair: each answer by itself; or both at once, the better one being shown first, or second."""

_PERCENT = 100.0
_SAME = 1e-9
"""Points may differ by so much in rounding, where one is 1 minus the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairItem(BenchItem):
    """A prompt with its better and its worse answer."""

    chosen: str
    rejected: str
    subset: str


class Rated(NamedTuple):
    """What a pair comes to. `correct` is from 0 to 1; None where a score is missing.

    `chosen` and `rejected` are the scores; of who is shown both at once the points of each when it is shown first,
    whose difference is that of the points in both orders. `orders` are the better answer's, shown first and second.
    """

    subset: str
    correct: float | None
    chosen: float = math.nan
    rejected: float = math.nan
    orders: tuple[float, float] | None = None


class RewardBench(Benchmark[PairItem]):
    """Sections are means over subsets by published weights, which every pair carries its part of."""

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("average", "Average", 0, 100, "the mean of the four sections, in percent; a coin gets 50"),
        *(Figure(SECTIONS[name], name, 0, 100, f"accuracy on {len(SUBSETS[name])} subsets") for name in SUBSETS),
        Figure("prior_sets", "Prior sets", 0, 100, "the mean accuracy on older sets of preferences, if they are there"),
        Figure("leaderboard", "Leaderboard", 0, 100, "the average with prior sets as half a section"),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "ties": "equal scores are half right, where the script has them wrong",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The scores."""
        return (SCORES,)

    def read(self) -> Iterator[PairItem]:
        """The pairs, the first of every subset before the second ones, so that --limit leaves none out."""
        counts = Counter[str]()
        ranked = list[tuple[int, PairItem]]()
        for pair in pairs(self.data.path("pairs")):
            section = next((name for name, subsets in SUBSETS.items() if pair.subset in subsets), "Prior sets")
            item = PairItem(
                id=pair.name,
                prompt=pair.prompt,
                language="en",
                groups={"section": section, "subset": pair.subset},
                chosen=pair.chosen,
                rejected=pair.rejected,
                subset=pair.subset,
            )
            ranked.append((counts[pair.subset], item))
            counts[pair.subset] += 1
        yield from (item for _, item in sorted(ranked, key=lambda one: one[0]))

    def parts(self, step: Step, item: PairItem, told: Told) -> Sequence[str]:
        """Both answers, or both orders; which comes first says nothing."""
        parts = _ORDERS if self.unit == "pair" else _SINGLE
        return parts if digest("order", item.id)[0] % 2 else parts[::-1]

    def call(self, step: Step, item: PairItem, part: str, told: Told) -> Call:
        """An answer to the prompt, or both."""
        both = (item.chosen, item.rejected)
        shown = {"chosen": both[:1], "rejected": both[1:], "first": both, "second": both[::-1]}
        group = digest("group", item.id).hex()
        return Call(part, request=Request(part, group, item.prompt, item.prompt, item.language, (), shown[part]))

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """A number."""
        return row.status == "ok" and len(row.values) == 1

    def row(self, item: PairItem, told: Told, mode: Mode) -> Row:
        """Whether the better answer has the higher score, weighed for every figure that it is part of."""
        rated, why = _rated(item, told, mode)
        weights = self._weights[item.subset]
        if rated.correct is None:
            missing = {} if mode == "original" else dict.fromkeys(weights)
            return Row(item.id, missing, why, detail=rated, weights=weights)
        is_tie = rated.chosen == rated.rejected
        shares = {name: (_PERCENT * weight * rated.correct, weight) for name, weight in weights.items()}
        return Row(item.id, shares, repairs=frozenset({"ties"} if is_tie else ()), detail=rated)

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """Scores as the published script keeps them: columns of them, or one pair an object."""
        if "scores_chosen" not in content:
            return None
        names = ("subset", "id", "scores_chosen", "scores_rejected")
        columns = [one if isinstance(one := content.get(name), list) else [one] for name in names]
        if len({len(column) for column in columns}) > 1:
            raise ValueError(f"{', '.join(names)}: are columns of different lengths")
        rows = list[ReplyRow]()
        for subset, number, *scores in zip(*columns, strict=True):
            if not isinstance(subset, str) or isinstance(number, bool) or not isinstance(number, int | str):
                raise ValueError("subset, id: name no pair")
            if not all(_is_score(score) for score in scores):
                raise ValueError(f"scores_chosen, scores_rejected: are no numbers for {subset[:40]}/{str(number)[:40]}")
            named = zip(_SINGLE, scores, strict=True)
            rows += [ReplyRow(item=f"{subset}/{number}", part=part, values=(float(score),)) for part, score in named]
        return rows

    def original_figures(self, rows: Sequence[Row]) -> dict[str, float | None]:
        """By subsets, as the script has it: a section without pairs is 0."""
        rated = [row.detail for row in rows if row.detail.correct is not None]
        by_subset = {name: fmean(one.correct for one in rated if one.subset == name) for name in _subsets(rated)}
        sections = section_scores(by_subset, "original")
        sets = [by_subset[name] for name in PRIOR_SETS if name in by_subset]
        prior = fmean(sets) if sets else None
        found = {SECTIONS[name]: score for name, score in sections.items()} | {
            "average": average(sections, "original"),
            "prior_sets": prior,
            "leaderboard": None if prior is None else leaderboard_average(sections, prior, "original"),
        }
        return {name: None if score is None else _PERCENT * score for name, score in found.items()}

    def further(self, rows: Sequence[Row]) -> tuple[FurtherTable, ...]:
        """Of who is shown both answers at once: what the order does."""
        orders = [row.detail.orders for row in rows if row.detail.orders]
        if not orders:
            return ()
        first, second = (sum(sign * (a - b) > _SAME for a, b in orders) for sign in (1, -1))
        return (
            FurtherTable(
                name="orders",
                title="Both orders",
                about="of the points of an answer when it is shown first, and when it is shown second",
                headers=("pairs", "the same", "more when first", "more when second"),
                rows=((len(orders), len(orders) - first - second, first, second),),
            ),
        )

    def remarks(self) -> tuple[str, ...]:
        """Subsets that are not there."""
        lacking = [name for names in absent(_subsets(self.items)).values() for name in names]
        if not lacking:
            return ()
        return (f"no pairs of {', '.join(lacking)}: their sections, and the average, are of the others",)

    @cached_property
    def _weights(self) -> Mapping[str, Mapping[str, float]]:
        """What a pair of each subset weighs in every figure that it is part of.

        A subset weighs EXAMPLE_COUNTS in its section, however many of its pairs the run is of.
        """
        n = Counter(item.subset for item in self.of_run)
        prior = [name for name in PRIOR_SETS if n[name]]
        found: dict[str, dict[str, float]] = {}
        for section, subsets in SUBSETS.items():
            whole = sum(EXAMPLE_COUNTS[name] for name in subsets if n[name])
            for name in filter(n.__getitem__, subsets):
                weight = EXAMPLE_COUNTS[name] / n[name]
                found[name] = {"average": weight / whole, SECTIONS[section]: weight}
                found[name] |= {"leaderboard": 2 * weight / whole} if prior else {}
        for name in prior:
            found[name] = {"prior_sets": 1 / n[name], "leaderboard": 1 / n[name] / len(prior)}
        return found


def _subsets(those: Iterable[PairItem | Rated]) -> Sequence[str]:
    return list(dict.fromkeys(one.subset for one in those))


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _rated(item: PairItem, told: Told, mode: Mode) -> tuple[Rated, str | None]:
    """What a pair comes to, and why a score is missing."""
    is_pair = any(told.get("scores", item.id, part) for part in _ORDERS)
    values = list[float]()
    for part in _ORDERS if is_pair else _SINGLE:
        row = told.get("scores", item.id, part)
        if row is None or row.status != "ok" or not row.values:
            return Rated(item.subset, None), f"{part}: {(row.reason or row.status) if row else 'there is no score'}"
        values.append(row.values[0])
    chosen, rejected = values
    orders = (chosen, 1 - rejected) if is_pair else None
    return Rated(item.subset, pair_correct(chosen, rejected, mode), chosen, rejected, orders), None
