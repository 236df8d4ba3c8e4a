"""How far annotators agree among themselves: on rankings (kappa, alpha, W) and on categories (kappa, alpha)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from weval.agree.ballots import Ballots, Labelled
from weval.agree.records import Coefficient, Confusion, Labels, RankingAgreement, Rankings
from weval.estimates import interval, means
from weval.joined import TYPES
from weval.metrics import (
    IntArray,
    Intervals,
    fleiss_kappa,
    has_cycle,
    kendall_w,
    mid_ranks,
    nominal_alpha,
    ordinal_alpha,
    wilson,
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
    concordance = np.array([kendall_w(ballot.places[ballot.complete]) for ballot in ballots])
    return RankingAgreement(
        kappa=_kappa_of_pairs(ballots, resamples),
        alpha=_alpha_of_places(ballots, resamples),
        w=means(["w"], concordance[:, None], resamples, limits=(0.0, 1.0))["w"],
    )


def _kappa_of_pairs(ballots: Sequence[Ballots], resamples: int, type_code: int | None = None) -> Coefficient | None:
    """Three answers: first, second, tied. Each pair stands there in both orders, so that no side is the usual one."""
    tables = []
    for ballot in ballots:
        others = ~np.eye(len(ballot.votes), dtype=np.bool_)
        tables.append(ballot.votes[others if type_code is None else ballot.types == type_code])
    counts, items = _stacked(tables)
    found = fleiss_kappa(counts, items, seed=0, n_resamples=resamples)
    return _coefficient(found, counts, items, orders=2)


def _alpha_of_places(ballots: Sequence[Ballots], resamples: int) -> Coefficient | None:
    """Subjects are candidates, answers their mid-ranks; only rankings of all candidates of an item have those.

    Place 2 of 2 is the last and place 2 of 5 is not: items with as many candidates are on one scale.
    """
    n_answers = 2 * max(len(ballot.votes) for ballot in ballots) - 1
    tables = []
    for ballot in ballots:
        n = len(ballot.votes)
        answers = (2 * mid_ranks(ballot.places[ballot.complete]) - 2).astype(np.int64)
        cells = np.bincount((answers + n_answers * np.arange(n)).ravel(), minlength=n * n_answers)
        tables.append(cells.reshape(n, n_answers) * (n > 1))  # the only one is always the first
    counts, items = _stacked(tables)
    widths = np.array([len(ballot.votes) for ballot in ballots])[items]
    found = ordinal_alpha(counts, items, widths, seed=0, n_resamples=resamples)
    return _coefficient(found, counts, items)


def label_agreement(labelled: Sequence[Labelled], resamples: int) -> Labels:
    """Agreement on all labelled items; at least one."""
    codes = {
        label: code for code, label in enumerate(sorted({name for one in labelled for name in one.labels.values()}))
    }
    counts: IntArray = np.zeros((len(labelled), len(codes)), dtype=np.int64)
    for row, one in enumerate(labelled):
        for label in one.labels.values():
            counts[row, codes[label]] += 1
    items = np.arange(len(labelled))
    votes = [_most_frequent(one.labels) for one in labelled]
    judged = [(one.gold, vote) for one, vote in zip(labelled, votes, strict=True) if one.gold and vote]
    confused = Counter(pair for pair in judged if pair[0] != pair[1])
    return Labels(
        n_items=len(labelled),
        n_labels=int(counts.sum()),
        n_undecided=votes.count(None),
        kappa=_coefficient(fleiss_kappa(counts, items, seed=0, n_resamples=resamples), counts, items),
        alpha=_coefficient(nominal_alpha(counts, items, seed=0, n_resamples=resamples), counts, items),
        with_gold=_share(len(judged) - confused.total(), len(judged)),
        confusions=tuple(
            Confusion(gold=gold, majority=vote, n=n)
            for (gold, vote), n in sorted(confused.items(), key=lambda found: (-found[1], found[0]))
        ),
    )


def _stacked(tables: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The counts of all items' subjects below each other, and the item of each."""
    return np.concatenate(tables), np.repeat(np.arange(len(tables)), [len(table) for table in tables])


def _coefficient(found: Intervals, counts: IntArray, items: IntArray, orders: int = 1) -> Coefficient | None:
    """What was found of counts (s, k) of the subjects of items (s,), None where undefined.

    `orders` is how many subjects stand for one: 2 where each pair is there in both orders.
    """
    value, low, high = (float(part[0]) for part in found)
    if np.isnan(value):
        return None
    rated = counts.sum(axis=1) >= 2
    n_subjects = int(rated.sum()) // orders
    return Coefficient(value=value, ci=interval(low, high), n_items=len(np.unique(items[rated])), n_subjects=n_subjects)


def _most_frequent(labels: Mapping[str, str]) -> str | None:
    """The label given most often, None where two are."""
    (first, most), *others = Counter(labels.values()).most_common(2)
    return None if others and others[0][1] == most else first


def _share(hits: int, n: int) -> Estimate | None:
    return Estimate(value=hits / n, ci=wilson(hits / n, n), n=n) if n else None
