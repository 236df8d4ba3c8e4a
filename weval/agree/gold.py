"""Against gold: the majority of the annotators, and each of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from weval.agree.ballots import Ballots, Matched
from weval.agree.records import Annotator, Majority
from weval.estimates import means, shares_of_pairs
from weval.metrics import METRICS, FloatArray, IntArray, Released, majority_scores, others_points, released

FIGURES = ("correlation", "il", "pl")
"""What rankings are measured by against gold."""

Ranked = tuple[IntArray, FloatArray]
"""Gold and scores of an item's candidates."""


def majority(ballots: Sequence[Ballots], resamples: int) -> Majority:
    """Points per comparison, as `human:FILE` has them, against gold; items with an open pair are left out."""
    every = [(ballot.gold, majority_scores(ballot.votes)) for ballot in ballots if ballot.gold is not None]
    ranked = [(gold, scores) for gold, scores in every if not np.isnan(scores).any()]
    return Majority(
        n_left_out=len(every) - len(ranked),
        metrics=means(FIGURES, _figures(ranked, FIGURES), resamples),
        released=_released(ranked) if ranked else None,
    )


def _figures(ranked: Sequence[Ranked], names: Sequence[str]) -> FloatArray:
    """Item by item how far rankings agree with gold, (m, figures)."""
    found = np.full((len(ranked), len(names)), np.nan)
    for rows, gold, scores in _by_width(ranked):
        found[rows] = np.column_stack([METRICS[name](gold, scores) for name in names])
    return found


def _released(ranked: Sequence[Ranked]) -> dict[str, float]:
    """The means of the released script's figures; at least one item."""
    parts = zip(*(released(gold, scores) for _, gold, scores in _by_width(ranked)), strict=True)
    return {name: float(np.concatenate(values).mean()) for name, values in zip(Released._fields, parts, strict=True)}


def _by_width(ranked: Sequence[Ranked]) -> Iterator[tuple[list[int], IntArray, FloatArray]]:
    """Items with as many candidates together: which they are, and their gold and scores, (items, candidates)."""
    widths: dict[int, list[int]] = defaultdict(list)
    for at, (gold, _) in enumerate(ranked):
        widths[len(gold)].append(at)
    for rows in widths.values():
        yield rows, np.array([ranked[at][0] for at in rows]), np.array([ranked[at][1] for at in rows])


def annotators(found: Matched, resamples: int) -> dict[str, Annotator]:
    """Every annotator by name, against gold and against the majority of the others."""
    ranked: dict[str, list[Ranked]] = defaultdict(list)
    points: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for ballot in found.ballots:
        of_all = zip(ballot.annotators, ballot.places, ballot.complete, *others_points(ballot.places), strict=True)
        for who, places, complete, won, pairs in of_all:
            points[who].append((float(won), int(pairs)))
            if ballot.gold is not None and complete:
                ranked[who].append((ballot.gold, -places))
    n_labels = Counter(who for one in found.labelled for who in one.labels)
    every = {}
    for who in sorted({*points, *n_labels}):
        won, pairs = np.array(points[who]).reshape(-1, 2).T
        others = shares_of_pairs({"": (won, pairs.astype(np.int64))}, resamples)
        every[who] = Annotator(
            n_rankings=len(points[who]),
            n_labels=n_labels[who],
            with_gold=means(["correlation"], _figures(ranked[who], ["correlation"]), resamples)["correlation"],
            with_others=others.get(""),
        )
    return every
