import math
from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from weval.metrics import METRICS, bootstrap, bootstrap_sums, reading, wilson


def textbook_bca(num, den, draws):
    """BCa from its definition: explicit resamples, explicit leave-one-out, one figure."""
    m = len(num)
    estimate = num.sum() / den.sum()
    found = np.array([num[list(d)].sum() / den[list(d)].sum() for d in draws])
    equal = np.isclose(found, estimate, rtol=1e-12, atol=1e-12)
    normal = NormalDist()
    z0 = normal.inv_cdf(((found < estimate) & ~equal).mean() + equal.mean() / 2)
    left_out = np.array([np.delete(num, i).sum() / np.delete(den, i).sum() for i in range(m)])
    deviation = left_out.mean() - left_out
    a = (deviation**3).sum() / (6 * (deviation**2).sum() ** 1.5)
    ends = []
    for z in (-1.959963984540054, 1.959963984540054):
        ends.append(np.quantile(found, normal.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))))
    return estimate, *ends


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tied", [False, True])
def test_agrees_with_the_definition_over_all_possible_resamples(monkeypatch, seed, tied):
    rng = np.random.default_rng(seed)
    m = 5
    num = rng.integers(0, 4, m).astype(float) + 0.1 if tied else rng.normal(size=m)
    den = np.ones(m) if tied else rng.uniform(0.5, 2.0, m)
    if tied:
        num[0] += 2  # never all equal
    draws = list(product(range(m), repeat=m))
    counts = np.array([np.bincount(d, minlength=m) for d in draws], dtype=float)
    monkeypatch.setattr("weval.metrics.intervals.resample_counts", lambda *_: iter([counts[:1000], counts[1000:]]))
    found = bootstrap(num[:, None], den[:, None], seed=0)
    assert [part[0] for part in found] == pytest.approx(textbook_bca(num, den, draws), abs=1e-9)


def test_agrees_with_scipy_for_means_and_ratios():
    rng = np.random.default_rng(11)
    values = rng.exponential(size=(80, 2))
    den = rng.integers(1, 5, (80, 2)).astype(float)
    means, ratios = bootstrap(values, seed=1), bootstrap(values * den, den, seed=1)
    for column in range(2):
        x, w = values[:, column], den[:, column]
        of_mean = stats.bootstrap((x,), np.mean, method="BCa", rng=rng, n_resamples=9999).confidence_interval
        of_ratio = stats.bootstrap(
            (x * w, w), lambda a, b, axis: a.sum(axis) / b.sum(axis), paired=True, method="BCa", rng=rng
        ).confidence_interval
        for ours, theirs in ((means, of_mean), (ratios, of_ratio)):
            tolerance = 0.05 * (theirs.high - theirs.low)
            assert ours.low[column] == pytest.approx(theirs.low, abs=tolerance)
            assert ours.high[column] == pytest.approx(theirs.high, abs=tolerance)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(5)
    samples = rng.beta(2, 5, size=(60, 600))  # 600 samples of 60 skewed values, all on the same resamples
    _, low, high = bootstrap(samples, seed=2, n_resamples=1000)
    covered = ((low <= 2 / 7) & (high >= 2 / 7)).mean()
    assert 0.92 <= covered <= 0.97


def test_the_seed_decides_and_columns_do_not_touch_each_other():
    values = np.random.default_rng(0).normal(size=(30, 3))
    together, again = bootstrap(values, seed=9, n_resamples=500), bootstrap(values, seed=9, n_resamples=500)
    np.testing.assert_array_equal(together, again)
    alone = bootstrap(values[:, 1:2], seed=9, n_resamples=500)
    assert [part[0] for part in alone] == pytest.approx([part[1] for part in together], abs=1e-12)
    assert (bootstrap(values, seed=10, n_resamples=500).low != together.low).any()


def test_shifting_and_scaling_move_the_interval_with_the_values():
    values = np.random.default_rng(0).exponential(size=(30, 1))
    plain = bootstrap(values, seed=9, n_resamples=500)
    moved = bootstrap(1e-200 * values, seed=9, n_resamples=500)
    raised = bootstrap(values + 1000, seed=9, n_resamples=500)
    assert [part[0] * 1e200 for part in moved] == pytest.approx([part[0] for part in plain], rel=1e-9)
    assert [part[0] - 1000 for part in raised] == pytest.approx([part[0] for part in plain], abs=1e-9)


def test_nan_rows_are_left_out_of_a_mean():
    values = np.random.default_rng(0).normal(size=(40, 1))
    holed = values.copy()
    holed[::4] = np.nan
    found = bootstrap(holed, seed=1)
    same = bootstrap(np.nan_to_num(holed), (~np.isnan(holed)).astype(float), seed=1)
    np.testing.assert_array_equal(found, same)
    assert found.value[0] == pytest.approx(np.nanmean(holed), abs=1e-12)


