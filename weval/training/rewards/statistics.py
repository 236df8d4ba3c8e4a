"""What is noted of each rewarded text, and of all texts of a step: the signs by which cheating is seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from weval.build.records import TrainingPrompt
from weval.build.training.overlaps import words
from weval.checks import met

REWARD, LENGTH, CUT_OFF, COLLAPSED = (
    "reward",
    "completions/mean_length",
    "completions/clipped_ratio",
    "frac_reward_zero_std",
)
"""What TRL itself logs of a step, over all processes: the mean reward, tokens per text, share of texts that reached the
limit, share of groups whose rewards are all the same."""

CHECKS, REPETITION, UNREWARDED, MALFORMED = "checks_met", "repetition", "unrewarded", "malformed"
"""What is logged beside it: the share of checkable requirements that are met, of word trigrams that are repeated, of
texts without a reward, of texts that do not keep to the form of a reasoning writer."""

LEAST, MOST, USD = "reward_min", "reward_max", "reward_usd"
"""The lowest and the highest reward (of several processes the mean of theirs), and what a paid judge cost."""


@dataclass(frozen=True, slots=True)
class Rewarded:
    """One text with its reward; None where nobody could score it. `n_tokens` counts all, reasoning included.

    `checks_met` is the share of the prompt's checkable requirements that the text meets, None without any.
    """

    prompt_id: str
    text: str
    reward: float | None
    n_tokens: int
    checks_met: float | None
    well_formed: bool = True


def repetition(text: str) -> float | None:
    """The share of a text's word trigrams that are there already, 0 to 1; None where it has none.

    >>> repetition("one two three four five"), repetition("tea tea tea tea tea")
    (0.0, 0.6666666666666667)
    """
    found = words(text)
    trigrams = list(zip(found, found[1:], found[2:], strict=False))
    return 1 - len({*trigrams}) / len(trigrams) if trigrams else None


def checks_met(prompt: TrainingPrompt, text: str) -> float | None:
    """The share of the prompt's mechanically checkable requirements that a text meets; None without any."""
    checks = [requirement.check for requirement in prompt.requirements if requirement.check is not None]
    return _mean([float(met(check, text, prompt.language)) for check in checks])


def step_statistics(texts: Sequence[Rewarded]) -> dict[str, float]:
    """What is logged of the texts of a step, by name; what is not defined for any of them is left out."""
    rewards = [text.reward for text in texts if text.reward is not None]
    found = {
        LEAST: min(rewards, default=None),
        MOST: max(rewards, default=None),
        UNREWARDED: _mean([float(text.reward is None) for text in texts]),
        MALFORMED: _mean([float(not text.well_formed) for text in texts]),
        CHECKS: _mean([text.checks_met for text in texts]),
        REPETITION: _mean([repetition(text.text) for text in texts]),
    }
    return {name: value for name, value in found.items() if value is not None}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
