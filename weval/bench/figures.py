"""Rows of items into figures with intervals over items, breakdowns, bounds, and what each repair changed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from weval.bench.items import BenchItem, Figure, Row
from weval.bench.result import RepairEffect, Scored
from weval.estimates import interval
from weval.metrics import FloatArray, bootstrap
from weval.results import Estimate

Groups = dict[str, dict[str, dict[str, Estimate | None]]]


class Sheet:
    """Sums and weights of every item for every figure: the arrays that all figures are made of.

    `sums` and `weights` have shape (items, figures): the weight is 0 where a figure is missing or does not apply;
    `missing` says which of the two, and `lost` what a missing one would weigh, NaN where that is not told.
    """

    def __init__(self, figures: Sequence[Figure], rows: Sequence[Row]) -> None:
        self.figures, self.rows = figures, rows
        shape = (len(rows), len(figures))
        self.sums, self.weights = np.zeros(shape), np.zeros(shape)
        self.missing, self.lost = np.zeros(shape, dtype=bool), np.zeros(shape)
        for i, row in enumerate(rows):
            for k, figure in enumerate(figures):
                if figure.name not in row.shares:
                    continue
                share = row.shares[figure.name]
                if share is None:
                    self.missing[i, k], self.lost[i, k] = True, row.weights.get(figure.name, math.nan)
                else:
                    self.sums[i, k], self.weights[i, k] = share

    def estimates(self, resamples: int | None) -> dict[str, Scored]:
        """Every figure with its interval and its bounds."""
        found = self._bootstrapped(self.sums, self.weights, resamples)
        return {
            figure.name: Scored(
                estimate=found[k],
                n_missing=int(self.missing[:, k].sum()),
                worst=self._bound(k, figure.worst),
                best=self._bound(k, figure.low + figure.high - figure.worst),
            )
            for k, figure in enumerate(self.figures)
        }

    def parts(self, items: Sequence[BenchItem], resamples: int | None) -> Groups:
        """Every figure for each group of the items, by the same resamples of items."""
        labels = list(dict.fromkeys(_labels(items)))
        if not labels:
            return {}
        members = np.array([[item.groups.get(name) == label for name, label in labels] for item in items])
        n, k = len(labels), len(self.figures)
        # One column for each group and figure; an item outside a group weighs nothing there.
        sums, weights = (
            (table[:, None, :] * members[:, :, None]).reshape(len(items), n * k) for table in (self.sums, self.weights)
        )
        found = self._bootstrapped(sums, weights, resamples)
        groups: Groups = {}
        for at, (name, label) in enumerate(labels):
            here = {figure.name: found[at * k + j] for j, figure in enumerate(self.figures)}
            groups.setdefault(name, {})[label] = here
        return groups

    def value(self, k: int) -> float | None:
        """A figure without its interval."""
        weight = self.weights[:, k].sum()
        return float(self.sums[:, k].sum() / weight) if weight else None

    def _bound(self, k: int, end: float) -> float | None:
        """The figure if every item that it is missing for were at that end. See Row.weights for what these weigh."""
        known = self.weights[:, k] > 0
        if not known.any():
            return None
        usual = self.weights[known, k].mean()
        lost = float(np.where(np.isnan(self.lost[:, k]), usual, self.lost[:, k]).sum())
        return float((self.sums[:, k].sum() + end * lost) / (self.weights[:, k].sum() + lost))

    def _bootstrapped(self, sums: FloatArray, weights: FloatArray, resamples: int | None) -> list[Estimate | None]:
        limits = [(figure.low, figure.high) for figure in self.figures] * (sums.shape[1] // len(self.figures))
        found = bootstrap(sums, weights, seed=0, n_resamples=resamples, limits=limits)
        counts = (weights > 0).sum(axis=0).tolist()
        return [
            None if math.isnan(value) else Estimate(value=value, ci=interval(low, high), n=n)
            for value, low, high, n in zip(*(part.tolist() for part in found), counts, strict=True)
        ]


def headline_of(figures: Sequence[Figure], rows: Sequence[Row]) -> Figure:
    """The first figure that applies to any of the items: what needs texts does not where only verdicts were given."""
    return next((figure for figure in figures if any(figure.name in row.shares for row in rows)), figures[0])


def as_published(found: Mapping[str, Scored], original: Mapping[str, float | None]) -> dict[str, Scored]:
    """Figures of mode original by what the published arithmetic makes of all items together.

    Where that is no mean over items, as the mean of two means over different items, the interval is not of it.
    """
    kept = dict(found)
    for name, scored in found.items():
        value, ours = original.get(name), scored.estimate
        if value is None:
            kept[name] = scored.model_copy(update={"estimate": None})
        elif ours is None or not math.isclose(value, ours.value, rel_tol=1e-9, abs_tol=1e-12):
            kept[name] = scored.model_copy(update={"estimate": Estimate(value=value, ci=None, n=ours.n if ours else 0)})
        else:
            kept[name] = scored.model_copy(update={"estimate": ours.model_copy(update={"value": value})})
    return kept


def original_values(figures: Sequence[Figure], rows: Sequence[Row]) -> dict[str, float | None]:
    """The figures by the published arithmetic: what it dropped is not among the rows' shares."""
    sheet = Sheet(figures, rows)
    return {figure.name: sheet.value(k) for k, figure in enumerate(figures)}


def repair_effects(
    figures: Sequence[Figure], about: Mapping[str, str], rows: Sequence[Row], originals: Sequence[Row] | None
) -> tuple[RepairEffect, ...]:
    """For each repair, on how many items it made a difference, and the headline without it: with what the published
    arithmetic makes of those items. `originals` are None where it makes nothing of them, as its script would stop.
    """
    effects, headline = [], headline_of(figures, rows)
    for name, said in about.items():
        touched = [name in row.repairs for row in rows]
        without = None
        if originals is not None:
            mixed = [old if hit else new for hit, new, old in zip(touched, rows, originals, strict=True)]
            without = Sheet((headline,), mixed).value(0)
        effects.append(RepairEffect(name=name, about=said, n_items=sum(touched), without=without))
    return tuple(effects)


def _labels(items: Iterable[BenchItem]) -> Iterable[tuple[str, str]]:
    """Dimensions in the order in which items first have them, each with its labels by name, and number in it."""
    found = [pair for item in items for pair in item.groups.items()]
    order = list(dict.fromkeys(name for name, _ in found))
    return sorted(found, key=lambda pair: (order.index(pair[0]), _natural(pair[1])))


def _natural(label: str) -> list[tuple[int, str]]:
    """What a label is sorted by: 4000 comes after 500."""
    return [(len(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", label)]
