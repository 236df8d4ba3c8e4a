"""Runs on the same items side by side: which is better, how sure that is, and where they disagree."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

import weval
from weval.comparison import Comparison, Difference, Duel, ItemApart, RunStamp
from weval.disagreement import disagreements
from weval.errors import ResultError, missing_extra
from weval.estimates import means
from weval.joined import MISSING, NOT_APPLICABLE
from weval.metrics import (
    LIMITS,
    RESAMPLES,
    BoolArray,
    FloatArray,
    classic_tests,
    concordance,
    default_resamples,
    detectable_difference,
    effect_size,
    holm,
    items_needed,
    sign_flip,
)
from weval.ownmetrics import MetricOptions, OwnMetric, own_metrics, undefined
from weval.peritem import PerItem
from weval.readback import ScoredRun, read_back

COMPARED = ("correlation", "reading", "il", "pl", "top1")
"""The figures that are compared, and after them those by metrics of the user's own."""

_DECIMALS = 12
"""Figures of an item are shares of pairs or candidates; what differs beyond so many decimals is rounding."""

MOST_APART = 5
"""So many items are named on which the one, and on which the other, is ahead by most."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison and the runs it was made from, in its order."""

    comparison: Comparison
    runs: tuple[ScoredRun, ...]


@dataclass(frozen=True)
class _Side:
    """One run, item by item; its figures by metrics of the user's own under the names of these."""

    name: str
    run: ScoredRun
    items: PerItem
    own: tuple[OwnMetric, ...]

    def __post_init__(self) -> None:
        self.items.figures |= {metric.name: metric.of(self.run.joined) for metric in self.own}


class CompareOptions(MetricOptions):
    """How runs are compared."""

    resamples: int | None = Field(default=None, ge=100, le=1_000_000, description=RESAMPLES)


def compare(folders: Sequence[str | os.PathLike[str]], options: CompareOptions | None = None) -> Compared:
    """The comparison of two or more runs. Raises ResultError where they are not on the same items.

    Two runs stay in the order given; more are ordered by correlation. An item that one of them has no score for is
    left out for all.
    """
    paths = [Path(folder) for folder in folders]
    if len(paths) < 2:
        raise ResultError(f"{paths[0]}: is one run; compare it with another" if paths else "no run is given to compare")
    if len({path.resolve() for path in paths}) < len(paths):
        raise ResultError(f"{_twice(paths)}: is given twice")
    if importlib.util.find_spec("scipy") is None:
        raise missing_extra("scipy", "analysis", "weval compare")
    options = options or CompareOptions()
    metrics = own_metrics(options.metric)
    runs = [read_back(path) for path in paths]
    for other in runs[1:]:
        _check_same_items(runs[0], other)
    sides = [_Side(name, run, PerItem(run.joined), metrics) for name, run in zip(_names(runs), runs, strict=True)]
    together: BoolArray = np.logical_and.reduce([side.items.scored for side in sides])
    if not together.any():
        scored = ", ".join(f"{side.name} {int(side.items.scored.sum())}" for side in sides)
        raise ResultError(f"no item was scored by all of these runs (items scored: {scored})")
    if len(sides) > 2:  # best first, so that the differences of all pairs point one way
        sides.sort(key=lambda side: _order(side.items.figures["correlation"][together]))
    n_resamples = options.resamples or default_resamples(runs[0].joined.n_items)
    duels = [_duel(first, second, together, n_resamples) for first, second in combinations(sides, 2)]
    comparison = Comparison(
        task=runs[0].identity.task,
        n_items=runs[0].joined.n_items,
        n_compared=int(together.sum()),
        runs=tuple(_stamp(side, together, n_resamples) for side in sides),
        duels=tuple(
            duel.model_copy(update={"metrics": metrics})
            for duel, metrics in zip(duels, adjusted([duel.metrics for duel in duels]), strict=True)
        ),
        resamples=n_resamples,
        notices=tuple(_notices(sides)),
        versions={"weval": weval.__version__, "numpy": np.__version__},
    )
    return Compared(comparison, tuple(side.run for side in sides))


def _twice(folders: Sequence[Path]) -> Path:
    return next(folder for folder in folders if sum(folder.resolve() == other.resolve() for other in folders) > 1)


def _check_same_items(first: ScoredRun, other: ScoredRun) -> None:
    """Raises ResultError where two runs are not on the same items, read the same way."""
    ours, theirs = first.identity, other.identity
    if ours.task.sha256 != theirs.task.sha256:
        tasks = (f"{task.name} {task.version} (sha256 {task.sha256[:12]}…)" for task in (theirs.task, ours.task))
        raise ResultError(f"{other.folder}: was not made on the same items as {first.folder}: {', not '.join(tasks)}")
    told = [{**run.data.model_dump(), "limit": run.limit, "judged_on": run.plan.judged_on} for run in (ours, theirs)]
    for name, here in told[0].items():
        if (there := told[1][name]) != here:
            said = (f"{name}={value}" if value is not None else f"no {name}" for value in (there, here))
            raise ResultError(f"{other.folder}: was not made in the same way as {first.folder}: {', not '.join(said)}")


def _names(runs: Sequence[ScoredRun]) -> list[str]:
    """The models' names where they tell the runs apart, else with the folder."""
    models = [run.identity.model.name for run in runs]
    return [
        model if models.count(model) == 1 else f"{model} ({run.folder})"
        for model, run in zip(models, runs, strict=True)
    ]


