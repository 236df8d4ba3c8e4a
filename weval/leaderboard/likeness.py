"""When repeated answers are the submitted ones: how near values must come, and whether the same model was asked."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from weval.errors import AdapterError
from weval.store import ScoreRow, changes
from weval.types import Score

ENOUGH = 0.9
"""Share of the requests that must come out as submitted, where a model does not compute the same to the last digit."""

ROUNDING = 1e-9
"""Share of a score, or of 1, by which it may differ for being written and read."""

STEPS = 10
"""The span of a submission's scores is taken for a scale of so many steps."""


Noise = tuple[float | None, float | None]
"""How far scores move with the way of computing them: of the submitted run by its certificate, and measured here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a repetition confirms: `share` of the values are within `tolerance`, and none is off by more than `most`."""

    tolerance: float
    share: float
    most: float
    said: str


def rule_for(rows: Sequence[ScoreRow], noise: Noise, *, computes: bool) -> Rule:
    """How near scores must come, by what a submission's scores span.

    The span is twice that of the middle half of its values: a submitter who would widen it has to forge a quarter of
    them. A step is a tenth of it, and half a step is less than the distance of two verdicts on a scale of ten or fewer.
    What does not compute in floating point (`computes` is False) must come out the same. Where the drift of both runs
    was measured, scores may differ by the sum, as each may be off by its own; but by no more than half a step, whatever
    a submitter says was measured. Without, as of judges, half a step it is.
    """
    values = np.array([value for row in rows for value in row.values] or [0.0])
    low, high = np.percentile(values, [25, 75]).tolist()
    rounding = ROUNDING * max(1.0, float(np.percentile(np.abs(values), 75)))
    half = 2 * (high - low) / STEPS / 2 + rounding
    if not computes:
        return Rule(rounding, 1.0, rounding, "the same questions have the same answers: all must be as submitted")
    if None in noise:
        said = f"half a step of a scale of {STEPS} over its scores; at least {ENOUGH:.0%} must be as submitted"
        return Rule(half, ENOUGH, float("inf"), said)
    there, here = (measured or 0.0 for measured in noise)
    said = (
        f"the drift of the submitted run, {there:.3g}, and of this one, {here:.3g}, or half a step of a scale of "
        f"{STEPS} over its scores if that is less; at least {ENOUGH:.0%} must be as submitted, and none off by more "
        "than half a step"
    )
    return Rule(min(there + here + rounding, half), ENOUGH, half, said)


def change_of(row: ScoreRow, score: Score) -> float | None:
    """How far the furthest value of an answer moved; None where one side has none."""
    if not row.values or not score.values:
        return None
    if len(row.values) != len(score.values):
        raise AdapterError(f"item {row.item}: {len(score.values)} values, where the submission has {len(row.values)}")
    return max(abs(now - before) for before, now in zip(row.values, score.values, strict=True))


def unlike(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What differs between the fingerprint in a submission and that of now, field by field, as JSON has them."""
    with contextlib.suppress(TypeError, ValueError):
        now = json.loads(json.dumps(now))
    yield from changes(recorded, now)
