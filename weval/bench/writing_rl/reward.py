"""What a verdict is worth to the writer.

Source: Tongyi-Zhiwen/Writing-RL at 3f16f298, verl/utils/reward_score/writing_rl.py; the Writing-RL paper has 1, 0.5, 0.
"""

from __future__ import annotations

from typing import Literal, get_args

from weval.bench.items import Mode, is_original
from weval.bench.writing_rl.verdicts import Label
from weval.errors import OriginalError, unknown

Strategy = Literal["position-disadvantage", "position-advantage"]
"""Where the response stands: at a disadvantage it is B, behind the reference; at an advantage it is A."""

WIN = 1.0
"""A reward of so much or more is a win."""

_EXTRA = 0.1


def reward(verdict: Label | None, strategy: Strategy, mode: Mode = "repaired") -> float | None:
    """The reward of a response by the judge's verdict on it and its reference; higher is better.

    Repaired: 1 for a win, 0.5 for a tie, 0 for a loss, and None, no reward, where there is no verdict. Original: 1.1,
    0.55 and 0.1; without a verdict as for a loss. Raises ConfigError, or OriginalError, for an unknown strategy.

    >>> reward("B", "position-disadvantage"), reward(None, "position-disadvantage", mode="original")
    (1.0, 0.1)
    """
    original = is_original(mode)
    _check(strategy, mode)
    if verdict is None:
        return _EXTRA if original else None
    wins = verdict == ("A" if strategy == "position-advantage" else "B")
    if original:
        return WIN + _EXTRA if wins else (WIN + _EXTRA) / 2 if verdict == "C" else _EXTRA
    return WIN if wins else 0.5 if verdict == "C" else 0.0


def shown(strategy: Strategy, reference: str, response: str) -> tuple[str, str]:
    """The two texts as the judge is shown them: A and B. Raises ConfigError for an unknown strategy.

    >>> shown("position-disadvantage", "Reference.", "Response.")
    ('Reference.', 'Response.')
    """
    _check(strategy, "repaired")
    return (response, reference) if strategy == "position-advantage" else (reference, response)


def _check(strategy: str, mode: Mode) -> None:
    if strategy not in get_args(Strategy):
        if is_original(mode):
            raise OriginalError(f"Unknown Reward Strategy: {strategy!r}; the original stops here")
        raise unknown("reward strategy", strategy, get_args(Strategy))
