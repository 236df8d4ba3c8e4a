"""Prompts held out, before and after: the pairing, and figures that are not there."""

from __future__ import annotations

import pytest

from weval.training.rewards.heldout import compared
from weval.training.rewards.statistics import Rewarded


def texts(rewards: dict[str, list[float | None]], n_tokens: int = 5, checks: float | None = None) -> list[Rewarded]:
    return [
        Rewarded(prompt, "one two three", reward, n_tokens, checks)
        for prompt, all_ in rewards.items()
        for reward in all_
    ]


def test_changes_are_paired_over_prompts() -> None:
    before = texts({"a": [0.0, 0.2], "b": [0.5, 0.5], "c": [0.9, 0.9]})
    after = texts({"a": [0.2, 0.2], "b": [0.6, 0.6], "c": [1.0, 1.0]}, n_tokens=10)
    found = compared(before, after)
    assert (found.n_prompts, found.n_texts) == (3, 6)
    assert found.reward.change.value == pytest.approx(0.1)
    assert found.reward.change.ci == (pytest.approx(0.1), pytest.approx(0.1))  # although prompts differ by far more
    assert found.reward.before.ci[0] < 0.3 < 0.8 < found.reward.before.ci[1]
    assert found.n_tokens.change.value == 5
    assert found.checks_met.change is None


def test_a_prompt_without_a_reward_before_or_after_is_left_out_of_both() -> None:
    before = texts({"a": [None, None], "b": [0.5, None], "c": [0.1, 0.1]})
    after = texts({"a": [0.9, 0.9], "b": [0.7, 0.7], "c": [0.3, 0.3], "d": [1.0]})
    found = compared(before, after)
    assert found.reward.change.n == found.reward.before.n == 2
    assert found.reward.after.value == pytest.approx(0.5)
    assert found.reward.change.value == pytest.approx(0.2)
    assert found.unrewarded == (3, 0)


def test_a_change_of_one_prompt_has_no_interval() -> None:
    found = compared(texts({"a": [0.5]}), texts({"a": [0.75]}))
    assert (found.reward.change.value, found.reward.change.ci) == (0.25, None)
