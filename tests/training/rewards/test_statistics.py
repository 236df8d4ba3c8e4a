"""What is noted of rewarded texts."""

from __future__ import annotations

import pytest

from tests.training.rewards.tea import make_prompt
from weval.training.rewards.statistics import Rewarded, checks_met, repetition, step_statistics


def test_repetition_counts_trigrams_that_were_there_before() -> None:
    assert repetition("a b c a b c") == pytest.approx(1 / 4)
    assert repetition("茶茶茶茶茶") == pytest.approx(2 / 3)
    assert repetition("two words") is None


def test_only_requirements_that_a_program_can_check_are_checked() -> None:
    prompt = make_prompt()
    assert (checks_met(prompt, "With SUGAR."), checks_met(prompt, "Without.")) == (1.0, 0.0)
    unchecked = prompt.model_copy(update={"requirements": prompt.requirements[1:]})
    assert checks_met(unchecked, "With sugar.") is None


def test_a_missing_reward_is_counted_and_is_no_number() -> None:
    found = step_statistics([
        Rewarded("p", "one two three", 0.25, 3, 1.0),
        Rewarded("p", "one two three", -0.5, 3, 0.0),
        Rewarded("q", "x", None, 1, None),
        Rewarded("q", "x", 0.0, 1, None, well_formed=False),
    ])  # fmt: skip
    assert found == {
        "reward_min": -0.5, "reward_max": 0.25, "unrewarded": 0.25, "malformed": 0.25, "checks_met": 0.5,
        "repetition": 0.0,
    }  # fmt: skip


def test_what_no_text_has_is_left_out() -> None:
    assert step_statistics([Rewarded("p", "x", None, 1, None)]) == {"unrewarded": 1.0, "malformed": 0.0}
