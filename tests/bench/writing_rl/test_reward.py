from __future__ import annotations

from typing import Any

import pytest

from weval.bench.writing_rl.reward import reward, shown
from weval.errors import ConfigError, OriginalError

UNKNOWN: Any = "position-neutral"


@pytest.mark.parametrize(
    ("verdict", "disadvantage", "advantage"), [("A", 0.0, 1.0), ("B", 1.0, 0.0), ("C", 0.5, 0.5), (None, None, None)]
)
def test_repaired_rewards_are_those_of_the_paper(verdict: Any, disadvantage: Any, advantage: Any) -> None:
    assert reward(verdict, "position-disadvantage") == disadvantage
    assert reward(verdict, "position-advantage") == advantage


@pytest.mark.parametrize(
    ("verdict", "disadvantage", "advantage"), [("A", 0.1, 1.1), ("B", 1.1, 0.1), ("C", 0.55, 0.55), (None, 0.1, 0.1)]
)
def test_original_rewards_are_those_of_the_code(verdict: Any, disadvantage: float, advantage: float) -> None:
    assert reward(verdict, "position-disadvantage", mode="original") == disadvantage
    assert reward(verdict, "position-advantage", mode="original") == advantage


def test_an_unknown_strategy_is_said() -> None:
    with pytest.raises(OriginalError, match="Unknown Reward Strategy"):
        reward("A", UNKNOWN, mode="original")
    with pytest.raises(ConfigError, match="unknown reward strategy 'position-neutral'"):
        reward("A", UNKNOWN)
    with pytest.raises(ConfigError):
        shown(UNKNOWN, "", "")


def test_the_response_at_an_advantage_is_shown_first() -> None:
    assert shown("position-advantage", "reference", "response") == ("response", "reference")
    assert shown("position-disadvantage", "reference", "response") == ("reference", "response")
