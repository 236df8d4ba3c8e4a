"""The oracles are loops over explicit resamples and pairs, scipy's t, and data sets whose true ranks are known."""

from itertools import pairwise, permutations
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from weval.metrics import rank_bands, resample_counts
from weval.metrics.ranks import _reach


def figures(rng, m, ability):
    """Correlation-like figures of models that share the difficulty of the items. A higher ability is a higher mean."""
    difficulty = 0.5 * rng.normal(size=(m, 1))
    return np.round(np.tanh(ability + difficulty + 0.6 * rng.normal(size=(m, len(ability)))), 1)


def with_gaps(rng, table, share=0.1):
    return np.where(rng.random(table.shape) < share, np.nan, table)


def ends(bands):
    return list(zip(bands.best.tolist(), bands.worst.tolist(), strict=True))


def possible(means):
    """Best and worst rank of each mean, where equal ones may stand in any order."""
    best = [1 + sum(other > mean for other in means) for mean in means]
    worst = [len(means) - sum(other < mean for other in means) for mean in means]
    return np.array(best), np.array(worst)


def definition(table, seed, n_resamples, level):
    """Bands by loops over resamples and ordered pairs, for figures without ties or constant differences."""
    m, n_models = table.shape
    present = ~np.isnan(table)
    mean = np.nanmean(table, axis=0)
    moves = np.where(present, table - mean, 0.0) / present.mean(axis=0)
    pairs = {
        (j, k): (np.std(moves[:, j] - moves[:, k]) / sqrt(m), int(min(present[:, j].sum(), present[:, k].sum())))
        for j, k in permutations(range(n_models), 2)
    }
    pairs = {p: sn for p, sn in pairs.items() if 2 * 0.5 ** sn[1] <= (1 - level) / comb(n_models, 2)}
    draws = [np.repeat(np.arange(m), c.astype(int)) for block in resample_counts(m, n_resamples, seed) for c in block]
    above, left, news = set(), dict(pairs), True
    while news and left:
        largest = [max((moves[d, j] - moves[d, k]).mean() / s for (j, k), (s, _) in left.items()) for d in draws]
        z = sorted(largest)[int(np.ceil(level * (n_resamples + 1))) - 1]
        news = {
            (j, k)
            for (j, k), (s, n) in left.items()
            if mean[j] - mean[k] > stats.t.isf(stats.norm.sf(z), n - 1) * s * sqrt(n / (n - 1))
        }
        above |= news
        left = {pair: sn for pair, sn in left.items() if pair not in news}
    best = [1 + sum((k, j) in above for k in range(n_models)) for j in range(n_models)]
    worst = [n_models - sum((j, k) in above for k in range(n_models)) for j in range(n_models)]
    return list(zip(best, worst, strict=True))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_agrees_with_loops_over_resamples_and_pairs(seed, gaps):
    rng = np.random.default_rng(seed)
    m, n_models = rng.integers(8, 40), rng.integers(2, 6)
    table = with_gaps(rng, rng.normal(rng.normal(0, 0.5, n_models), 0.4, (m, n_models)) + rng.normal(size=(m, 1)), gaps)
    assert ends(rank_bands(table, seed=seed, n_resamples=99)) == definition(table, seed, 99, 0.95)


@pytest.mark.parametrize(("n", "tolerance"), [(6, 0.03), (13, 0.003), (30, 0.0004), (550, 1e-5)])
def test_the_reach_is_students_and_makes_good_what_resamples_lack(n, tolerance):
    for z in (0.5, 2.0, 3.6):
        exact = stats.t.isf(stats.norm.sf(z), n - 1) * sqrt(n / (n - 1))
        assert _reach(np.float64(z), np.array([n]))[0] == pytest.approx(exact, rel=tolerance)
    assert np.isfinite(_reach(np.float64(1e6), np.array([n]))).all()


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_bands_hold_the_ranks_of_the_means_and_follow_the_models(seed):
    rng = np.random.default_rng(seed)
    n_models = int(rng.integers(1, 8))
    table = with_gaps(rng, figures(rng, int(rng.integers(1, 60)), rng.normal(0, 0.5, n_models)))
    bands = rank_bands(table, seed=1, n_resamples=200)
    ranked = ~np.isnan(table).all(axis=0)
    best, worst = possible(bands.value[ranked])
    assert (bands.best[ranked] <= best).all()
    assert (bands.worst[ranked] >= worst).all()
    assert (bands.best[ranked] >= 1).all()
    assert (bands.worst[ranked] <= ranked.sum()).all()
    order = rng.permutation(n_models)
    moved = rank_bands(table[:, order], seed=1, n_resamples=200)
    assert ends(moved) == [ends(bands)[j] for j in order]
    # A model that is added twice shares its band.
    twice = rank_bands(table[:, [*range(n_models), 0]], seed=1, n_resamples=200)
    assert ends(twice)[0] == ends(twice)[-1]