def _order(correlations: FloatArray) -> float:
    """Minus the mean; what has none goes last."""
    defined = correlations[~np.isnan(correlations)]
    return -float(defined.mean()) if len(defined) else 2.0


def _stamp(side: _Side, together: BoolArray, n_resamples: int) -> RunStamp:
    columns = np.column_stack([side.items.figures[name][together] for name in COMPARED])
    return RunStamp(
        name=side.name,
        folder=str(side.run.folder),
        unit=side.run.identity.model.unit,
        n_scored=int(side.items.scored.sum()),
        metrics=means(COMPARED, columns, n_resamples)
        | {own.name: own.mean(side.items.figures[own.name][together], n_resamples) for own in side.own},
    )


def _duel(first: _Side, second: _Side, together: BoolArray, n_resamples: int) -> Duel:
    alike = np.full(len(together), np.nan)
    for block, other in zip(first.run.joined.blocks, second.run.joined.blocks, strict=True):
        chosen = together[block.positions]
        scores = (side.candidate_scores()[chosen] for side in (block, other))
        alike[block.positions[chosen]] = concordance(*scores)
    return Duel(
        first=first.name,
        second=second.name,
        metrics={
            name: paired_difference(
                (first.items.figures[name] - second.items.figures[name])[together], high - low, n_resamples
            )
            for name, (low, high) in _ranges(first).items()
        },
        concordance=means(["concordance"], alike[together, None], n_resamples, (-1.0, 1.0))["concordance"],
        disagreement=disagreements(first.run.joined, second.run.joined, together, n_resamples),
        most_apart=_most_apart(first, second, together),
    )


def _ranges(side: _Side) -> dict[str, tuple[float, float]]:
    """What is compared, each figure with the ends of its range."""
    return {name: LIMITS[name] for name in COMPARED} | {own.name: own.limits or (0.0, np.inf) for own in side.own}


def paired_difference(values: FloatArray, most: float, n_resamples: int | None = None) -> Difference | None:
    """What the differences of items, (m,), say of two runs; NaN is left out, and None where nothing else is there.

    `most` is the largest difference that there can be. p is not adjusted. Needs scipy.
    """
    # Equal differences must be equal: 0.6 - 0.4 and 0.8 - 0.6 are not, and would have ranks of their own.
    values = np.round(values[~np.isnan(values)], _DECIMALS)
    found = means(["difference"], values[:, None], n_resamples)["difference"]  # whose range is not the figure's
    if found is None:
        return None
    p, classic = sign_flip(values, seed=0), classic_tests(values)
    return Difference(
        value=found.value,
        ci=found.ci,
        n=found.n,
        n_differ=int(np.count_nonzero(values)),
        p=p,
        p_holm=p,
        wilcoxon=classic.wilcoxon,
        t=classic.t,
        effect_size=effect_size(values),
        items_needed=items_needed(values),
        detectable=detectable_difference(values, most=most),
    )


def adjusted(pairs: Sequence[Mapping[str, Difference | None]]) -> list[dict[str, Difference | None]]:
    """The differences of all pairs of runs with p values adjusted over the pairs (Holm), each figure by itself."""
    new: list[dict[str, Difference | None]] = [dict(pair) for pair in pairs]
    for name in new[0] if new else ():
        found = [(pair, before) for pair in new if (before := pair[name])]
        for (pair, before), p in zip(found, holm([before.p for _, before in found]).tolist(), strict=True):
            pair[name] = before.model_copy(update={"p_holm": p})
    return new


def _most_apart(
    first: _Side, second: _Side, together: BoolArray
) -> dict[Literal["first", "second"], tuple[ItemApart, ...]]:
    """The items on which the correlation of the one is ahead by most, and of the other; in task order where equal."""
    ours, theirs = (side.items.figures["correlation"] for side in (first, second))
    ahead = np.where(together, ours - theirs, np.nan)
    chosen = {
        side: [at for at in np.argsort(-lead, kind="stable")[:MOST_APART].tolist() if lead[at] > 0]
        for side, lead in (("first", ahead), ("second", -ahead))
    }

    def named(at: int) -> ItemApart:
        category = first.run.joined.categories[at]
        return ItemApart(
            id=first.run.joined.ids[at], category=category, first=float(ours[at]), second=float(theirs[at])
        )

    return {"first": tuple(map(named, chosen["first"])), "second": tuple(map(named, chosen["second"]))}


def _notices(sides: Sequence[_Side]) -> Iterator[str]:
    for side in sides:
        n = len(side.items.state)
        counts = {"no score for": MISSING, "nothing to judge in": NOT_APPLICABLE}
        for what, state in counts.items():
            if found := int((side.items.state == state).sum()):
                yield f"{side.name} has {what} {found} of {n} items; they are left out for all"
        if unanswered := side.run.joined.statuses.get("unanswered"):
            yield f"{side.name} is not finished: {unanswered:,} questions have no answer yet"
        if probe := side.run.identity.plan.probe:
            yield f"{side.name} is a probe ({probe})"
        for own in side.own:
            if np.isnan(side.items.figures[own.name]).all():
                yield f"{side.name}: {next(undefined({own.name: None}))}"