@pytest.mark.parametrize(
    ("num", "den"),
    [
        ([[0.3]], None),  # one item
        ([[0.3], [np.nan]], None),  # one item that has the figure
        ([[0.3], [0.0]], [[1.0], [0.0]]),
        ([[1.0]], None),  # at a limit, too
    ],
)
def test_one_item_has_a_value_but_no_interval(num, den):
    found = bootstrap(num, den, seed=0, limits=[0, 1])
    assert found.value.tolist() == num[0]
    assert np.isnan([found.low, found.high]).all()


def test_no_item_has_nothing():
    for num in (np.empty((0, 2)), np.full((3, 2), np.nan)):
        assert np.isnan(bootstrap(num, seed=0, limits=[0, 1])).all()
    assert np.isnan(bootstrap([[0.0], [0.0]], [[0.0], [0.0]], seed=0)).all()


def test_rare_denominators_leave_out_resamples_without_one():
    num, den = np.zeros((50, 1)), np.zeros((50, 1))
    num[:2, 0], den[:2, 0] = [1.0, 0.0], [1.0, 1.0]
    found = bootstrap(num, den, seed=0)
    assert [part[0] for part in found] == [0.5, 0.0, 1.0]


def test_equal_rows_give_a_point_and_a_value_at_a_limit_gives_wilson():
    rows = np.tile([0.1, 1.0, 0.0, -1.0, 1.0], (60, 1))
    limits = [[0, 1], [0, 1], [0, 1], [-1, 1], [np.nan, np.nan]]
    value, low, high = bootstrap(rows, seed=0, limits=limits)
    below, _ = wilson(1.0, 60)
    assert value.tolist() == pytest.approx(rows[0].tolist())
    assert low.tolist() == pytest.approx([0.1, below, 0.0, -1.0, 1.0])
    assert high.tolist() == pytest.approx([0.1, 1.0, 1 - below, 1 - 2 * below, 1.0])


def test_wilson_counts_the_items_that_have_the_figure():
    num, den = np.zeros((60, 1)), np.zeros((60, 1))
    num[:20] = den[:20] = 3
    assert bootstrap(num, den, seed=0, limits=[0, 1]).low[0] == pytest.approx(wilson(1.0, 20)[0], abs=1e-12)


@pytest.mark.parametrize("n", [1, 7, 60, 550])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_that_of_statsmodels(n, level):
    for successes in {0, 1, n // 2, n}:
        expected = proportion_confint(successes, n, alpha=1 - level, method="wilson")
        assert wilson(successes / n, n, level) == pytest.approx(expected, abs=1e-12)
    assert wilson(0.0, n)[0] == 0
    assert wilson(1.0, n)[1] == 1


def test_wilson_of_nothing_is_undefined():
    assert all(math.isnan(end) for end in wilson(0.5, 0))


def test_a_higher_level_is_wider():
    values = np.random.default_rng(0).normal(size=(30, 1))
    narrow, wide = bootstrap(values, seed=1, level=0.5), bootstrap(values, seed=1, level=0.99)
    assert wide.low[0] < narrow.low[0] < narrow.high[0] < wide.high[0]


@pytest.mark.parametrize(
    ("num", "den", "said"),
    [
        ([1.0, 2.0], None, "shape"),
        ([[1.0], [2.0]], [[1.0]], "den has"),
        ([[1.0], [np.inf]], None, "finite"),
        ([[1.0], [2.0]], [[1.0], [-1.0]], "negative"),
        ([[1.0], [2.0]], [[1.0], [np.nan]], "finite"),
    ],
)
def test_what_cannot_be_averaged_is_refused(num, den, said):
    with pytest.raises(ValueError, match=said):
        bootstrap(num, den, seed=0)


def test_one_resample_still_has_ends():
    values = np.random.default_rng(0).normal(size=(30, 2))
    _, low, high = bootstrap(values, seed=1, n_resamples=1)
    assert (low == high).all()


def test_an_end_beyond_the_stretch_is_the_outermost_resample(monkeypatch):
    # One outlier that no resample drew, and a level so high that acceleration times reach passes 1.
    values = np.r_[1.0, np.linspace(0, 0.01, 49)][:, None]
    counts = np.random.default_rng(0).multinomial(50, [0.0] + [1 / 49] * 49, size=10_000).astype(float)
    monkeypatch.setattr("weval.metrics.intervals.resample_counts", lambda *_: iter([counts]))
    _, low, high = bootstrap(values, seed=0, level=0.9999)
    assert low[0] <= high[0] == pytest.approx((counts @ values / 50).max(), abs=1e-12)


def test_of_sums_a_mean_and_a_ratio_are_those_of_the_other_bootstrap():
    rng = np.random.default_rng(3)
    num, den = rng.exponential(size=(40, 3)), rng.integers(0, 3, (40, 3)).astype(float)
    means = bootstrap_sums(num, lambda sums: sums / 40, seed=4, n_resamples=500)
    assert np.array(means) == pytest.approx(np.array(bootstrap(num, seed=4, n_resamples=500)), abs=1e-9)
    ratios = bootstrap_sums(
        np.hstack([num * den, den]), lambda sums: sums[:, :3] / sums[:, 3:], seed=4, n_resamples=500, level=0.9
    )
    expected = bootstrap(num * den, den, seed=4, n_resamples=500, level=0.9)
    assert np.array(ratios) == pytest.approx(np.array(expected), abs=1e-9)


def three_sums(sums):
    return sums[:, :1] * sums[:, 1:2] / sums[:, 2:] ** 2


def pearson(sums):
    """The correlation coefficient from the sums of 1, x, y, xx, yy and xy."""
    n, x, y, xx, yy, xy = sums.T
    return ((n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y)))[:, None]


