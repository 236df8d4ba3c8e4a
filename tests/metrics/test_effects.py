"""The oracles are a loop over pairs, a general optimiser on the penalised likelihood, statsmodels, and planted effects.

Scores that are the sum of beta over the kept requirements plus Gumbel noise follow the model exactly: the difference of
two Gumbel variables is logistic.
"""

from itertools import combinations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from weval.metrics import EffectPairs, effect_pairs, requirement_effects
from weval.metrics.effects import RIDGE

N_TYPES = 4
PLANTED = np.array([1.2, 0.6, 0.0, 0.3])


def dropout(rng, m):
    """Kept requirements of five candidates that keep 5, 4, 3, 2, 1 of 5 at random, and types that all occur."""
    kept = np.argsort(rng.random((m, 5, 5)), axis=2) < np.arange(5, 0, -1)[:, None]
    types = np.concatenate([np.tile(np.arange(N_TYPES), (m, 1)), rng.integers(0, N_TYPES, (m, 1))], axis=1)
    return kept, types


def planted(rng, m, beta=PLANTED):
    kept, types = dropout(rng, m)
    scores = (kept * beta[types][:, None, :]).sum(axis=2) + rng.gumbel(size=(m, 5))
    return effect_pairs(scores, kept, types, N_TYPES, np.arange(m))


def ends(found):
    return np.array([found.low, found.high])


def loops(scores, kept, types, items):
    """Every pair of every item as (differences, points, item), straight from the definition."""
    found = []
    for s, k, t, name in zip(scores, kept, types, items, strict=True):
        for i, j in combinations(range(len(s)), 2):
            apart = [r for r in range(len(t)) if k[i][r] != k[j][r]]
            if any(t[r] == -1 for r in apart):
                continue
            difference = [sum(int(k[i][r]) - int(k[j][r]) for r in apart if t[r] == code) for code in range(N_TYPES)]
            if any(difference):
                found.append((difference, 1.0 if s[i] > s[j] else 0.5 if s[i] == s[j] else 0.0, name))
    return sorted(found)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_pairs_are_those_that_loops_find(seed):
    rng = np.random.default_rng(seed)
    m, n, r = rng.integers(0, 5), rng.integers(2, 6), rng.integers(1, 6)
    scores, kept = rng.integers(0, 3, (m, n)), rng.random((m, n, r)) < 0.6
    types, items = rng.integers(-1, N_TYPES, (m, r)), rng.permutation(m) + 10
    pairs = effect_pairs(scores, kept, types, N_TYPES, items)
    found = zip(pairs.differences.tolist(), pairs.points.tolist(), pairs.items.tolist(), strict=True)
    assert sorted(found) == loops(scores, kept, types, items)


def test_pairs_that_differ_in_a_requirement_of_unknown_type_are_left_out():
    kept = [[[1, 1, 1], [0, 1, 1], [1, 1, 0]]]
    pairs = effect_pairs([[0.9, 0.5, 0.1]], kept, [[0, 1, -1]], 2, np.array([0]))
    assert (pairs.differences.tolist(), pairs.points.tolist()) == ([[1, 0]], [1.0])


def penalised_likelihood(pairs):
    """The maximum by a general optimiser, pair by pair."""
    x, y = pairs.differences.astype(float), pairs.points

    def loss(beta):
        eta = x @ beta
        chance = 1 / (1 + np.exp(-eta))
        value = (np.logaddexp(0, eta) - y * eta).sum() + RIDGE / 2 * beta @ beta
        return value, x.T @ (chance - y) + RIDGE * beta

    def curvature(beta):
        chance = 1 / (1 + np.exp(-(x @ beta)))
        return (x.T * chance * (1 - chance)) @ x + RIDGE * np.eye(x.shape[1])

    start = np.zeros(x.shape[1])
    return minimize(loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-10}).x


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [0.0, 1.0, 4.0, 50.0])
def test_beta_is_the_maximum_of_the_penalised_likelihood(seed, strength):
    rng = np.random.default_rng(seed)
    kept, types = dropout(rng, 15)
    effect = (kept * rng.normal(size=N_TYPES)[types][:, None, :]).sum(axis=2)
    scores = np.round(strength * effect + rng.gumbel(size=(15, 5)), 1)
    pairs = effect_pairs(scores, kept, types, N_TYPES, np.arange(15))
    found = requirement_effects(pairs, seed=0, n_resamples=1)
    assert found.value == pytest.approx(penalised_likelihood(pairs), abs=1e-6)


