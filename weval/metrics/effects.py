"""Which kinds of requirement move a score: a logistic model of pairs, by the types of what sets two texts apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, pair_signs, rows
from weval.metrics.intervals import Intervals, bootstrap_sums

RIDGE = 0.1
"""Strength of the ridge: it keeps a perfect scorer finite, and weighs less than one pair.

A ridge of 1 pulled effects of 3 on 60 items so far towards 0 that three intervals in four missed them.
"""

_MOST_CELLS = 4_000_000
_PAIRS_AT_ONCE = 1_000_000
_MAX_STEPS, _PRECISION, _LONGEST_STEP = 60, 1e-9, 4.0


class EffectPairs(NamedTuple):
    """Pairs of candidates that differ in the types of what they kept.

    `differences` is (p, n_types): how many requirements of each type the first kept more than the second; `points`
    (p,) is 1 where the first is above, 0.5 for a tie, 0; `items` (p,) says of which item the pair is. All are small
    numbers, and kept as such: of a million items there are ten million pairs.
    """

    differences: npt.NDArray[np.int16]
    points: npt.NDArray[np.float32]
    items: npt.NDArray[np.int32]

    @classmethod
    def concatenated(cls, parts: Sequence[EffectPairs], n_types: int) -> Self:
        """All pairs of several groups of items."""
        none = (np.zeros((0, n_types), np.int16), np.zeros(0, np.float32), np.zeros(0, np.int32))
        return cls(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))


def effect_pairs(
    scores: npt.ArrayLike, kept: npt.ArrayLike, types: npt.ArrayLike, n_types: int, items: IntArray
) -> EffectPairs:
    """The pairs of candidates within each item whose kept requirements differ by type.

    Scores are (m, n), kept (m, n, r), types (m, r) codes below n_types, -1 for unknown. `items` (m,) names the items.
    Pairs that differ in a requirement of unknown type say nothing about types, and are left out.

    >>> pairs = effect_pairs([[0.9, 0.5]], [[[True, True], [True, False]]], [[0, 1]], 2, np.array([7]))
    >>> pairs.differences.tolist(), pairs.points.tolist(), pairs.items.tolist()
    ([[0, 1]], [1.0], [7])
    """
    values = rows("scores", scores)
    held, codes = np.asarray(kept, dtype=np.bool_), np.asarray(types, dtype=np.int64)
    signs = pair_signs(values)
    parts = []
    for i, j in combinations(range(values.shape[1]), 2):
        apart = held[:, i].astype(np.int64) - held[:, j]
        difference = np.stack([(apart * (codes == code)).sum(axis=1) for code in range(n_types)], axis=1)
        known = difference.any(axis=1) & ~((apart != 0) & (codes == -1)).any(axis=1)
        points = (1 + signs[known, i, j]) / 2
        parts.append(
            EffectPairs(difference[known].astype(np.int16), points.astype(np.float32), items[known].astype(np.int32))
        )
    return EffectPairs.concatenated(parts, n_types)


def requirement_effects(
    *parts: EffectPairs, seed: int, n_resamples: int | None = None, level: float = 0.95
) -> Intervals:
    """beta per type in P(first above second) = sigmoid(sum of beta_t * difference_t), with BCa intervals over items.

    A tie is half a win. 0: kept requirements of this type do not move the score; 1: one of them multiplies the odds of
    standing above by e. A ridge of weight 0.1 keeps it finite where the score always, or never, follows; the value then
    depends on the number of pairs and says no more than that it is large. Undefined for a type that no pair differs in;
    no interval where pairs of fewer than two items do. Above 10,000 items, or for very varied kept sets, items are
    resampled in random groups, which estimates the same spread. The pairs are those of all `parts`, at least one.
    Source: Bradley and Terry (1952) with kept requirements as covariates.

    >>> pairs = EffectPairs(np.array([[1], [1], [1]]), np.array([1.0, 0.5, 1.0]), np.array([0, 1, 2]))
    >>> requirement_effects(pairs, seed=0, n_resamples=100).value.round(2).tolist()
    [1.32]
    """
    n_types = parts[0].differences.shape[1]
    present: BoolArray = np.any([part.differences.any(axis=0) for part in parts], axis=0)
    values = [np.full(n_types, np.nan) for _ in range(3)]
    if present.any():
        kinds, sums = _sums_by_group(parts, present, seed)
        # The maximum of all pairs together is where the search for those of resamples begins.
        whole = _fit(kinds, sums.sum(axis=0)[None], np.zeros(kinds.shape[1]))[0]
        begin = np.nan_to_num(whole)
        found = bootstrap_sums(sums, lambda b: _fit(kinds, b, begin), seed=seed, n_resamples=n_resamples, level=level)
        telling = (sums[:, len(kinds) :] @ (kinds != 0) > 0).sum(axis=0)
        for whole, part in zip(values, found, strict=True):
            whole[present] = part
        for end in values[1:]:
            end[np.flatnonzero(present)[telling < 2]] = np.nan
    return Intervals(*values)


def _sums_by_group(parts: Sequence[EffectPairs], present: BoolArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """The distinct differences (u, t), and for each group of items the points and pairs of each, (groups, 2u)."""
    kinds = _kinds(part.differences for part in _facing(parts, present))
    there = np.zeros(1 + max(int(part.items.max(initial=0)) for part in parts), dtype=np.bool_)
    for part in parts:
        there[part.items] = True
    group, n_kinds, n_groups = np.cumsum(there) - 1, len(kinds), int(there.sum())
    most = min(10_000, max(500, _MOST_CELLS // n_kinds))
    if n_groups > most:
        group = np.where(there, np.random.default_rng(seed).permutation(n_groups)[group] % most, 0)
        n_groups = most
    won, counted = np.zeros(n_groups * n_kinds), np.zeros(n_groups * n_kinds, dtype=np.int64)
    for part in _facing(parts, present):
        cells = group[part.items] * n_kinds + _kind_of(part.differences, kinds)
        won += np.bincount(cells, weights=part.points, minlength=len(won))
        counted += np.bincount(cells, minlength=len(won))
    shape = (n_groups, n_kinds)
    return kinds.astype(np.float64), np.concatenate([won.reshape(shape), counted.reshape(shape)], axis=1)


def _facing(parts: Sequence[EffectPairs], present: BoolArray) -> Iterator[EffectPairs]:
    """Some pairs at a time, by the types that are present, each turned so that its first difference is above 0.

    (1, -1) with a win and (-1, 1) with a loss are one observation: half as many kinds of pair.
    """
    starts = ((pairs, start) for pairs in parts for start in range(0, len(pairs.items), _PAIRS_AT_ONCE))
    for pairs, start in starts:
        at = slice(start, start + _PAIRS_AT_ONCE)
        differences, points, items = pairs.differences[at], pairs.points[at], pairs.items[at]
        first = np.take_along_axis(differences, (differences != 0).argmax(axis=1)[:, None], axis=1)[:, 0]
        sign = np.sign(first)
        yield EffectPairs(differences[:, present] * sign[:, None], np.where(sign > 0, points, 1 - points), items)


def _kinds(parts: Iterable[npt.NDArray[np.int16]]) -> IntArray:
    """The distinct rows of all parts, in order."""
    return _distinct_rows(np.concatenate([_distinct_rows(part)[0] for part in parts]))[0]


def _kind_of(rows: npt.NDArray[np.int16], kinds: IntArray) -> IntArray:
    """Which of the kinds, among which they all are, each row is."""
    own, kind = _distinct_rows(rows)
    place = _distinct_rows(np.concatenate([kinds, own]))[1][len(kinds) :]
    return place[kind]


def _distinct_rows(numbers: npt.NDArray[np.signedinteger[Any]]) -> tuple[IntArray, IntArray]:
    """The distinct rows of small whole numbers, in order, and which of them each row is.

    As numpy's own, which sorts rows as text; ten times faster by making a number of each.
    """
    rows = numbers.astype(np.int64)
    low, width = rows.min(initial=0), rows.max(initial=0) - rows.min(initial=0) + 1
    if float(width) ** rows.shape[1] >= 2**62:
        kinds, kind = np.unique(rows, axis=0, return_inverse=True)
        return kinds, kind.ravel()
    weights = width ** np.arange(rows.shape[1] - 1, -1, -1)
    _, first, kind = np.unique((rows - low) @ weights, return_index=True, return_inverse=True)
    return rows[first], kind


def _fit(kinds: FloatArray, sums: FloatArray, begin: FloatArray) -> FloatArray:
    """The ridge maximum of the likelihood for each row of points and pairs: (b, 2u) to (b, t), NaN if absent.

    The search begins at `begin`, (t,).
    """
    n_kinds, n_types = kinds.shape
    products = (kinds[:, :, None] * kinds[:, None, :]).reshape(n_kinds, n_types**2)
    found = np.empty((len(sums), n_types))
    step = max(1, _MOST_CELLS // n_kinds)
    for start in range(0, len(sums), step):
        won, counted = sums[start : start + step, :n_kinds], sums[start : start + step, n_kinds:]
        found[start : start + step] = _newton(kinds, products, won, counted, begin)
    # Where no drawn pair differs in a type, the ridge would answer 0.
    found[sums[:, n_kinds:] @ (kinds != 0) == 0] = np.nan
    return found


def _newton(
    kinds: FloatArray, products: FloatArray, won: FloatArray, counted: FloatArray, begin: FloatArray
) -> FloatArray:
    """The maximum for each row by Newton's method, shape (b, t)."""
    n_types = kinds.shape[1]
    beta = np.tile(begin, (len(won), 1))
    for _ in range(_MAX_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(beta @ kinds.T, -500, 500)))
        gradient = (won - counted * chance) @ kinds - RIDGE * beta
        curvature = ((counted * chance * (1 - chance)) @ products).reshape(-1, n_types, n_types)
        curvature += RIDGE * np.eye(n_types)
        change = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        # A full step from afar can overshoot into where the likelihood is flat.
        longest = np.abs(change).max(axis=1, keepdims=True)
        beta += change * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))
        if longest.max(initial=0.0) < _PRECISION:
            break
    return beta