def test_of_sums_a_correlation_coefficient_is_that_of_scipy():
    rng = np.random.default_rng(8)
    x = rng.exponential(size=50)
    y = x + rng.normal(size=50)
    rows = np.column_stack([np.ones(50), x, y, x * x, y * y, x * y])
    theirs = stats.bootstrap(
        (x, y), lambda a, b: stats.pearsonr(a, b)[0], paired=True, vectorized=False, rng=rng, n_resamples=5000
    ).confidence_interval
    found = bootstrap_sums(rows, pearson, seed=0)
    tolerance = 0.05 * (theirs.high - theirs.low)
    assert found.value[0] == pytest.approx(stats.pearsonr(x, y)[0], abs=1e-12)
    assert found.low[0] == pytest.approx(theirs.low, abs=tolerance)
    assert found.high[0] == pytest.approx(theirs.high, abs=tolerance)


def test_of_sums_it_does_not_matter_how_many_are_held_at_once(monkeypatch):
    rows = np.random.default_rng(9).normal(5, 1, (30, 3))
    whole = bootstrap_sums(rows, three_sums, seed=2, n_resamples=500)
    monkeypatch.setattr("weval.metrics.intervals._SUMS_PER_BLOCK", 21)
    np.testing.assert_allclose(bootstrap_sums(rows, three_sums, seed=2, n_resamples=500), whole, rtol=1e-12)


def test_of_sums_one_item_has_a_value_but_no_interval():
    found = bootstrap_sums([[2.0, 4.0]], lambda sums: sums[:, :1] / sums[:, 1:], seed=0)
    assert found.value.tolist() == [0.5]
    assert np.isnan([found.low, found.high]).all()


def test_of_sums_what_no_resample_moves_is_a_point():
    found = bootstrap_sums(np.tile([0.1, 0.3], (7, 1)), lambda sums: sums[:, :1] / sums[:, 1:], seed=0)
    assert found.low == found.high == found.value == pytest.approx(1 / 3)


def share_where_any(sums):
    with np.errstate(invalid="ignore"):
        return sums[:, :1] / sums[:, 1:]


def test_of_sums_undefined_resamples_are_left_out():
    rows = np.zeros((50, 2))
    rows[:2] = [[1.0, 1.0], [0.0, 1.0]]
    found = bootstrap_sums(rows, share_where_any, seed=0)
    assert np.array(found).ravel().tolist() == [0.5, 0.0, 1.0]


def test_of_sums_what_is_undefined_stays_so_and_touches_no_other():
    rows = np.random.default_rng(0).normal(size=(20, 1))
    both = bootstrap_sums(rows, lambda sums: np.hstack([sums, np.full_like(sums, np.nan)]), seed=0)
    assert np.isnan(np.array(both)).tolist() == [[False, True]] * 3
    alone = bootstrap_sums(rows, lambda sums: sums, seed=0)
    assert np.array(both)[:, 0].tolist() == np.array(alone)[:, 0].tolist()
    assert np.isnan(bootstrap_sums(rows, lambda sums: np.full_like(sums, np.nan), seed=0)).all()


GOLD = np.array([5, 4, 3, 2, 1])


def rankings(rng, n_items, *signals):
    """Figures per item of scorers that see gold through noise, half of which they share."""
    shared, gold = rng.normal(size=(n_items, 5)), np.tile(GOLD, (n_items, 1))
    noisy = [signal * GOLD + (shared + rng.normal(size=shared.shape)) / 2**0.5 for signal in signals]
    return [{name: METRICS[name](gold, scores) for name in ("correlation", "il", "pl", "top1")} for scores in noisy]


