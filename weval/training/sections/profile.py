"""A profile: the sections of one training run together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from weval.training.sections.essentials import Data, Hardware, Measure, Model, Optimisation
from weval.training.sections.rewarded import Comparison, Policy, Reward, RewardHead
from weval.training.sections.taught import Critic, Filtering, Supervision
from weval.types import Record


class Profile(Record):
    """All choices of one training run."""

    seed: int = Field(default=0, ge=0, lt=2**32)  # what NumPy takes
    model: Model
    data: Data
    optimisation: Optimisation
    hardware: Hardware = Hardware()
    measure: Measure = Measure()
    reward_head: RewardHead | None = None
    policy: Policy | None = None
    reward: Reward | None = None
    comparison: Comparison | None = None
    supervision: Supervision | None = None
    filtering: Filtering | None = None
    critic: Critic | None = None


def flat(content: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The fields of a profile, as JSON has it, by their dotted names.

    >>> flat({"seed": 0, "model": {"base": "small", "lora": None}})
    {'seed': 0, 'model.base': 'small', 'model.lora': None}
    """
    found: dict[str, Any] = {}
    for key, value in content.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, dict) and value else {f"{above}{key}": value}
    return found
