"""How far rankings agree with each other: Fleiss' kappa over pairs, Krippendorff's alpha over places, Kendall's W."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from weval.agree.ballots import Ballots
from weval.agree.records import Coefficient, RankingAgreement, Rankings
from weval.estimates import interval
from weval.join import TYPES
from weval.metrics import (
    IntArray,
    Intervals,
    bootstrap,
    fleiss_kappa,
    has_cycle,
    kendall_w,
    krippendorff_alpha,
    mid_ranks,
)
from weval.results import Estimate


def ranking_agreement(ballots: Sequence[Ballots], resamples: int) -> Rankings:
    """Agreement on all items, and on parts of them; at least one item."""
    groups: dict[str, list[Ballots]] = defaultdict(list)
    for ballot in ballots:
        if ballot.category is not None:
            groups[ballot.category].append(ballot)
    of_type = {
        name: [ballot for ballot in ballots if ballot.types is not None and (ballot.types == code).any()]
        for code, name in enumerate(TYPES)
    }
    return Rankings(
        n_items=len(ballots),
        n_rankings=sum(len(ballot.annotators) for ballot in ballots),
        n_partial=sum(int((~ballot.complete).sum()) for ballot in ballots),
        n_cycles=sum(has_cycle(ballot.votes) for ballot in ballots),
        overall=_agreement(ballots, resamples),
        by_category={name: _agreement(groups[name], resamples) for name in sorted(groups)},
        by_requirement_type={
            name: _kappa_of_pairs(of_type[name], resamples, code) for code, name in enumerate(TYPES) if of_type[name]
        },
    )


def _agreement(ballots: Sequence[Ballots], resamples: int) -> RankingAgreement:
    return RankingAgreement(
        kappa=_kappa_of_pairs(ballots, resamples),
        alpha=_alpha_of_places(ballots, resamples),
        w=_mean_w(ballots, resamples),
    )


def _kappa_of_pairs(ballots: Sequence[Ballots], resamples: int, type_code: int | None = None) -> Coefficient | None:
    """Three answers: first, second, tied. Each pair stands there in both orders, so that no side is the usual one."""
    tables = []
    for ballot in ballots:
        others = ~np.eye(len(ballot.votes), dtype=np.bool_)
        tables.append(ballot.votes[others if type_code is None else ballot.types == type_code])
    counts, items = _stacked(tables)
    found = fleiss_kappa(counts, items, seed=0, n_resamples=resamples)
    return coefficient(found, counts, items, orders=2)


def _alpha_of_places(ballots: Sequence[Ballots], resamples: int) -> Coefficient | None:
    """Subjects are candidates, answers their mid-ranks; only rankings of all candidates of an item have those."""
    n_answers = 2 * max(len(ballot.votes) for ballot in ballots) - 1
    tables = []
    for ballot in ballots:
        n = len(ballot.votes)
        answers = (2 * mid_ranks(ballot.places[ballot.complete]) - 2).astype(np.int64)
        cells = np.bincount((answers + n_answers * np.arange(n)).ravel(), minlength=n * n_answers)
        tables.append(cells.reshape(n, n_answers) * (n > 1))  # the only one is always the first
    counts, items = _stacked(tables)
    found = krippendorff_alpha(counts, items, ordinal=True, seed=0, n_resamples=resamples)
    return coefficient(found, counts, items)


def _mean_w(ballots: Sequence[Ballots], resamples: int) -> Estimate | None:
    values = np.array([kendall_w(ballot.places[ballot.complete]) for ballot in ballots])
    found = bootstrap(values[:, None], seed=0, n_resamples=resamples, limits=(0.0, 1.0))
    value, low, high = (float(part[0]) for part in found)
    n = int((~np.isnan(values)).sum())
    return Estimate(value=value, ci=interval(low, high), n=n) if n else None


def _stacked(tables: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The counts of all items' subjects below each other, and the item of each."""
    return np.concatenate(tables), np.repeat(np.arange(len(tables)), [len(table) for table in tables])


def coefficient(found: Intervals, counts: IntArray, items: IntArray, orders: int = 1) -> Coefficient | None:
    """What was found of counts (s, k) of the subjects of items (s,), None where undefined.

    `orders` is how many subjects stand for one: 2 where each pair is there in both orders.
    """
    value, low, high = (float(part[0]) for part in found)
    if np.isnan(value):
        return None
    rated = counts.sum(axis=1) >= 2
    n_subjects = int(rated.sum()) // orders
    return Coefficient(value=value, ci=interval(low, high), n_items=len(np.unique(items[rated])), n_subjects=n_subjects)
