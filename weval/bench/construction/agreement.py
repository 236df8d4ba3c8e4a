"""How often scores say of two responses what people say: shares with intervals over items, and kinds compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from weval.bench.construction.records import Kind, Preferred
from weval.estimates import shares_of_pairs
from weval.metrics import FloatArray, IntArray, holm, sign_flip
from weval.results import PairEstimate
from weval.types import Count, Record


@dataclass(frozen=True, slots=True)
class Agreement:
    """Judgements beside scores, one entry each, (m,).

    `points`: 1 where the response that was preferred has the higher score, 0 where the other has it, 0.5 where both
    have the same; NaN where the judgement is a tie or a score is missing. `same`: 1 where scores and judgement say the
    same of the three (a, b, tie), else 0; NaN where a score is missing.
    """

    points: FloatArray
    same: FloatArray
    n_human_ties: int
    n_scored_ties: int
    n_missing: int

    @property
    def value(self) -> float | None:
        """The share of judgements that are no ties with which the scores agree; None where there is none."""
        known = self.points[~np.isnan(self.points)]
        return float(known.mean()) if len(known) else None


def agreement(
    scores_a: Sequence[float | None], scores_b: Sequence[float | None], preferred: Sequence[Preferred]
) -> Agreement:
    """The sign of the difference of scores beside what people preferred, one judgement after the other.

    A tie of the scores counts half against a preference: it is what a coin would get. A tie of people is left out of
    the points, as no score could earn or lose them, and counted; and so is a judgement with a missing score (None).
    `n_scored_ties` and `n_missing` count judgements that are no ties. Raises ValueError where the lengths differ.

    >>> found = agreement([7, 5, 6, 8], [5, 5, 8, 2], ["a", "b", "a", "tie"])
    >>> found.value, found.points[:3].tolist(), found.n_human_ties
    (0.5, [1.0, 0.5, 0.0], 1)
    """
    points, same = list[float](), list[float]()
    n_human_ties = n_scored_ties = n_missing = 0
    for first, second, said in zip(scores_a, scores_b, preferred, strict=True):
        n_human_ties += said == "tie"
        if first is None or second is None:
            n_missing += said != "tie"
            points.append(np.nan)
            same.append(np.nan)
            continue
        scored: Preferred = "a" if first > second else "b" if second > first else "tie"
        same.append(float(scored == said))
        points.append(np.nan if said == "tie" else 0.5 if scored == "tie" else float(scored == said))
        n_scored_ties += scored == "tie" and said != "tie"
    return Agreement(np.array(points), np.array(same), n_human_ties, n_scored_ties, n_missing)


class AgreementFigures(Record):
    """Agreement of one kind of criteria; intervals are over items, null where undefined.

    `value`: the share of judgements that are no ties, ties of the scores counting half. `three_way`: the share of all
    judgements, ties among them, of which the scores say the same. `pessimistic`: `value` with every missing one as 0.
    """

    value: PairEstimate | None
    three_way: PairEstimate | None
    pessimistic: float | None
    n_human_ties: Count
    n_scored_ties: Count
    n_missing: Count


class Apart(Record):
    """Two kinds of criteria on the judgements that both have scores for: the first's share less the second's.

    `p` is the paired permutation test's over items (`weval.metrics.sign_flip`), `p_adjusted` Holm's over all pairs.
    """

    first: Kind
    second: Kind
    difference: float
    p: float
    p_adjusted: float
    n_items: Count
    n_judgements: Count


def figures(found: Agreement, items: Sequence[str], resamples: int | None = None) -> AgreementFigures:
    """The figures of an agreement; `items` says which judgements stand or fall together, (m,)."""
    n = int((~np.isnan(found.points)).sum()) + found.n_missing
    return AgreementFigures(
        value=_share(found.points, items, resamples),
        three_way=_share(found.same, items, resamples),
        pessimistic=float(np.nansum(found.points)) / n if n else None,
        n_human_ties=found.n_human_ties,
        n_scored_ties=found.n_scored_ties,
        n_missing=found.n_missing,
    )


def apart(agreements: Mapping[Kind, Agreement], items: Sequence[str]) -> list[Apart]:
    """Every two kinds of criteria beside each other; nothing of two that share no judgement."""
    found = list[Apart]()
    for (first, one), (second, other) in combinations(agreements.items(), 2):
        differences = one.points - other.points
        sums, counts = _by_item(differences, items)
        if n := int(counts.sum()):
            p = sign_flip(sums, seed=0)
            found.append(
                Apart(
                    first=first,
                    second=second,
                    difference=float(sums.sum()) / n,
                    p=p,
                    p_adjusted=p,
                    n_items=len(counts),
                    n_judgements=n,
                )
            )
    adjusted = holm([one.p for one in found]).tolist() if found else []
    return [one.model_copy(update={"p_adjusted": p}) for one, p in zip(found, adjusted, strict=True)]


def _share(values: FloatArray, items: Sequence[str], resamples: int | None) -> PairEstimate | None:
    return shares_of_pairs({"share": _by_item(values, items)}, resamples).get("share")


def _by_item(values: FloatArray, items: Sequence[str]) -> tuple[FloatArray, IntArray]:
    """The sum and the number of the values of each item that has any."""
    known = [(name, value) for name, value in zip(items, values.tolist(), strict=True) if not np.isnan(value)]
    places = {name: place for place, name in enumerate(dict.fromkeys(name for name, _ in known))}
    at = np.array([places[name] for name, _ in known], dtype=np.intp)
    sums = np.bincount(at, weights=[value for _, value in known], minlength=len(places))
    return sums.astype(np.float64), np.bincount(at, minlength=len(places)).astype(np.int64)