@pytest.mark.parametrize(("factor", "shift"), [(1.0, 100.0), (37.0, -5.0), (1e-200, 0.0), (1e200, 0.0)])
def test_unit_and_origin_do_not_matter(factor, shift):
    rng = np.random.default_rng(5)
    table = with_gaps(rng, figures(rng, 80, np.linspace(0, 1, 8)))
    bands = rank_bands(table, seed=2)
    assert ends(rank_bands(table * factor + shift, seed=2)) == ends(bands)
    assert bands.worst.min() < 8


def test_lower_is_better_turns_the_bands_over():
    rng = np.random.default_rng(6)
    table = figures(rng, 200, np.linspace(0, 1, 8))
    bands, turned = rank_bands(table, seed=2), rank_bands(-table, seed=2)
    assert ends(turned) == [(9 - worst, 9 - best) for best, worst in ends(bands)]


def test_a_seed_repeats_and_a_higher_level_never_narrows():
    rng = np.random.default_rng(7)
    table = figures(rng, 150, np.linspace(0, 0.6, 12))
    bands = [rank_bands(table, seed=3, level=level) for level in (0.5, 0.8, 0.95, 0.99)]
    assert ends(rank_bands(table, seed=3)) == ends(bands[2])
    widths = [(b.worst - b.best).sum() for b in bands]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
    for narrow, wide in pairwise(bands):
        assert (wide.best <= narrow.best).all()
        assert (wide.worst >= narrow.worst).all()


def test_one_model_and_none():
    assert ends(rank_bands([[0.3], [0.1]], seed=0)) == [(1, 1)]
    assert ends(rank_bands(np.zeros((5, 0)), seed=0)) == []
    assert ends(rank_bands(np.zeros((0, 2)), seed=0)) == [(0, 0), (0, 0)]


def test_a_model_without_figures_has_no_band_and_changes_no_other():
    rng = np.random.default_rng(8)
    table = figures(rng, 100, np.array([1.0, 0.5, 0.0]))
    absent = np.insert(table, 1, np.nan, axis=1)
    bands, found = rank_bands(table, seed=0), rank_bands(absent, seed=0)
    assert ends(bands) == [(1, 1), (2, 2), (3, 3)]
    assert ends(found) == [(1, 1), (0, 0), (2, 2), (3, 3)]
    assert np.isnan(found.value).tolist() == [False, True, False, False]


def test_missing_figures_are_neither_zeros_nor_a_lost_item():
    rng = np.random.default_rng(9)
    table = figures(rng, 200, np.array([1.0, 0.5]))
    table[:40, 0] = np.nan
    bands = rank_bands(table, seed=0)
    assert bands.value.tolist() == pytest.approx([table[40:, 0].mean(), table[:, 1].mean()])
    assert ends(bands) == [(1, 1), (2, 2)]
    table[3:, 0] = np.nan
    table[:3, 0] = 1.0
    assert ends(rank_bands(table, seed=0)) == [(1, 2), (1, 2)]  # three figures decide nothing


def test_equal_models_are_undecided_among_each_other_and_decided_against_the_rest():
    rng = np.random.default_rng(10)
    good, bad = rng.uniform(0.5, 1, 40), rng.uniform(-1, 0, 40)
    table = np.stack([good, bad, good, bad, bad], axis=1)
    assert ends(rank_bands(table, seed=0)) == [(1, 2), (3, 5), (1, 2), (3, 5), (3, 5)]
    assert ends(rank_bands(np.full((40, 3), 0.1), seed=0)) == [(1, 3)] * 3


