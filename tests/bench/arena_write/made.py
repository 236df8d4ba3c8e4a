"""A stand-in for Arena-Write's file: its fields as the card names them, its texts made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MODELS = ("alpha", "beta")


def task(idx: int | str, models: Sequence[str] | None = MODELS, **more: Any) -> dict[str, Any]:
    """A task with a text of each model; without names, of two nobody knows."""
    texts: Any = ["It rains.", "It snows."] if models is None else {name: f"{name} on {idx}." for name in models}
    said = {"idx": idx, "question": f"Write text {idx}.", "type": "note", "length": 300, "baseline_response": texts}
    return said | more


def bracketed(label: str) -> str:
    """What a judge says."""
    return f"Both are fine.\n[[{label}]]"
