"""Scores and gold into a result: headline figures, the released script's, pessimistic ones, breakdowns, diagnosis."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

import weval
from weval.ceiling import noise_ceiling
from weval.errors import ResultError
from weval.estimates import interval, means, shares_of_pairs
from weval.health import health_of, position_bias
from weval.joined import MISSING, NOT_APPLICABLE, SCORED, TYPES, Joined
from weval.metrics import (
    LIMITS,
    METRICS,
    RESAMPLES,
    WORST,
    FloatArray,
    IntArray,
    Released,
    default_resamples,
    detectable_difference,
    requirement_effects,
)
from weval.peritem import BOUNDED, TIE_RULES, Pairs, PerItem, by_label
from weval.results import (
    Breakdown,
    Diagnosis,
    Estimate,
    Health,
    Interval,
    ModelStamp,
    PairEstimate,
    RequirementEffect,
    Resolution,
    Result,
    TaskStamp,
)
from weval.types import Record, RequirementType

MAX_MISSING = 0.02
"""The share of items without a score above which a run is not publishable."""

PARTS = ("correlation", "il", "pl", "reading", "tie_rate")
"""The figures that are given for parts of the items too."""


class EvaluateOptions(Record):
    """How a result is computed from scores."""

    resamples: int | None = Field(default=None, ge=100, le=1_000_000, description=RESAMPLES)
    released_failures: Literal["missing", "zero"] = Field(
        default="missing", description="zero: count failed answers as 0 in the released figures, as the script did"
    )
    drift: float | None = Field(
        default=None, ge=0, description="how far a score moves with batch size and the like; pairs nearer are near ties"
    )


def evaluate(
    items: PerItem,
    task: TaskStamp,
    model: ModelStamp,
    options: EvaluateOptions,
    *,
    notices: Sequence[str] = (),
    unpublishable: Sequence[str] = (),
) -> Result:
    """The result of a run. Raises ResultError where not a single item could be scored.

    `items` were made with these options, too (`per_item`). `unpublishable` gives reasons that lie in how the run was
    asked; too many missing items are found here.
    """
    joined = items.joined
    figures = _Figures(items, options.resamples or default_resamples(joined.n_items))
    n = {state: int((items.state == state).sum()) for state in (SCORED, MISSING, NOT_APPLICABLE)}
    if not n[SCORED]:
        raise ResultError(_nothing_scored(joined, model.name, n))
    reasons = [*unpublishable, *_too_many_missing(n)]
    health = health_of(joined, figures.bounds(), figures.resamples, looked_up=model.reads_ids)
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
        metrics=figures.estimates([*METRICS, "reading"]),
        released=figures.released(),
        released_failures=options.released_failures,
        pessimistic={name: ends[0] if ends else None for name, ends in health.bounds.items()},
        health=health,
        by=Breakdown(
            category=figures.parts(joined.categories),
            language=figures.parts(joined.languages),
            dropped=figures.pairs(items.gaps),
            requirement_type=figures.pairs(items.types),
        ),
        diagnosis=figures.diagnosis(joined, options, health),
        resamples=figures.resamples,
        notices=tuple(notices),
        cost=joined.cost,
        versions={"weval": weval.__version__, "numpy": np.__version__, "python": platform.python_version()},
    )


def per_item(joined: Joined, options: EvaluateOptions) -> PerItem:
    """Every figure item by item, as `evaluate` takes it."""
    return PerItem(joined, released_failures=options.released_failures, drift=options.drift)


class _Figures:
    """Means over items, and over pairs, with their intervals."""

    def __init__(self, items: PerItem, resamples: int) -> None:
        self.items, self.resamples = items, resamples

    def estimates(self, names: Sequence[str], where: IntArray | None = None) -> dict[str, Estimate | None]:
        """Means over the scored items, or over those in `where`, with their intervals, all on the same resamples."""
        chosen = self.items.scored if where is None else where
        return means(names, np.column_stack([self.items.figures[name][chosen] for name in names]), self.resamples)

    def parts(self, labels: list[str | None]) -> dict[str, dict[str, Estimate | None]]:
        """The figures for each part of the scored items."""
        members = by_label(labels, self.items.scored)
        return {label: self.estimates(PARTS, at) for label, at in members.items()}

    def pairs(self, groups: Mapping[str, Pairs]) -> dict[str, PairEstimate]:
        """Accuracy over pairs, for each group that has any; resampled by items."""
        scored = self.items.scored
        chosen = {name: (pairs.points[scored], pairs.counts[scored]) for name, pairs in groups.items()}
        return shares_of_pairs(chosen, self.resamples)

    def released(self) -> dict[str, float] | None:
        """Means of the released script's figures over the items it would have seen."""
        found = {name: self._mean(f"released_{name}") for name in Released._fields}
        return {name: mean for name, mean in found.items() if mean is not None} or None

    def bounds(self) -> dict[str, Interval]:
        """The mean of each metric with every missing item at its worst, and at its best.

        Only items whose gold defines the metric count; None where no item that was scored has one.
        """
        found: dict[str, Interval] = dict.fromkeys(METRICS)
        for name in METRICS:
            values, lost = self._defined(name), self.items.lost[name]
            if len(values):
                ends = (WORST[name], sum(LIMITS[name]) - WORST[name])
                worst, best = (float((values.sum() + end * lost) / (len(values) + lost)) for end in ends)
                found[name] = (worst, best)
        return found

    def diagnosis(self, joined: Joined, options: EvaluateOptions, health: Health) -> Diagnosis:
        """What the scorer goes by, and how much its figures can tell."""
        kept = self.items.kept_scores
        names = sorted(kept, key=int)
        columns = np.column_stack([kept[name][self.items.scored] for name in names])
        detectable = {name: self._detectable(name) for name in ("correlation", "reading")}
        return Diagnosis(
            requirement_effect=self._effects(),
            length_bias=self.estimates(["length_bias"])["length_bias"],
            score_by_kept=means(names, columns, self.resamples),
            resolution=self._resolution(joined, options.drift),
            tie_rules={rule: {name: self._mean(f"{rule}_{name}") for name in BOUNDED} for rule in TIE_RULES},
            detectable_difference=detectable,
            noise_ceiling=noise_ceiling(joined, self.items.scored, self.resamples),
            position_bias=position_bias(health),
        )

    def _effects(self) -> dict[str, RequirementEffect]:
        found = requirement_effects(*self.items.effects(), seed=0, n_resamples=self.resamples)
        effects = {}
        for name, beta, low, high in zip(TYPES, *(part.tolist() for part in found), strict=True):
            if not np.isnan(beta):
                points, counts = self._of_type(name)
                effects[name] = RequirementEffect(
                    beta=beta, ci=interval(low, high), n_pairs=counts, accuracy=points / counts if counts else None
                )
        return effects

    def _of_type(self, name: RequirementType) -> tuple[float, int]:
        """Points and pairs that differ in requirements of a type alone."""
        pairs = self.items.types[name]
        return float(pairs.points.sum(dtype=np.float64)), int(pairs.counts.sum())

    def _resolution(self, joined: Joined, drift: float | None) -> Resolution:
        total, tied, near = self.items.resolution[self.items.scored].sum(axis=0).tolist()
        # A judge of pairs or lists gives places, and places do not drift.
        known = None if joined.unit in ("pair", "list") else drift
        return Resolution(
            n_pairs=total, tied=tied / total, near_ties=None if known is None else near / total, drift=known
        )

    def _detectable(self, name: str) -> float | None:
        """Of two models whose items vary like this one's and go their own way: a difference has twice the variance."""
        low, high = LIMITS[name]
        found = detectable_difference(self._defined(name), most=(high - low) / math.sqrt(2))
        return None if found is None else found * math.sqrt(2)

    def _defined(self, name: str) -> FloatArray:
        values = self.items.figures[name]
        return values[~np.isnan(values)]

    def _mean(self, name: str) -> float | None:
        values = self._defined(name)
        return float(values.mean()) if len(values) else None


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
