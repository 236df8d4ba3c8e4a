"""Scores and gold into a result: headline figures, the released script's, pessimistic ones, breakdowns, diagnosis."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

import weval
from weval.errors import ResultError
from weval.join import MISSING, NOT_APPLICABLE, SCORED, TYPES, Block, Joined
from weval.metrics import (
    LIMITS,
    METRICS,
    WORST,
    BoolArray,
    FloatArray,
    IntArray,
    Released,
    bootstrap,
    default_resamples,
    gap_points,
    length_bias,
    reading,
    released,
    requirement_means,
    round_requirement_scores,
    type_points,
)
from weval.results import Breakdown, Diagnosis, Estimate, ModelStamp, PairEstimate, Result, TaskStamp
from weval.types import Record

MAX_MISSING = 0.02
"""The share of items without a score above which a run is not publishable."""

PARTS = ("correlation", "il", "pl", "reading", "tie_rate")
"""The figures that are given for parts of the items too."""


class EvaluateOptions(Record):
    """How a result is computed from scores."""

    resamples: int | None = Field(default=None, ge=100, le=1_000_000, description="bootstrap resamples of items")
    released_failures: Literal["missing", "zero"] = Field(
        default="missing", description="zero: count failed answers as 0 in the released figures, as the script did"
    )


def evaluate(
    joined: Joined,
    task: TaskStamp,
    model: ModelStamp,
    options: EvaluateOptions,
    *,
    notices: Sequence[str] = (),
    unpublishable: Sequence[str] = (),
) -> Result:
    """The result of a run. Raises ResultError where not a single item could be scored.

    `unpublishable` gives reasons that lie in how the run was asked; too many missing items are found here.
    """
    table = _Table(joined, options)
    n = {state: int((table.state == state).sum()) for state in (SCORED, MISSING, NOT_APPLICABLE)}
    if not n[SCORED]:
        raise ResultError(_nothing_scored(joined, model.name, n))
    reasons = [*unpublishable, *_too_many_missing(n)]
    return Result(
        task=task,
        model=model,
        n_items=joined.n_items,
        n_scored=n[SCORED],
        n_missing=n[MISSING],
        n_not_applicable=n[NOT_APPLICABLE],
        coverage=_coverage(joined, model),
        statuses=joined.statuses,
        reasons=joined.reasons,
        publishable=not reasons,
        unpublishable_because=tuple(reasons),
        metrics=table.estimates([*METRICS, "reading"]),
        released=table.released(),
        released_failures=options.released_failures,
        pessimistic={name: table.pessimistic(name) for name in METRICS},
        by=Breakdown(
            category=table.parts(joined.categories),
            language=table.parts(joined.languages),
            dropped=table.pairs(table.gaps),
            requirement_type=table.pairs(table.types),
        ),
        diagnosis=Diagnosis(length_bias=table.estimates(["length_bias"])["length_bias"]),
        resamples=table.resamples,
        notices=tuple(notices),
        cost=joined.cost,
        versions={"weval": weval.__version__, "numpy": np.__version__, "python": platform.python_version()},
    )


class _Table:
    """Every per-item figure of a run, one row per item in task order; NaN is undefined or unscored."""

    def __init__(self, joined: Joined, options: EvaluateOptions) -> None:
        self.options = options
        n = joined.n_items
        self.state: IntArray = np.full(n, MISSING)
        self.lost = Counter[str]()
        names = [*METRICS, "reading", "length_bias", *(f"released_{name}" for name in Released._fields)]
        self.rows: dict[str, FloatArray] = {name: np.full(n, np.nan) for name in names}
        widest = max((block.gold.max() - block.gold.min() for block in joined.blocks), default=0)
        self.gaps = {str(gap): _Pairs.empty(n) for gap in range(1, int(widest) + 1)}
        self.types: dict[str, _Pairs] = {name: _Pairs.empty(n) for name in TYPES}
        for block in joined.blocks:
            self._add(block)
        self.resamples = options.resamples or default_resamples(n)

    def _add(self, block: Block) -> None:
        state = block.states()
        self.state[block.positions] = state
        self._add_released(block, state)
        every, missing = block.candidate_scores(), block.gold[state == MISSING]
        scored = state == SCORED
        scores, gold, at = every[scored], block.gold[scored], block.positions[scored]
        for name, metric in METRICS.items():
            self.rows[name][at] = metric(gold, scores)
            # A missing item could have had a figure where gold itself has one.
            self.lost[name] += int((~np.isnan(metric(missing, missing))).sum())
        self.rows["length_bias"][at] = length_bias(gold, scores, block.lengths[scored])
        for gap, pairs in self.gaps.items():
            pairs.points[at], pairs.counts[at] = gap_points(gold, scores, int(gap))
        known = scored & block.kept_known
        kept, at = block.kept[known], block.positions[known]
        points, counts = type_points(every[known], kept, block.types[known], len(TYPES))
        for code, name in enumerate(TYPES):
            self.types[name].points[at], self.types[name].counts[at] = points[:, code], counts[:, code]
        if block.unit == "requirement":
            self.rows["reading"][at] = reading(block.answers[known], kept, block.applicable[known])[0]

    def _add_released(self, block: Block, state: IntArray) -> None:
        """The released script's figures; with failures as zero, of every item that was asked about."""
        zero = self.options.released_failures == "zero"
        chosen = (state == SCORED) | (zero & (state == MISSING))
        scores = block.candidate_scores(failures_as=0.0 if zero else None, mean=_released_means)
        chosen &= ~np.isnan(scores).any(axis=1)
        if chosen.any():
            found = released(block.gold[chosen], scores[chosen])
            for name, values in found._asdict().items():
                self.rows[f"released_{name}"][block.positions[chosen]] = values

    def estimates(self, names: Sequence[str], where: Sequence[int] | None = None) -> dict[str, Estimate | None]:
        """Means over items (or over those in `where`) with their intervals, all on the same resamples."""
        columns = np.column_stack([self.rows[name] for name in names])
        columns = columns[self.state == SCORED] if where is None else columns[where]
        limits = [LIMITS.get(name, (np.nan, np.nan)) for name in names]
        found = bootstrap(columns, seed=0, n_resamples=self.resamples, limits=limits)
        counts = (~np.isnan(columns)).sum(axis=0)
        return {
            name: None if np.isnan(value) else Estimate(value=value, ci=_interval(low, high), n=int(n))
            for name, value, low, high, n in zip(names, *(part.tolist() for part in found), counts, strict=True)
        }

    def parts(self, labels: Sequence[str | None]) -> dict[str, dict[str, Estimate | None]]:
        """The figures for each part of the scored items."""
        members: dict[str, list[int]] = {}
        for position, label in enumerate(labels):
            if label is not None and self.state[position] == SCORED:
                members.setdefault(label, []).append(position)
        return {label: self.estimates(PARTS, members[label]) for label in sorted(members)}

    def pairs(self, groups: Mapping[str, _Pairs]) -> dict[str, PairEstimate]:
        """Accuracy over pairs, for each group that has any; resampled by items."""
        chosen = {name: pairs for name, pairs in groups.items() if pairs.counts.sum()}
        if not chosen:
            return {}
        scored = self.state == SCORED
        points = np.column_stack([pairs.points[scored] for pairs in chosen.values()])
        counts = np.column_stack([pairs.counts[scored] for pairs in chosen.values()])
        found = bootstrap(points, counts, seed=0, n_resamples=self.resamples, limits=(0.0, 1.0))
        totals = counts.sum(axis=0)
        return {
            name: PairEstimate(value=value, ci=_interval(low, high), n_pairs=int(total))
            for name, value, low, high, total in zip(chosen, *(part.tolist() for part in found), totals, strict=True)
        }

    def released(self) -> dict[str, float] | None:
        """Means of the released script's figures over the items it would have seen."""
        means = {name: _mean(self.rows[f"released_{name}"]) for name in Released._fields}
        return {name: mean for name, mean in means.items() if mean is not None} or None

    def pessimistic(self, name: str) -> float | None:
        """The mean with every missing item at the metric's worst, where the item's gold defines the metric at all."""
        values = self.rows[name][~np.isnan(self.rows[name])]
        if not len(values):
            return None
        return float((values.sum() + WORST[name] * self.lost[name]) / (len(values) + self.lost[name]))


