"""How far annotators agree on the category of an instruction, with each other and with the task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from weval.agree.ballots import Labelled
from weval.agree.rankings import coefficient
from weval.agree.records import Confusion, Labels
from weval.metrics import IntArray, fleiss_kappa, krippendorff_alpha, wilson
from weval.results import Estimate


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
        kappa=coefficient(fleiss_kappa(counts, items, seed=0, n_resamples=resamples), counts, items),
        alpha=coefficient(
            krippendorff_alpha(counts, items, ordinal=False, seed=0, n_resamples=resamples), counts, items
        ),
        with_gold=_share(len(judged) - confused.total(), len(judged)),
        confusions=tuple(
            Confusion(gold=gold, majority=vote, n=n)
            for (gold, vote), n in sorted(confused.items(), key=lambda found: (-found[1], found[0]))
        ),
    )


def _most_frequent(labels: Mapping[str, str]) -> str | None:
    """The label given most often, None where two are."""
    (first, most), *others = Counter(labels.values()).most_common(2)
    return None if others and others[0][1] == most else first


def _share(hits: int, n: int) -> Estimate | None:
    return Estimate(value=hits / n, ci=wilson(hits / n, n), n=n) if n else None
