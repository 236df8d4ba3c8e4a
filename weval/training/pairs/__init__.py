"""Pairs of texts that teach a reward model to read a requirement, and not only the look of a text."""

from weval.training.pairs.plan import PairPlan, training_pairs
from weval.training.pairs.records import TextPair

__all__ = ["PairPlan", "TextPair", "training_pairs"]
