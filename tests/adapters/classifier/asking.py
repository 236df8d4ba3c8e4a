"""What a classifier gives requests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from weval.adapters.classifier import Classifier
from weval.types import Request, Score

WIRE = "Does the response adhere?  Response: {response}. Constraint: {requirement}"


def values(scores: Iterable[Score]) -> dict[str, float]:
    """The scores by request; all must be there."""
    found = {score.request_id: score for score in scores}
    assert {score.status for score in found.values()} == {"ok"}
    return {name: score.values[0] for name, score in found.items()}


def scored(folder: Path, requests: Iterable[Request], **settings: str) -> dict[str, float]:
    """What a classifier gives requests."""
    return values(Classifier(str(folder), **settings).score(requests))
