"""Whether a judge's answers can be relied on: how they ended, what order and chance do to them, what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from weval.estimates import interval, means, shares_of_pairs
from weval.joined import Joined
from weval.metrics import FloatArray, IntArray, early_preference, first_on_top, order_counts, ratio, wilson
from weval.results import AnswerShare, Estimate, Health, Interval, Mass

ENDS = ("ok", "unparsed", "refused", "truncated", "failed")
"""How a question ends that is asked and applies."""


def health_of(joined: Joined, bounds: Mapping[str, Interval], resamples: int, *, looked_up: bool = False) -> Health:
    """The health of a run's answers; `bounds` are each metric's, worst and best.

    Answers that were looked up in a file (`looked_up`) were given in an order that nobody knows, so nothing is said of
    what it did.
    """
    order = _Order.unseen(joined.n_items) if looked_up else _order(joined)
    drawn, replies = _samples(joined)
    columns = np.column_stack([order.first_wins, drawn])
    shares = means(["first_wins", "self_agreement"], columns, resamples, (0.0, 1.0)) if _any(columns) else {}
    early = order.early[:, None]
    flips = shares_of_pairs({"flips": (order.flips, order.pairs), "both": (order.reversals, order.pairs)}, resamples)
    return Health(
        answers=_answers(joined.statuses),
        order_flips=flips.get("flips"),
        reversals=flips.get("both"),
        first_wins=shares.get("first_wins"),
        first_wins_chance=float(np.nanmean(order.chance)) if _any(order.chance) else None,
        early_preference=means(["early"], early, resamples, (-1.0, 1.0))["early"] if _any(early) else None,
        self_agreement=shares.get("self_agreement"),
        samples_per_question=replies.per_question,
        samples_without_verdict=replies.without_verdict,
        mass=_mass(joined),
        bounds=dict(bounds),
    )


def position_bias(health: Health) -> Estimate | None:
    """How much more often the text shown first wins than if the order did not matter; from -chance to 1 - chance."""
    found, chance = health.first_wins, health.first_wins_chance
    if found is None or chance is None:
        return None
    ci = None if found.ci is None else (found.ci[0] - chance, found.ci[1] - chance)
    return Estimate(value=found.value - chance, ci=ci, n=found.n)


class _Order(NamedTuple):
    """What the order shown did, one entry per item; NaN, and no pairs, where nothing was shown side by side."""

    pairs: IntArray
    flips: FloatArray
    reversals: FloatArray
    first_wins: FloatArray
    chance: FloatArray
    early: FloatArray

    @classmethod
    def unseen(cls, n: int) -> _Order:
        """For n items of which nothing is known."""
        none = [np.full(n, np.nan) for _ in range(3)]
        return cls(np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n), *none)


def _order(joined: Joined) -> _Order:
    found = _Order.unseen(joined.n_items)
    for block in joined.blocks:
        at = block.positions
        if block.unit == "pair":
            counts = order_counts(block.answers, block.applicable)
            found.pairs[at], found.flips[at], found.reversals[at] = counts.pairs, counts.flips, counts.reversals
            found.first_wins[at] = ratio(counts.first, counts.pairs)
            found.chance[at] = np.where(counts.pairs > 0, 0.5, np.nan)
        elif block.unit == "list" and block.asides.places is not None:
            judged = block.applicable.all(axis=1)
            scores, places = block.answers[judged], block.asides.places[judged]
            found.first_wins[at[judged]] = first_on_top(scores, places)
            found.early[at[judged]] = early_preference(scores, places)
            found.chance[at[judged]] = 1 / block.gold.shape[1]
    return found


class _Replies(NamedTuple):
    """Of all sampled replies: how many there are to a question, and which share has no verdict."""

    per_question: float | None
    without_verdict: float | None


def _samples(joined: Joined) -> tuple[FloatArray, _Replies]:
    """The share of pairs of replies that agree, per item (NaN where no question has two verdicts), and the replies."""
    agreement = np.full(joined.n_items, np.nan)
    questions = replies = without = 0
    for block in joined.blocks:
        if block.asides.samples is not None:
            counts = block.asides.samples.astype(np.int64).reshape(len(block.positions), -1, 3)
            n, none, equal = np.moveaxis(counts, 2, 0)
            verdicts = n - none
            agreement[block.positions] = ratio(equal.sum(axis=1), (verdicts * (verdicts - 1) // 2).sum(axis=1))
            questions, replies, without = questions + int((n > 0).sum()), replies + n.sum(), without + none.sum()
    if not questions:
        return agreement, _Replies(None, None)
    return agreement, _Replies(float(replies / questions), float(without / replies))


def _mass(joined: Joined) -> Mass | None:
    known = [mass[~np.isnan(mass)] for block in joined.blocks if (mass := block.asides.mass) is not None]
    values = np.concatenate(known) if known else np.zeros(0)
    if not len(values):
        return None
    return Mass(mean=float(values.mean()), smallest=float(values.min()), n=len(values))


def _answers(statuses: Mapping[str, int]) -> dict[str, AnswerShare]:
    n = sum(statuses.get(status, 0) for status in ENDS)
    return {
        status: AnswerShare(value=count / n, ci=interval(*wilson(count / n, n)), count=count, n=n)
        for status in ENDS
        if n
        for count in [statuses.get(status, 0)]
    }


def _any(values: FloatArray) -> bool:
    """Whether anything is known: a bootstrap of nothing takes as long as one of something."""
    return not np.isnan(values).all()
