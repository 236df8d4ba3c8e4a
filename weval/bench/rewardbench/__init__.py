"""RewardBench v1: pairs of answers of which one is better, in subsets, in four sections; for scalar reward models."""

from weval.bench.rewardbench.sections import absent, average, leaderboard_average, pair_correct, section_scores
from weval.bench.rewardbench.subsets import EXAMPLE_COUNTS, PRIOR_SETS, SUBSETS

__all__ = [
    "EXAMPLE_COUNTS",
    "PRIOR_SETS",
    "SUBSETS",
    "absent",
    "average",
    "leaderboard_average",
    "pair_correct",
    "section_scores",
]
