"""The sections of a profile: every choice of a training run, with its default; a recipe has those that it needs."""

from weval.training.sections.essentials import (
    Bench,
    Data,
    Hardware,
    Lora,
    Measure,
    Model,
    Optimisation,
    Setting,
    SmallModel,
)
from weval.training.sections.profile import Profile, flat
from weval.training.sections.rewarded import Alarms, Comparison, Policy, Reward, RewardHead, WarmStart
from weval.training.sections.taught import Critic, Filtering, Supervision

__all__ = [
    "Alarms",
    "Bench",
    "Comparison",
    "Critic",
    "Data",
    "Filtering",
    "Hardware",
    "Lora",
    "Measure",
    "Model",
    "Optimisation",
    "Policy",
    "Profile",
    "Reward",
    "RewardHead",
    "Setting",
    "SmallModel",
    "Supervision",
    "WarmStart",
    "flat",
]
