"""RACE's arithmetic: Ayanami0730/deep_research_bench 214741e4, utils/score_calculator.py, deepresearch_bench_race.py.

An article's average in a dimension is that of its scores on the criteria, weighted as the task says; its total is the
sum of the averages, weighted likewise. A share is t / (t + r) for article 1 and article 2: above 0.5, the first is
better. The overall share is that of the totals, not the mean of the four shares.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from weval.adapters.judge.outcome import NoVerdict, shown
from weval.bench.items import Mode, is_original
from weval.bench.race.parsing import DIMENSIONS, extract_json
from weval.bench.race.released import released_shares
from weval.errors import DataError, OriginalError

_TRIES = 10
_HIGHEST = 10
_OVERALL = "overall_score"


def race_score(judge_output: object, criteria: Mapping[str, Any], mode: Mode = "repaired") -> dict[str, float] | None:
    """Article 1's share in the four dimensions and `overall_score`, 0 to 1; None where the output gives none.

    `criteria` is a task's row of criteria.jsonl, `judge_output` the JSON object of the reply. Repaired: see scored,
    which also says why there is no score. In mode original an output of any kind gives shares, 0 where nothing can be
    divided, if only the published script survives it; OriginalError where it does not. Raises DataError for criteria
    that cannot be used.

    >>> criteria = {"dimension_weight": dict.fromkeys(DIMENSIONS, 0.25),
    ...             "criterions": {name: [{"criterion": "Depth", "weight": 1.0}] for name in DIMENSIONS}}
    >>> said = {name: [{"criterion": "Depth", "article_1_score": 6, "article_2_score": 9}] for name in DIMENSIONS}
    >>> race_score(said, criteria)["overall_score"]
    0.4
    """
    if is_original(mode):
        return released_shares(judge_output, criteria)
    try:
        return scored(judge_output, criteria)
    except NoVerdict:
        return None


def scored(judge_output: object, criteria: Mapping[str, Any]) -> dict[str, float]:
    """The shares, or NoVerdict, which says why there are none. Raises DataError for criteria that cannot be used.

    Every criterion of the four dimensions must be scored once, by its own text (blanks and compatible characters apart,
    NFKC), and no other; both scores are numbers from 0 to 10. Where both articles have 0 in a dimension there is no
    share. What stands beside the four dimensions does not matter.
    """
    if not isinstance(judge_output, Mapping):
        raise NoVerdict("the judge gave no JSON object")
    first, second = 0.0, 0.0
    shares: dict[str, float] = {}
    for dimension in DIMENSIONS:
        weight, weights = _weights(criteria, dimension)
        one, two = _averages(judge_output.get(dimension), weights, dimension)
        if not one + two:
            raise NoVerdict(f"both articles have 0 in {dimension}")
        shares[dimension] = one / (one + two)
        first, second = first + weight * one, second + weight * two
    return {**shares, _OVERALL: first / (first + second)}


def both_orders(first: Mapping[str, float] | None, second: Mapping[str, float] | None) -> dict[str, float] | None:
    """The target's share when it was shown in both orders: the mean of the two; None unless both are there.

    Both are as race_score gives them, for article 1: in `first` that is the target, in `second` the reference.

    >>> both_orders({"overall_score": 0.75}, {"overall_score": 0.5})
    {'overall_score': 0.625}
    """
    if first is None or second is None:
        return None
    return {name: (first[name] + 1 - second[name]) / 2 for name in first}


def judged_original(replies: Sequence[str | None], criteria: Mapping[str, Any]) -> tuple[dict[str, float] | None, int]:
    """What the published script makes of a task for which the judge replies so, and how often it asks; None: an error.

    The last reply repeats. It asks up to ten times for JSON in which all four dimensions can be found, and leaves a
    task with an error out of its means, as it does one on whose scores its arithmetic fails.
    """
    for attempt in range(_TRIES):
        output = _with_dimensions(replies[min(attempt, len(replies) - 1)])
        if output is not None:
            try:
                return released_shares(output, criteria), attempt + 1
            except OriginalError:
                return None, attempt + 1
    return None, _TRIES


def _with_dimensions(reply: str | None) -> object:
    try:
        output = json.loads(extract_json(reply, mode="original") or "")
        return output if all(dimension in output for dimension in DIMENSIONS) else None
    except (OriginalError, ValueError, TypeError, RecursionError):
        return None


def _weights(criteria: Mapping[str, Any], dimension: str) -> tuple[float, dict[str, float]]:
    """The weight of a dimension, and those of its criteria by their texts."""
    try:
        weight = float(criteria["dimension_weight"][dimension])
        rows = criteria["criterions"][dimension]
        weights = {_same(row["criterion"]): float(row["weight"]) for row in rows}
    except (KeyError, TypeError, ValueError):
        raise DataError(f"the criteria of {dimension}: weights or texts are missing") from None
    if not weights or len(weights) < len(rows):
        raise DataError(f"the criteria of {dimension}: there are none, or two have the same text")
    if not all(0 < number < math.inf for number in (weight, *weights.values())):
        raise DataError(f"the criteria of {dimension}: a weight is not above 0")
    return weight, weights


def _averages(said: object, weights: Mapping[str, float], dimension: str) -> tuple[float, float]:
    """Both articles' averages in a dimension. Raises NoVerdict unless each criterion is scored once for both."""
    if not isinstance(said, list):
        raise NoVerdict(f"there is no list of scores for {dimension}")
    seen: set[str] = set()
    sums = [0.0, 0.0]
    for entry in said:
        text = entry.get("criterion") if isinstance(entry, Mapping) else None
        if not isinstance(text, str):
            raise NoVerdict(f"{dimension} has a score without a criterion")
        if (name := _same(text)) not in weights:
            raise NoVerdict(f"{dimension} has a score for what is no criterion of it: {shown(text)}")
        if name in seen:
            raise NoVerdict(f"{dimension} has two scores for a criterion: {shown(name)}")
        seen.add(name)
        for article in (0, 1):
            sums[article] += weights[name] * _score(entry.get(f"article_{article + 1}_score"), name)
    if missing := [name for name in weights if name not in seen]:
        raise NoVerdict(f"{dimension} has no score for a criterion: {shown(missing[0])}")
    total = sum(weights.values())
    return sums[0] / total, sums[1] / total


def _score(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _HIGHEST:
        raise NoVerdict(f"a score for {shown(name)} is no number from 0 to {_HIGHEST}")
    return float(value)


def _same(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