def test_with_many_items_it_is_plain_logistic_regression():
    pairs = planted(np.random.default_rng(0), 3000)
    plain = sm.GLM(pairs.points, pairs.differences, family=sm.families.Binomial()).fit(tol=1e-12)
    assert requirement_effects(pairs, seed=0, n_resamples=1).value == pytest.approx(plain.params, abs=2e-4)


def test_neither_the_order_of_candidates_nor_that_of_items_matters():
    rng = np.random.default_rng(1)
    kept, types = dropout(rng, 30)
    scores, items = rng.normal(size=(30, 5)), np.arange(30)
    whole = requirement_effects(effect_pairs(scores, kept, types, N_TYPES, items), seed=0, n_resamples=200)
    order, places = rng.permutation(30), rng.permutation(5)
    swapped = effect_pairs(scores[:, places], kept[:, places], types, N_TYPES, items)
    moved = effect_pairs(scores[order], kept[order], types[order], N_TYPES, items[order])
    for pairs in (swapped, moved):
        found = requirement_effects(pairs, seed=0, n_resamples=200)
        assert np.array(found) == pytest.approx(np.array(whole), abs=1e-9)


def test_a_pair_may_be_named_in_either_order():
    pairs = planted(np.random.default_rng(2), 20)
    turned = EffectPairs(-pairs.differences, 1 - pairs.points, pairs.items)
    found = [requirement_effects(p, seed=0, n_resamples=200) for p in (pairs, turned)]
    assert np.array(found[0]) == pytest.approx(np.array(found[1]), abs=1e-9)


def test_turning_every_score_round_turns_every_effect_round():
    rng = np.random.default_rng(3)
    kept, types = dropout(rng, 40)
    scores = rng.normal(size=(40, 5)) + kept[:, :, 0]
    plain, turned = (
        requirement_effects(effect_pairs(s, kept, types, N_TYPES, np.arange(40)), seed=0, n_resamples=2000)
        for s in (scores, -scores)
    )
    assert turned.value == pytest.approx(-plain.value, abs=1e-9)
    assert -ends(turned)[::-1] == pytest.approx(ends(plain), abs=0.01)  # quantiles from the other side


def test_a_perfect_scorer_is_finite_and_follows_every_type():
    for m in (5, 60, 550):
        kept, types = dropout(np.random.default_rng(m), m)
        pairs = effect_pairs(kept.sum(axis=2), kept, types, N_TYPES, np.arange(m))
        found = requirement_effects(pairs, seed=0, n_resamples=200)
        assert np.isfinite(found).all()
        assert (found.low > 1).all()


def test_a_constant_scorer_goes_by_nothing_exactly():
    kept, types = dropout(np.random.default_rng(0), 20)
    found = requirement_effects(effect_pairs(np.ones((20, 5)), kept, types, N_TYPES, np.arange(20)), seed=0)
    assert np.array(found).tolist() == np.zeros((3, N_TYPES)).tolist()


def test_a_type_that_no_pair_differs_in_is_undefined_and_leaves_the_others_alone():
    pairs = planted(np.random.default_rng(4), 30)
    without = pairs.differences[:, 2] == 0
    fewer = EffectPairs(pairs.differences[without], pairs.points[without], pairs.items[without])
    found = requirement_effects(fewer, seed=0, n_resamples=200)
    assert np.isnan(np.array(found)).all(axis=0).tolist() == [False, False, True, False]
    alone = EffectPairs(fewer.differences[:, [0, 1, 3]], fewer.points, fewer.items)
    assert np.array(found)[:, [0, 1, 3]] == pytest.approx(
        np.array(requirement_effects(alone, seed=0, n_resamples=200)), abs=1e-12
    )
    assert np.isnan(requirement_effects(EffectPairs.concatenated([], N_TYPES), seed=0)).all()


