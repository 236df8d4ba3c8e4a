"""The averages of RACE's own script, faults included: deep_research_bench 214741e4, utils/score_calculator.py.

For reproduction only. It weighs what the judge returned, not what it was asked: a criterion is found by its exact text,
else by its text in any case, else as a part of a criterion or the other way round, the first that fits; one found by
none of these counts with the dimension's mean weight. What is missing falls out of the average, what is there twice
counts twice, no score is bounded, and true or "7" are scores. Whether the reference has an average at all depends on
the last score that was read: without one for article 2 there it is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weval.bench.race.parsing import DIMENSIONS
from weval.errors import OriginalError


@dataclass(slots=True)
class Averages:
    """What an article comes to: its average by dimension, without those that the script skips, and their sum."""

    dimensions: dict[str, float] = field(default_factory=dict)
    total: float = 0.0

    def add(self, dimension: str, average: float, weight: float) -> None:
        """Adds a dimension."""
        self.dimensions[dimension] = average
        self.total += average * weight


def released_averages(judge_output: object, criteria: Mapping[str, Any]) -> tuple[Averages, Averages]:
    """What the target and the reference come to. Raises OriginalError where the script stops."""
    try:
        return _averages(judge_output, criteria)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise OriginalError(f"score_calculator.py stops: {type(error).__name__}: {error}") from None


def released_shares(judge_output: object, criteria: Mapping[str, Any]) -> dict[str, float]:
    """The target's shares by dimension and `overall_score`; 0 where a sum is not above 0, or no number.

    Raises OriginalError where the script stops.
    """
    target, reference = released_averages(judge_output, criteria)
    shares = {name: _share(target.dimensions.get(name, 0), reference.dimensions.get(name, 0)) for name in DIMENSIONS}
    return {**shares, "overall_score": _share(target.total, reference.total)}


def _share(target: float, reference: float) -> float:
    return target / (target + reference) if target + reference > 0 else 0


def _averages(judge_output: object, criteria: Mapping[str, Any]) -> tuple[Averages, Averages]:
    target, reference = Averages(), Averages()
    if not criteria.get("criterions"):
        raise ValueError("the task has no criteria")
    if not isinstance(judge_output, dict):
        raise TypeError("the judge gave no object")
    weights = {name: {row["criterion"]: row["weight"] for row in rows} for name, rows in criteria["criterions"].items()}
    known = criteria.get("dimension_weight", {})
    for name, entries in judge_output.items():
        if isinstance(entries, list) and name in known and weights.get(name):
            one, two = _dimension(entries, weights[name])
            target.add(name, one, known[name])
            reference.add(name, two, known[name])
    return target, reference


def _dimension(entries: list[Any], weights: Mapping[str, float]) -> tuple[float, float]:
    target = reference = total = 0.0
    last = None
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        text = entry.get("criterion")
        text = text.strip() if isinstance(text, str) else None
        scores = _scores(entry)
        if scores is None:
            continue
        one, last = scores
        if not text or one is None:
            continue
        weight = _weight(text, weights)
        target += one * weight
        total += weight
        if last is not None:
            reference += last * weight
    if not total > 0:
        return 0, 0
    return target / total, reference / total if last is not None else 0


def _scores(entry: Mapping[str, Any]) -> tuple[float | None, float | None] | None:
    """The scores of both articles, None for one that is absent; nothing for an entry with one that is no number."""
    first, second = entry.get("article_1_score"), entry.get("article_2_score")
    if first is None:
        first = entry.get("target_score")
    try:
        return None if first is None else float(first), None if second is None else float(second)
    except (ValueError, TypeError):
        return None


def _weight(text: str, weights: Mapping[str, float]) -> float:
    if (weight := weights.get(text)) is not None:
        return weight
    lower = text.lower()
    for fits in (lambda key: key == lower, lambda key: lower in key or key in lower):
        found = next((value for key, value in weights.items() if fits(key.lower())), None)
        if found is not None:
            return found
    return sum(weights.values()) / len(weights)
