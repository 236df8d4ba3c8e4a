"""Against gold: the majority of the annotators, and each of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

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
    figures = _figures(ranked)
    return Majority(
        n_left_out=len(every) - len(ranked),
        metrics=means(FIGURES, np.column_stack([figures[name] for name in FIGURES]), resamples),
        released={name: float(figures[f"released_{name}"].mean()) for name in Released._fields} if ranked else None,
    )


def _figures(ranked: Sequence[Ranked]) -> dict[str, FloatArray]:
    """Item by item how rankings agree with gold: our figures and the released script's (`released_…`)."""
    names = (*FIGURES, *(f"released_{name}" for name in Released._fields))
    figures = {name: np.full(len(ranked), np.nan) for name in names}
    widths: dict[int, list[int]] = defaultdict(list)
    for at, (gold, _) in enumerate(ranked):
        widths[len(gold)].append(at)
    for rows in widths.values():
        gold, scores = (np.array(column) for column in zip(*(ranked[at] for at in rows), strict=True))
        for name in FIGURES:
            figures[name][rows] = METRICS[name](gold, scores)
        for name, values in released(gold, scores)._asdict().items():
            figures[f"released_{name}"][rows] = values
    return figures


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
        correlation = _figures(ranked[who])["correlation"]
        every[who] = Annotator(
            n_rankings=len(points[who]),
            n_labels=n_labels[who],
            with_gold=means(["correlation"], correlation[:, None], resamples)["correlation"],
            with_others=others.get(""),
        )
    return every