def test_rounding_decides_nothing():
    # Figures that differ in their last bits, always to one side.
    rng = np.random.default_rng(11)
    base = rng.uniform(-1, 1, 60)
    bands = rank_bands(np.stack([base, base + 6e-16 * rng.random(60)], axis=1), seed=0)
    assert bands.value[0] < bands.value[1]
    assert ends(bands) == [(1, 2), (1, 2)]
    bands = rank_bands(np.tile([0.1 + 0.2, 0.3, 0.3 - 1e-9], (60, 1)), seed=0)
    assert ends(bands) == [(1, 2), (1, 2), (3, 3)]


def test_rounding_keeps_nothing_undecided():
    # Copies that were moved by a constant differ by that constant but for the last bits, whose spread means nothing.
    rng = np.random.default_rng(14)
    base = 10 * rng.random((300, 1))
    copies = base + np.linspace(0, 1, 12)
    assert 0 < np.ptp(copies[:, 5] - copies[:, 0]) < 1e-12
    other = base - 1.0 + 4.0 * rng.normal(size=(300, 1))
    expected = [(rank, rank) for rank in range(12, 0, -1)]
    assert ends(rank_bands(np.concatenate([copies, other], axis=1), seed=0)) == [*expected, (13, 13)]


@pytest.mark.parametrize(("n_models", "fewest"), [(2, 6), (20, 13)])
def test_a_constant_difference_is_decided_from_as_many_items_as_a_sign_test_needs(n_models, fewest):
    shifted = np.random.default_rng(12).random((fewest, 1)) + np.arange(n_models)
    apart = [(rank, rank) for rank in range(n_models, 0, -1)]
    assert ends(rank_bands(shifted, seed=0)) == apart
    assert ends(rank_bands(shifted[1:], seed=0)) == [(1, n_models)] * n_models


def test_a_near_copy_does_not_lose_its_digits():
    # Two models that differ by very little are apart where the difference is steady, however much both vary.
    rng = np.random.default_rng(13)
    base = 100 * rng.normal(size=200)
    steady = base + 1e-7 * rng.normal(1, 0.5, 200)
    assert ends(rank_bands(np.stack([base, steady], axis=1), seed=0)) == [(2, 2), (1, 1)]
    # Nor do such copies make the others undecided.
    copies = base[:, None] + 1e-7 * rng.normal(0, 0.5, (200, 8))
    other = base[:, None] - 8 + 20 * rng.normal(size=(200, 1))
    assert ends(rank_bands(np.concatenate([copies, other], axis=1), seed=0)) == [(1, 8)] * 8 + [(9, 9)]


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ([["a", "b"]], {}),
        ([0.1, 0.2], {}),
        ([[0.1, np.inf]], {}),
        ([[0.1, 0.2]], {"level": 1.0}),
        ([[0.1, 0.2]], {"level": 0.0}),
        ([[0.1, 0.2]], {"n_resamples": 18}),
        ([[0.1, 0.2]], {"n_resamples": 0}),
    ],
)
def test_refuses_what_has_no_answer(values, options):
    with pytest.raises(ValueError, match=r"values|resamples"):
        rank_bands(values, seed=0, **options)


ABILITIES = {
    "distinct, some close": np.sort([*np.linspace(0, 0.9, 16), 0.301, 0.302, 0.603, 0.91]),
    "four groups of equals": np.repeat([0.0, 0.3, 0.6, 0.9], 5),
    "all equal": np.full(20, 0.4),
}


@pytest.mark.parametrize("gaps", [0.0, 0.03])
@pytest.mark.parametrize("setup", ABILITIES)
def test_all_true_ranks_of_20_models_are_covered_in_95_percent_of_data_sets(setup, gaps):
    ability, n_sets = ABILITIES[setup], 400
    best, worst = possible(ability)
    top, bottom = ability > 0.8, ability < 0.1
    covered, widths = 0, []
    for number in range(n_sets):
        rng = np.random.default_rng([number, 7])
        bands = rank_bands(with_gaps(rng, figures(rng, 200, ability), gaps), seed=number % 4)
        covered += bool((bands.best <= best).all() and (bands.worst >= worst).all())
        widths.append(bands.worst - bands.best)
        # Useful too: whoever is far apart is told apart.
        assert bands.worst[top].max(initial=0) < bands.best[bottom].min(initial=21)
    assert covered / n_sets >= 0.95 - 2 * sqrt(0.95 * 0.05 / n_sets)
    # Without any evidence the widths would be 19; four groups of five that are told apart have 4.
    assert np.mean(widths) < {"distinct, some close": 8.5, "four groups of equals": 6, "all equal": 20}[setup]
