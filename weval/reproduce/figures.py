"""What a finished step comes to, figure by figure, made again of its raw scores: ours, and by the published script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from weval.bench.compare import check_comparable, item_differences
from weval.bench.figures import Groups, Sheet, as_published
from weval.bench.finish import BenchOutcome
from weval.errors import ResultError
from weval.estimates import mean, means
from weval.evaluate import MAX_MISSING, EvaluateOptions, per_item
from weval.identity import Identity
from weval.joined import MISSING, Joined
from weval.metrics import METRICS, FloatArray, Released, default_resamples
from weval.peritem import PerItem
from weval.results import Estimate
from weval.wording import counted

PART = "/"
"""In the name of a figure, between a group of items and its label: domain1/D2 Finance & Business."""


_FIGURES = (*METRICS, "reading")


@dataclass(frozen=True, slots=True)
class Found:
    """A figure by our definition and as the published script has it, in the units of its result; None is undefined.

    `remarks` are what who reads it should know.
    """

    headline: Estimate | None
    released: Estimate | None
    remarks: tuple[str, ...] = ()


class Measured(Protocol):
    """A finished step, read back."""

    @property
    def n_resamples(self) -> int:
        """Of items, behind every interval."""
        ...

    def figure(self, name: str) -> Found:
        """A figure by name. Raises ResultError for one that the step has not."""
        ...

    def gain(self, name: str, before: Measured) -> Found:
        """How much higher it is than that of another step on the same items, by the differences of items.

        Raises ResultError where the two are not on the same items, or were not judged the same way.
        """
        ...


@dataclass(frozen=True)
class RunFigures:
    """A run of a task: means over items. `asked_for` are resamples, None for as many as its result has."""

    identity: Identity
    options: EvaluateOptions
    joined: Joined
    asked_for: int | None = None

    @property
    def n_resamples(self) -> int:
        """As its result has them, unless others were asked for."""
        return self.asked_for or self.options.resamples or default_resamples(self.joined.n_items)

    @cached_property
    def items(self) -> PerItem:
        """Every figure item by item."""
        return per_item(self.joined, self.options)

    def figure(self, name: str) -> Found:
        """Of the items that have a score; the released one of those that the script would have seen."""
        self._values(name)  # which there are
        theirs = self.items.figures[f"released_{name}"] if name in Released._fields else None
        return Found(
            headline=self._headlines[name],
            released=None if theirs is None else mean(name, theirs, self.n_resamples),
            remarks=self._remarks,
        )

    def gain(self, name: str, before: Measured) -> Found:
        """Of the items that both have a figure for."""
        if not isinstance(before, RunFigures) or before._way != self._way or before.joined.ids != self.joined.ids:
            raise ResultError("the two are not on the same items, asked the same way")
        ours = self._values(name) - before._values(name)
        released = f"released_{name}"
        theirs = self.items.figures[released] - before.items.figures[released] if name in Released._fields else None
        return Found(
            headline=mean("difference", ours, self.n_resamples),
            released=None if theirs is None else mean("difference", theirs, self.n_resamples),
            remarks=tuple(dict.fromkeys((*self._remarks, *before._remarks))),
        )

    @cached_property
    def _headlines(self) -> dict[str, Estimate | None]:
        """All together, as the result has them, to the last digit."""
        columns = np.column_stack([self.items.figures[name] for name in _FIGURES])
        return means(_FIGURES, columns[self.items.scored], self.n_resamples)

    @property
    def _way(self) -> tuple[str, int | None, object]:
        return self.identity.task.sha256, self.identity.limit, self.identity.plan

    def _values(self, name: str) -> FloatArray:
        if name not in _FIGURES:
            raise ResultError(f"a run has no figure {name!r}; it has {', '.join(_FIGURES)}")
        return self.items.figures[name]

    @property
    def _remarks(self) -> tuple[str, ...]:
        said = []
        if self.identity.limit:
            said.append(f"only the first {counted(self.identity.limit, 'item')} were judged")
        if self.identity.plan.judged_on == "own":
            said.append("responses were judged on their own requirements only")
        if self.identity.plan.probe:
            said.append(f"this is a probe ({self.identity.plan.probe}), not the benchmark")
        if n := int((self.items.state == MISSING).sum()):
            said.append(f"{counted(n, 'item')} of {self.joined.n_items:,} without a score")
        return tuple(said)


@dataclass(frozen=True)
class BenchFigures:
    """A run of a benchmark. `originals` are the rows that the published arithmetic makes of the same replies, None
    where its script would stop, and `stops` says where.
    """

    outcome: BenchOutcome
    originals: Sheet | None
    stops: str | None
    asked_for: int | None = None

    @property
    def n_resamples(self) -> int:
        """As its result has them, unless others were asked for."""
        return self.asked_for or self.outcome.result.resamples

    def figure(self, name: str) -> Found:
        """A figure of the benchmark, or its headline for a group of the items (see PART)."""
        if PART in name:
            group, _, label = name.partition(PART)
            return Found(self._part(self._parts[0], group, label), self._of_originals(group, label), self._remarks)
        if name not in self.outcome.result.stamps:
            known = ", ".join(self.outcome.result.stamps)
            raise ResultError(f"{self.outcome.result.benchmark.name} has no figure {name!r}; it has {known}")
        return Found(self._headlines[name], self._released.get(name), self._remarks)

    def gain(self, name: str, before: Measured) -> Found:
        """Of the items that both have; as the script has it, its figure for the one less that for the other."""
        if not isinstance(before, BenchFigures):
            raise ResultError("the two are not on the same benchmark")
        check_comparable(before.outcome, self.outcome)
        ours, theirs = self.figure(name), before.figure(name)
        if PART in name:
            raise ResultError(f"no gain is computed for a group of the items ({name})")
        k = [figure.name for figure in self._sheet.figures].index(name)
        return Found(
            headline=mean("difference", item_differences(self._sheet, before._sheet, k), self.n_resamples),
            released=self._released_gain(k, before, (ours.released, theirs.released)),
            remarks=tuple(dict.fromkeys((*self._remarks, *before._remarks))),
        )

    def _released_gain(
        self, k: int, before: BenchFigures, both: tuple[Estimate | None, Estimate | None]
    ) -> Estimate | None:
        """One printed figure less another; with an interval where the mean over shared items is the same."""
        one, other = both
        if one is None or other is None or self.originals is None or before.originals is None:
            return None
        value = one.value - other.value
        found = mean("difference", item_differences(self.originals, before.originals, k), self.n_resamples)
        same = found is not None and math.isclose(found.value, value, rel_tol=1e-9, abs_tol=1e-9)
        return Estimate(value=value, ci=found.ci if found and same else None, n=min(one.n, other.n))

    @cached_property
    def _sheet(self) -> Sheet:
        return Sheet(self.outcome.benchmark.figures, self.outcome.rows)

    @cached_property
    def _headlines(self) -> dict[str, Estimate | None]:
        """By our definition; of a run by the published arithmetic there are none."""
        if self.outcome.result.mode == "original":
            return dict.fromkeys(self.outcome.result.stamps)
        return {name: found.estimate for name, found in self._sheet.estimates(self.n_resamples).items()}

    @cached_property
    def _released(self) -> dict[str, Estimate | None]:
        """With an interval where the published figure is the mean over items that the rows have."""
        if self.originals is None:
            return {}
        found = as_published(self.originals.estimates(self.n_resamples), self.outcome.result.original or {})
        return {name: scored.estimate for name, scored in found.items()}

    @cached_property
    def _parts(self) -> tuple[Groups, Groups]:
        """For each group of the items, by our rows and by those of the published arithmetic."""
        items = self.outcome.items
        ours = {} if self.outcome.result.mode == "original" else self._sheet.parts(items, self.n_resamples)
        return ours, self.originals.parts(items, self.n_resamples) if self.originals else {}

    def _of_originals(self, group: str, label: str) -> Estimate | None:
        return self._part(self._parts[1], group, label) if self._parts[1] else None

    def _part(self, groups: Groups, group: str, label: str) -> Estimate | None:
        if label not in groups.get(group, {}):
            known = ", ".join(f"{name}{PART}{one}" for name, labels in groups.items() for one in labels)
            raise ResultError(f"no item is of {group}{PART}{label}; there are {known or 'no groups'}"[:400])
        return groups[group][label][self.outcome.result.headline]

    @property
    def _remarks(self) -> tuple[str, ...]:
        result = self.outcome.result
        stops = [f"the published script would stop on these replies: {self.stops}"] if self.stops else []
        # More than so few is among the reasons already.
        few = 0 < result.n_missing <= MAX_MISSING * (result.n_missing + result.n_scored)
        lost = [f"{counted(result.n_missing, 'item')} of {result.n_items:,} without a score"] if few else []
        mode = "its figures are by the published arithmetic, faults included"
        return (*(said for said in result.unpublishable_because if said != mode), *lost, *stops)


@dataclass(frozen=True)
class Counts:
    """How much there is of a data set. A count is no sample: its interval is the count."""

    counts: Mapping[str, float]
    n_items: int
    n_resamples: int = 0

    def figure(self, name: str) -> Found:
        """A count by name; the same whoever counts."""
        if name not in self.counts:
            raise ResultError(f"a data set has no {name!r}; counted are {', '.join(self.counts)}")
        value = float(self.counts[name])
        found = Estimate(value=value, ci=(value, value), n=self.n_items)
        return Found(found, found)

    def gain(self, name: str, before: Measured) -> Found:
        """There is none."""
        raise ResultError("counts of data sets are not subtracted")


def counts_of(sizes: list[tuple[int, int]]) -> Counts:
    """What Table 1 counts, of the numbers of candidates and requirements of every item.

    >>> counts_of([(5, 5), (5, 5)]).counts["requirement_judgements"]
    50.0
    """
    table = np.array(sizes, dtype=np.float64).reshape(-1, 2)
    return Counts(
        {
            "instructions": float(len(table)),
            "candidates_per_instruction": float(table[:, 0].mean()) if len(table) else 0.0,
            "responses": float(table[:, 0].sum()),
            "requirement_judgements": float(table.prod(axis=1).sum()),
        },
        len(table),
    )
