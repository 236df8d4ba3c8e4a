"""The oracles are enumeration, scipy and statsmodels; error rates and power are counted on simulated scorers."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from weval.metrics import (
    classic_tests,
    correlation,
    detectable_difference,
    effect_size,
    holm,
    items_needed,
    sign_flip,
)

GOLD = np.array([5, 4, 3, 2, 1])
DIFFERENCES = st.lists(st.integers(-3, 3).map(lambda x: x / 10), min_size=1, max_size=9)


def by_enumeration(differences):
    """The share of all sign patterns whose mean is as far from 0, zeros flipped with the rest."""
    d = np.array(differences)
    means = [abs((np.array(signs) * d).mean()) for signs in product((1, -1), repeat=len(d))]
    return np.mean([mean >= abs(d.mean()) - 1e-12 for mean in means])


@given(DIFFERENCES)
@settings(deadline=None, max_examples=60)
def test_the_sign_flip_test_is_full_enumeration(differences):
    assert sign_flip(differences, seed=0) == pytest.approx(by_enumeration(differences), abs=1e-12)


def test_up_to_fourteen_items_neither_seed_nor_number_of_flips_matters():
    rng = np.random.default_rng(0)
    fourteen, fifteen = rng.normal(size=14), rng.normal(size=15)
    assert len({sign_flip(fourteen, seed=seed, n_flips=10) for seed in range(5)}) == 1
    assert len({sign_flip(fifteen, seed=seed, n_flips=10) for seed in range(5)}) > 1
    assert sign_flip(fifteen, seed=3) == sign_flip(fifteen, seed=3)


@pytest.mark.parametrize("m", [8, 14, 40])
def test_the_sign_flip_test_is_that_of_scipy(m):
    d = np.random.default_rng(m).normal(0.2, 1.0, size=m).round(2)
    mean = lambda x, axis: x.mean(axis=axis)  # noqa: E731
    theirs = stats.permutation_test(
        (d,), mean, permutation_type="samples", vectorized=True, n_resamples=20_000, rng=np.random.default_rng(1)
    ).pvalue
    # Both are exact up to 14 items; beyond, two estimates of one share differ by so much.
    error = 0 if m <= 14 else 5 * (2 * theirs * (1 - theirs) / 20_000) ** 0.5
    assert sign_flip(d, seed=0) == pytest.approx(theirs, abs=1e-12 + error)


@given(DIFFERENCES, st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_items_without_a_difference_count_for_nothing(differences, zeros):
    assert sign_flip(differences + [0.0] * zeros, seed=0) == sign_flip(differences, seed=0)


@pytest.mark.parametrize("m", [6, 60])
def test_neither_sign_nor_scale_nor_order_changes_p(m):
    d = np.random.default_rng(m).normal(0.1, 1.0, size=m)
    p = sign_flip(d, seed=0)
    assert sign_flip(-d, seed=0) == sign_flip(1e-9 * d, seed=0) == sign_flip(1e9 * d, seed=0) == p
    assert sign_flip(d[::-1], seed=0) == pytest.approx(p, abs=0 if m == 6 else 0.03)


def test_p_is_never_0_and_1_where_nothing_differs():
    assert sign_flip(np.ones(200), seed=0, n_flips=99) == 0.01
    assert sign_flip(np.ones(10), seed=0) == 2 / 1024
    assert sign_flip([0.0, 0.0], seed=0) == sign_flip([], seed=0) == 1.0
    assert sign_flip([0.3], seed=0) == 1.0


def test_sums_that_are_equal_but_for_rounding_count_as_reached():
    # 0.1 + 0.2 and 0.3 differ in the last bit: flipping all three, or none, and those with a sum of +-0.6.
    assert sign_flip([0.1, 0.2, 0.3], seed=0) == 0.25
    assert sign_flip([0.1, 0.2, -0.3], seed=0) == 1.0


def test_blocks_of_flips_do_not_show(monkeypatch):
    d = np.random.default_rng(0).normal(size=30)
    monkeypatch.setattr("weval.metrics.paired._CELLS_PER_BLOCK", 100)
    in_blocks = sign_flip(d, seed=0, n_flips=1000)
    monkeypatch.undo()
    assert in_blocks == pytest.approx(sign_flip(d, seed=0, n_flips=1000), abs=0.06)


def test_a_hole_is_refused():
    for test in (classic_tests, effect_size, detectable_difference, items_needed):
        with pytest.raises(ValueError, match="finite"):
            test([0.1, np.nan])
    with pytest.raises(ValueError, match="finite"):
        sign_flip([0.1, np.nan], seed=0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(deadline=None, max_examples=15)  # the oracle takes 30 ms
def test_holm_is_that_of_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-15)


def test_holm_of_nothing_is_nothing():
    assert holm([]).shape == (0,)


def test_classic_tests_are_those_of_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.3, 1.0, 40).round(1), rng.normal(size=40).round(1)
    found = classic_tests(first - second)
    assert found.wilcoxon == stats.wilcoxon(first - second).pvalue
    assert found.t == pytest.approx(stats.ttest_rel(first, second).pvalue, abs=1e-12)


@pytest.mark.parametrize(
    ("differences", "defined"),
    [
        ([0.0, 0.0, 0.0], (False, False)),  # nothing differs
        ([0.2, 0.2, 0.2], (True, False)),  # no spread
        ([0.1 + 0.2, 0.3, 0.3], (True, False)),  # none but rounding
        ([0.2], (True, False)),
        ([0.0, 0.2, -0.1], (True, True)),
    ],
)
def test_classic_tests_are_undefined_without_anything_to_test(differences, defined):
    assert tuple(p is not None for p in classic_tests(differences)) == defined


def test_effect_size_by_hand():
    assert effect_size([0.1, 0.3, 0.2, 0.0]) == pytest.approx(0.15 / (0.05 / 3) ** 0.5)
    assert effect_size([-0.1, -0.3]) == pytest.approx(-0.2 / 0.02**0.5)
    assert effect_size([0.2]) is effect_size([0.3, 0.1 + 0.2]) is effect_size([]) is None


@pytest.mark.parametrize("m", [8, 20, 60, 550])
@pytest.mark.parametrize(("power", "level"), [(0.8, 0.05), (0.9, 0.01)])
def test_the_detectable_difference_is_that_of_the_t_test(m, power, level):
    d = np.random.default_rng(m).normal(size=m)
    expected = TTestPower().solve_power(nobs=m, alpha=level, power=power) * d.std(ddof=1)
    assert detectable_difference(d, power=power, level=level) == pytest.approx(expected, rel=0.05 if m == 8 else 0.01)


@pytest.mark.parametrize("mean", [0.1, 0.3, 0.7])
@pytest.mark.parametrize(("power", "level"), [(0.8, 0.05), (0.9, 0.01)])
def test_the_items_needed_are_those_of_the_t_test(mean, power, level):
    d = np.random.default_rng(0).normal(size=60)
    d += mean - d.mean()
    needed = TTestPower().solve_power(effect_size=mean / d.std(ddof=1), alpha=level, power=power)
    assert items_needed(d, power=power, level=level) == pytest.approx(np.ceil(needed), abs=1)
    assert items_needed(-d, power=power, level=level) == items_needed(d, power=power, level=level)


def test_as_many_items_are_needed_for_the_detectable_difference_as_there_are():
    d = np.random.default_rng(0).normal(size=60)
    shifted = d - d.mean() + detectable_difference(d) * (1 + 1e-9)
    assert items_needed(shifted) == 60


def test_power_is_undefined_without_spread_and_items_without_a_mean():
    assert detectable_difference([0.3]) is detectable_difference([0.2, 0.2]) is detectable_difference([]) is None
    assert items_needed([0.3]) is items_needed([0.1, -0.1]) is items_needed([]) is None
    assert items_needed([0.2, 0.2, 0.2]) == 6  # what the permutation test takes
    # Two items can find nothing at one in a thousand, however large it is.
    assert detectable_difference([0.1, 0.3], level=0.001) is None


def differences(rng, shape, signals, cuts=None):
    """Per item the correlation of one scorer minus that of another; `cuts` turns scores into grades, which tie."""
    found = []
    for signal in signals:
        scores = signal * GOLD + rng.normal(size=(int(np.prod(shape)), 5))
        scores = scores if cuts is None else np.digitize(scores, cuts)
        found.append(correlation(np.tile(GOLD, (len(scores), 1)), scores))
    return (found[0] - found[1]).reshape(shape)


def rejected(samples, n_flips):
    return np.mean([sign_flip(d, seed=k, n_flips=n_flips) <= 0.05 for k, d in enumerate(samples)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("signal", "cuts"),
    [
        (0.0, None),
        (0.5, None),
        (0.5, [0.0, 2.0]),  # three grades
        (0.0, [1.8]),  # nearly everything tied: three items in four do not differ
        (3.0, None),  # nearly everything right: seven in eight do not differ
    ],
)
@pytest.mark.parametrize(("m", "n_simulations"), [(60, 2000), (550, 1000)])
def test_two_equal_scorers_are_told_apart_no_more_often_than_said(signal, cuts, m, n_simulations):
    samples = differences(np.random.default_rng(m), (n_simulations, m), (signal, signal), cuts)
    assert rejected(samples, 400) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("m", [60, 550])
def test_the_detectable_difference_is_found_four_times_in_five(m):
    samples = differences(np.random.default_rng(m), (1500, m), (0.5, 0.5))
    typical = samples[0] * samples.std() / samples[0].std(ddof=1)
    assert 0.76 <= rejected(samples + detectable_difference(typical), 400) <= 0.84


@pytest.mark.slow
def test_the_items_needed_find_a_true_difference_four_times_in_five():
    rng = np.random.default_rng(0)
    m = items_needed(differences(rng, (100_000,), (0.6, 0.4)))
    assert 0.76 <= rejected(differences(rng, (1500, m), (0.6, 0.4)), 400) <= 0.84


def test_no_fewer_items_are_needed_than_the_permutation_test_takes():
    assert items_needed([0.5, 0.5, 0.5, 0.4]) == 6
    assert sign_flip([0.5] * 6, seed=0) < 0.05 < sign_flip([0.5] * 5, seed=0)


def test_a_mean_that_is_rounding_needs_no_number_of_items():
    assert 0.1 + 0.2 - 0.3 != 0
    assert items_needed([0.1, 0.2, -0.3]) is None


def test_a_difference_that_cannot_be_is_not_detectable():
    d = [0.0, 1.0, 2.0, 1.0]
    assert detectable_difference(d, most=1.5) is None
    assert detectable_difference(d, most=2.0) == detectable_difference(d)
