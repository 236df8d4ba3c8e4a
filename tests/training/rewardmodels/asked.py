"""Profiles for tests of reward models."""

from __future__ import annotations

from typing import Any

from weval.training.sections import Data, Model, Optimisation, Profile, RewardHead

WIRE = "{requirement} [SEP] {response}"


def make_profile(source: str = "weval-mini", *, max_tokens: int | None = 96, **head: Any) -> Profile:
    """A profile that trains a reward model, by requirement if nothing else is said."""
    how = Optimisation(learning_rate=2e-3, batch=8, micro_batch=8, max_tokens=max_tokens)
    known = {"wire": WIRE} | head
    return Profile(
        model=Model(base="small"), data=Data(source=source), optimisation=how, reward_head=RewardHead(**known)
    )
