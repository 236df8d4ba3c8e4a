"""Rewards for a writer that learns by them: from any scorer, watched for signs that the writer cheats."""

from weval.training.rewards.bell import bell
from weval.training.rewards.heldout import held_out_arguments, measure_held_out
from weval.training.rewards.order import in_order
from weval.training.rewards.policy import prepare
from weval.training.rewards.prompts import read_prompts
from weval.training.rewards.reward import Rewards, open_rewards
from weval.training.rewards.told import told

__all__ = [
    "Rewards",
    "bell",
    "held_out_arguments",
    "in_order",
    "measure_held_out",
    "open_rewards",
    "prepare",
    "read_prompts",
    "told",
]