def test_one_item_has_effects_but_no_interval():
    found = requirement_effects(planted(np.random.default_rng(5), 1), seed=0, n_resamples=200)
    assert np.isfinite(found.value).all()
    assert np.isnan(ends(found)).all()


def of_two_types(n_second):
    """Forty items about the first type, won three times in four; so many of them also about the second, always won."""
    items = np.r_[np.arange(40), np.arange(n_second)]
    differences = np.r_[np.tile([[1, 0]], (40, 1)), np.tile([[0, 1]], (n_second, 1))]
    return EffectPairs(differences, np.r_[np.arange(40) % 4 > 0, np.ones(n_second)].astype(float), items)


def test_a_type_that_one_item_tells_of_has_no_interval():
    found = requirement_effects(of_two_types(1), seed=0, n_resamples=500)
    assert np.isnan(ends(found)).tolist() == [[False, True], [False, True]]
    assert found.value[1] > 1


def test_resamples_without_a_type_do_not_count_as_no_effect():
    found = requirement_effects(of_two_types(2), seed=0, n_resamples=2000)
    # One resample in seven draws neither of the two; in every other the type was always followed.
    assert found.low[1] > 1


def test_random_groups_of_items_give_nearly_the_same_interval(monkeypatch):
    pairs = planted(np.random.default_rng(6), 3000)
    whole = requirement_effects(pairs, seed=0, n_resamples=2000)
    monkeypatch.setattr("weval.metrics.effects._MOST_CELLS", 10_000)
    grouped = requirement_effects(pairs, seed=0, n_resamples=2000)
    assert grouped.value == pytest.approx(whole.value, abs=1e-8)
    assert ends(grouped) == pytest.approx(ends(whole), abs=0.1 * (whole.high - whole.low).min())
    assert (grouped.low != whole.low).all()


def test_blocks_of_resamples_do_not_show(monkeypatch):
    pairs = planted(np.random.default_rng(7), 60)
    whole = requirement_effects(pairs, seed=0, n_resamples=300)
    monkeypatch.setattr("weval.metrics.effects._MOST_CELLS", 700)
    assert np.array(requirement_effects(pairs, seed=0, n_resamples=300)) == pytest.approx(np.array(whole), abs=1e-8)


def test_pairs_are_counted_some_at_a_time(monkeypatch):
    pairs = planted(np.random.default_rng(7), 60)
    whole = requirement_effects(pairs, seed=0, n_resamples=300)
    monkeypatch.setattr("weval.metrics.effects._PAIRS_AT_ONCE", 7)
    assert np.array_equal(np.array(requirement_effects(pairs, seed=0, n_resamples=300)), np.array(whole))


def coverage(m, n_simulations, beta):
    """The share of 95 % intervals that contain the planted effect, over simulations and types."""
    rng = np.random.default_rng(m)
    found = [requirement_effects(planted(rng, m, beta), seed=k, n_resamples=400) for k in range(n_simulations)]
    return np.mean([(low <= beta) & (beta <= high) for _, low, high in found])


@pytest.mark.slow
@pytest.mark.parametrize("m", [60, 550])
def test_intervals_contain_planted_effects_as_often_as_they_say(m):
    assert 0.93 <= coverage(m, 500, PLANTED) <= 0.97  # 2,000 intervals: a standard error of 0.005


@pytest.mark.slow
def test_intervals_of_strong_effects_hold_too():
    # A stronger ridge would pull them towards 0: with one of 1 the coverage is 0.88.
    assert 0.93 <= coverage(60, 500, np.full(N_TYPES, 2.0)) <= 0.97
