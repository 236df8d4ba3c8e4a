"""Chances against every subset there is."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from weval.bench.best_of.choosing import chances, numbers_of_texts


def by_enumeration(rewards: list[float], n: int) -> np.ndarray:
    """Every subset of n texts with a reward among them, its best ones chosen alike."""
    found, drawn = np.zeros(len(rewards)), 0
    for subset in combinations(range(len(rewards)), n):
        known = [at for at in subset if not np.isnan(rewards[at])]
        if known:
            drawn += 1
            best = [at for at in known if rewards[at] == max(rewards[other] for other in known)]
            found[best] += 1 / len(best)
    return found / max(1, drawn)


@pytest.mark.parametrize("seed", range(6))
def test_chances_are_those_of_all_subsets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rewards = rng.integers(0, 4, size=7).astype(float)  # with ties
    rewards[rng.random(7) < 0.3] = np.nan
    rewards[rng.random(7) < 0.2] = -np.inf
    for n in range(1, 8):
        assert chances(rewards, n) == pytest.approx(by_enumeration(rewards.tolist(), n), abs=1e-12)


def test_without_ties_they_are_the_formula_of_ranks() -> None:
    found = chances([3.0, 9.0, 1.0, 5.0, 4.0], 3)
    ranks = [4, 1, 5, 2, 3]
    assert found.tolist() == [comb(5 - rank, 2) / comb(5, 3) for rank in ranks]


def test_many_texts_are_no_trouble() -> None:
    found = chances(np.arange(1024.0), 512)
    assert found.sum() == pytest.approx(1.0)
    assert found[-1] == 0.5  # it is chosen whenever it is drawn


def test_one_draws_anybody_and_all_take_the_best() -> None:
    rewards = [1.0, float("nan"), 3.0, -np.inf]
    assert chances(rewards, 1).tolist() == [1 / 3, 0.0, 1 / 3, 1 / 3]
    assert chances(rewards, 4).tolist() == [0.0, 0.0, 1.0, 0.0]
    assert not chances([float("nan")] * 3, 2).any()


@pytest.mark.parametrize("n", [0, 4])
def test_other_numbers_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match="must be 1 to 3"):
        chances([1.0, 2.0, 3.0], n)


def test_a_curve_has_the_powers_of_two_and_its_end() -> None:
    assert numbers_of_texts(2) == (1, 2)
    assert numbers_of_texts(16) == (1, 2, 4, 8, 16)
    assert numbers_of_texts(17)[-2:] == (16, 17)