class _Pairs:
    """Points and numbers of pairs, per item."""

    def __init__(self, points: FloatArray, counts: IntArray) -> None:
        self.points, self.counts = points, counts

    @classmethod
    def empty(cls, n: int) -> _Pairs:
        return cls(np.zeros(n), np.zeros(n, dtype=np.int64))


def _released_means(values: FloatArray, applicable: BoolArray) -> FloatArray:
    """A candidate's score as the released script rounds it: requirement values first, then their mean."""
    return requirement_means(round_requirement_scores(values), applicable)


def _interval(low: float, high: float) -> tuple[float, float] | None:
    return None if np.isnan(low) else (low, high)


def _mean(values: FloatArray) -> float | None:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None


def _coverage(joined: Joined, model: ModelStamp) -> float | None:
    """The share of the questions about requirements that had an answer to give."""
    if model.unit != "requirement":
        return None
    silent = joined.statuses.get("not_applicable", 0)
    asked = sum(joined.statuses.values())
    return (asked - silent) / asked if asked else None


def _too_many_missing(n: Mapping[int, int]) -> list[str]:
    share = n[MISSING] / max(1, n[SCORED] + n[MISSING])
    if share > MAX_MISSING:
        return [f"{share:.1%} of the items have no score ({n[MISSING]}); at most {MAX_MISSING:.0%} may be missing"]
    return []


def _nothing_scored(joined: Joined, model: str, n: Mapping[int, int]) -> str:
    if n[NOT_APPLICABLE] == joined.n_items:
        return f"{model} can judge no item (all {joined.n_items} not applicable): it can check no requirement of theirs"
    answers = ", ".join(f"{times} {status}" for status, times in joined.statuses.items())
    example = next((f"; for example {reason}" for reason in joined.reasons.values()), "")
    return f"{model} scored no item of {joined.n_items} (answers: {answers or 'none'}{example})"
