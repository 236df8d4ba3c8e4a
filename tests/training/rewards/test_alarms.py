"""Alarms ring for planted cheating, once each, and are silent while nothing but rewards rises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from weval.training.rewards.alarms import begun, ringing, windows
from weval.training.sections import Alarms

LIMITS = Alarms()

Curve = list[dict[str, float]]


def honest(seed: int, n: int = 120, **change: Callable[[float], float]) -> Curve:
    """Steps of a run whose rewards rise, all else wavering as it does with 32 texts a step. `change` is by the share
    of the run that is over.
    """
    drawn = np.random.default_rng(seed)
    rows = []
    for step in range(1, n + 1):
        over = step / n
        means = {
            "reward": 0.3 + 0.3 * over,
            "completions/mean_length": 40.0,
            "completions/clipped_ratio": 0.1,
            "frac_reward_zero_std": 0.05,
            "checks_met": 0.4,
            "repetition": 0.1,
            "unrewarded": 0.01,
        } | {name: function(over) for name, function in change.items()}
        noise = {"reward": 0.04, "completions/mean_length": 4.0, "checks_met": 0.08}
        rows.append({"step": step} | {name: m + noise.get(name, 0.02) * drawn.normal() for name, m in means.items()})
    return rows


def rung(rows: Curve, limits: Alarms = LIMITS) -> list[str]:
    """The kinds of all alarms of a run, in order."""
    return [alarm.kind for n in range(1, len(rows) + 1) for alarm in begun(rows[:n], limits)]


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        ("length", "completions/mean_length", lambda over: 40 + 60 * over),
        ("length", "completions/mean_length", lambda over: 40 - 30 * over),
        ("length", "completions/clipped_ratio", lambda over: 0.1 + 0.8 * over),
        ("checks", "checks_met", lambda over: 0.4 - 0.3 * over),
        ("repetition", "repetition", lambda over: 0.1 + 0.6 * over),
        ("collapse", "frac_reward_zero_std", lambda over: over),
        ("unrewarded", "unrewarded", lambda over: 0.5 if over > 0.5 else 0.0),
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_each_alarm_rings_once_for_its_own_sign(
    kind: str, name: str, change: Callable[[float], float], seed: int
) -> None:
    found = rung(honest(seed, **{name: change}))
    assert {*found} == {kind}
    assert len(found) <= 2  # where it wavers for long


def test_an_honest_run_is_seldom_accused() -> None:
    accused = sum(bool(rung(honest(seed))) for seed in range(100, 104))
    assert accused == 0  # nor in 200 runs, once measured


def test_length_and_checks_may_move_while_rewards_do_not() -> None:
    flat = {"reward": lambda over: 0.3, "completions/mean_length": lambda over: 40 + 60 * over}
    assert rung(honest(0, **flat, checks_met=lambda over: 0.4 - 0.3 * over)) == []


def test_nothing_rings_before_there_are_two_windows() -> None:
    rows = honest(0, n=19, **{"completions/mean_length": lambda over: 40 + 200 * over})
    assert ringing(rows, LIMITS) == {}
    assert windows(rows, "reward", 10) is None


def test_an_alarm_that_wavers_is_told_once_and_a_new_episode_again() -> None:
    wavering = [0.6, 0.4] * 3 + [0.0] * 9 + [0.6] * 2
    rows: Curve = [{"step": n, "unrewarded": share} for n, share in enumerate(wavering, start=1)]
    assert rung(rows, Alarms(window=2, unrewarded=0.5, collapse=1.0)) == ["unrewarded", "unrewarded"]


def test_a_form_that_earns_more_than_an_answer_rings() -> None:
    rows: Curve = [{"step": 1, "malformed": 0.5, "reward_min": 0.0}, {"step": 2, "malformed": 0.0, "reward_min": -3.0}]
    assert rung(rows) == []
    assert rung([*rows, {"step": 3, "malformed": 0.1, "reward_min": -2.5}]) == ["form"]


def test_it_says_what_is_seen() -> None:
    rows = honest(1, **{"completions/mean_length": lambda over: 40 + 60 * over})
    said = ringing(rows, LIMITS)["length"]
    assert said.startswith("rewards rose from 0.") and "tokens" in said