def test_of_very_many_items_groups_are_resampled_which_gives_nearly_the_same_interval(monkeypatch):
    rng = np.random.default_rng(8)
    values = np.column_stack(
        [rng.normal(1, size=20_000), rng.random(20_000) < 0.3, np.ones(20_000), rng.exponential(size=20_000)]
    )
    values[::3, 0] = np.nan
    whole = bootstrap(values, seed=0, n_resamples=1000, limits=[(0, 9), (0, 1), (0, 1), (0, 9)])
    monkeypatch.setattr("weval.metrics.intervals.MOST_ITEMS", 19_999)
    grouped = bootstrap(values, seed=0, n_resamples=1000, limits=[(0, 9), (0, 1), (0, 1), (0, 9)])
    assert grouped.value == pytest.approx(whole.value, abs=1e-12)
    assert (grouped.low[2], grouped.high[2]) == (whole.low[2], whole.high[2])  # of all equal ones: Wilson's
    reach = (whole.high - whole.low)[[0, 1, 3]]
    for end, of_all in ((grouped.low, whole.low), (grouped.high, whole.high)):
        assert np.abs(end - of_all)[[0, 1, 3]] == pytest.approx(0, abs=0.1 * reach.max())
        assert (end != of_all)[[0, 1, 3]].all()


def test_groups_take_shares_with_their_denominators(monkeypatch):
    rng = np.random.default_rng(9)
    counts = rng.integers(0, 5, size=(30_000, 2)).astype(float)
    points = counts * (rng.random((30_000, 2)) < 0.6)
    whole = bootstrap(points, counts, seed=0, n_resamples=1000)
    monkeypatch.setattr("weval.metrics.intervals.MOST_ITEMS", 20_000)
    grouped = bootstrap(points, counts, seed=0, n_resamples=1000)
    assert grouped.value == pytest.approx(whole.value, abs=1e-12)
    assert grouped.high - grouped.low == pytest.approx(whole.high - whole.low, rel=0.1)


def readings(rng, n_items, signal):
    """Reading per item of scorers of requirements that see through noise whether one was kept."""
    kept = np.argsort(rng.random((n_items, 5, 5)), axis=2) < GOLD[:, None]
    return reading(signal * kept + rng.normal(size=kept.shape), kept, np.ones_like(kept))[0]


def coverage(values, m, n_samples=2000):
    """Of samples of m items, the share whose interval contains the mean of the many items they are drawn from."""
    truth = np.nanmean(values)
    _, low, high = bootstrap(values[: m * n_samples].reshape(m, n_samples), seed=0, n_resamples=1000)
    return ((low <= truth) & (truth <= high)).mean()


@pytest.fixture(scope="module")
def scorers():
    """A fair scorer and a slightly better one, of which 2,000 samples of 550 items can be taken."""
    return rankings(np.random.default_rng(1), 1_100_000, 0.35, 0.45)


@pytest.mark.slow
@pytest.mark.parametrize("m", [60, 550])
@pytest.mark.parametrize("name", ["correlation", "il", "top1"])
def test_intervals_of_figures_cover_as_often_as_they_say(scorers, name, m):
    assert 0.93 <= coverage(scorers[0][name], m) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("m", [60, 550])
@pytest.mark.parametrize("name", ["correlation", "il", "top1"])
def test_intervals_of_differences_cover_as_often_as_they_say(scorers, name, m):
    assert 0.93 <= coverage(scorers[1][name] - scorers[0][name], m) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("m", [60, 550])
def test_intervals_of_a_small_pl_cover_as_often_as_they_say(m):
    (figures,) = rankings(np.random.default_rng(2), 2000 * m, 0.75)
    assert figures["pl"].mean() == pytest.approx(0.15, abs=0.02)
    assert 0.93 <= coverage(figures["pl"], m) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("m", [60, 550])
def test_intervals_of_reading_cover_as_often_as_they_say(m):
    assert 0.93 <= coverage(readings(np.random.default_rng(3), 1000 * m, 0.7), m, 1000) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("n_differ", "least", "most"), [(4, 0.85, 0.9), (15, 0.93, 0.97), (30, 0.93, 0.97)])
def test_a_difference_of_shares_needs_some_fifteen_items_that_differ(n_differ, least, most):
    """Such as that of PL: with fewer, its interval promises too much. Means sit on a lattice, so the truth varies."""
    rng = np.random.default_rng(4)
    chance, better = n_differ / 60 * rng.uniform(0.85, 1.15, 8000), rng.uniform(0.5, 0.95, 8000)
    drawn = rng.random((60, 8000))
    _, low, high = bootstrap(
        (drawn < chance * better) - 1.0 * (drawn > 1 - chance * (1 - better)), seed=0, n_resamples=1000
    )
    truth = chance * (2 * better - 1)
    assert least <= ((low <= truth) & (truth <= high)).mean() <= most
