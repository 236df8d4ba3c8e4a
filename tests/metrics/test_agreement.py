import tracemalloc
import warnings
from itertools import combinations, product

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_kappa

from weval.metrics import fleiss_kappa, nominal_alpha, ordinal_alpha, wilson


def kappa(counts, items=None, n_resamples=100):
    items = np.arange(len(counts)) if items is None else items
    return fleiss_kappa(counts, items, seed=0, n_resamples=n_resamples)


def alpha(counts, items=None, ordinal=False, n_resamples=100):
    items = np.arange(len(counts)) if items is None else items
    return (ordinal_alpha if ordinal else nominal_alpha)(counts, items, seed=0, n_resamples=n_resamples)


def random_counts(rng, s, k, most=5):
    """Ratings of s subjects by 0 to `most` annotators."""
    return np.array([np.bincount(rng.integers(0, k, rng.integers(0, most + 1)), minlength=k) for _ in range(s)])


FLEISS_1971 = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
"""The worked example of most textbooks: 14 raters, 10 subjects, 5 categories, kappa 0.210."""

KRIPPENDORFF_2011 = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
"""Krippendorff's own example, part C: four observers, twelve units, alpha 0.743 nominal and 0.815 ordinal."""


def counts_of(answers, k):
    return [[sum(given == code for given in unit) for code in range(1, k + 1)] for unit in zip(*answers, strict=True)]


def test_published_examples_come_out():
    assert kappa(FLEISS_1971).value[0] == pytest.approx(0.210, abs=5e-4)
    counts = counts_of(KRIPPENDORFF_2011, 5)
    assert alpha(counts).value[0] == pytest.approx(0.743, abs=5e-4)
    assert alpha(counts, ordinal=True).value[0] == pytest.approx(0.815, abs=5e-4)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_kappa_is_that_of_statsmodels_where_all_have_the_same_number_of_ratings(seed):
    rng = np.random.default_rng(seed)
    s, k, raters = rng.integers(2, 12), rng.integers(2, 5), rng.integers(2, 6)
    counts = np.array([rng.multinomial(raters, rng.dirichlet(np.ones(k))) for _ in range(s)])
    if (counts.sum(axis=0) > 0).sum() > 1:
        assert kappa(counts).value[0] == pytest.approx(statsmodels_kappa(counts), abs=1e-9)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_kappa_is_its_definition_with_differing_numbers_of_ratings(seed):
    rng = np.random.default_rng(seed)
    counts = random_counts(rng, 12, 3)
    answers = [np.repeat(np.arange(3), row) for row in counts if row.sum() >= 2]
    if len({code for given in answers for code in given}) < 2:
        return
    agreeing = np.mean([np.mean([a == b for a, b in combinations(given, 2)]) for given in answers])
    drawn = [code for given in answers for code in given]
    chance = np.mean([a == b for a, b in product(drawn, repeat=2)])
    assert kappa(counts).value[0] == pytest.approx((agreeing - chance) / (1 - chance), abs=1e-9)


@given(st.integers(0, 2**32), st.booleans())
@settings(deadline=None, max_examples=80)
def test_alpha_is_that_of_the_krippendorff_package_with_missing_ratings(seed, ordinal):
    rng = np.random.default_rng(seed)
    counts = random_counts(rng, rng.integers(2, 15), rng.integers(2, 6))
    rated = counts[counts.sum(axis=1) >= 2]
    if (rated.sum(axis=0) > 0).sum() > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = krippendorff.alpha(value_counts=rated, level_of_measurement="ordinal" if ordinal else "nominal")
        assert alpha(counts, ordinal=ordinal).value[0] == pytest.approx(expected, abs=1e-9)


def by_definition(counts, scales):
    """Ordinal alpha pair by pair: ratings of a subject, and any two of a scale, at squared shares of ratings apart."""
    observed = expected = 0.0
    for scale in np.unique(scales):
        rows = counts[(scales == scale) & (counts.sum(axis=1) >= 2)]
        given = rows.sum(axis=0)
        middle = (np.cumsum(given) - given / 2) / max(given.sum(), 1)
        drawn = np.repeat(middle, given)
        expected += sum((a - b) ** 2 for a, b in product(drawn, repeat=2)) / max(len(drawn), 1)
        for row in rows:
            pairs = product(np.repeat(middle, row), repeat=2)
            observed += sum((a - b) ** 2 for a, b in pairs) / (row.sum() - 1)
    n = counts[counts.sum(axis=1) >= 2].sum()
    return 1 - observed / expected * (n - 1) / n


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_ordinal_alpha_of_several_scales_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    counts, scales = random_counts(rng, 15, 4), rng.choice(["x", "y", "z"], 15)
    found = ordinal_alpha(counts, np.arange(15), scales, seed=0, n_resamples=100)
    assert found.value[0] == pytest.approx(by_definition(counts, scales), abs=1e-9)


def test_scales_that_all_subjects_share_change_nothing_and_what_they_are_called_neither():
    rng = np.random.default_rng(6)
    counts, items = random_counts(rng, 30, 4), rng.integers(0, 10, 30)
    plain = ordinal_alpha(counts, items, seed=0, n_resamples=300)
    np.testing.assert_array_equal(ordinal_alpha(counts, items, ["x"] * 30, seed=0, n_resamples=300), plain)
    two = [ordinal_alpha(counts, items, np.tile(names, 15), seed=0, n_resamples=300) for names in ([1, 2], ["z", "y"])]
    np.testing.assert_allclose(*two, atol=1e-12)
    assert two[0].value[0] != pytest.approx(plain.value[0], abs=0.01)


def test_a_resample_without_a_scale_rests_on_the_others():
    counts, scales = [[2, 1, 0], [0, 2, 1], [0, 1, 2], [2, 0, 1]], ["x", "x", "x", "y"]
    found = ordinal_alpha(counts, range(4), scales, seed=0, n_resamples=500)
    assert np.isfinite(found).all()


def test_many_answers_of_many_subjects_take_little_memory():
    rng = np.random.default_rng(7)
    counts = rng.multinomial(3, [1 / 59] * 59, size=600 * 30)
    tracemalloc.start()
    try:
        alpha(counts, np.repeat(np.arange(600), 30), ordinal=True, n_resamples=1500)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 120e6  # that each two answers met, for each subject alone, would be 246 MB


def test_scales_have_to_fit():
    with pytest.raises(ValueError, match="do not fit"):
        ordinal_alpha([[1, 2]], [0], [0, 1], seed=0)


@pytest.mark.parametrize("figure", [kappa, alpha, lambda *given, **more: alpha(*given, ordinal=True, **more)])
class TestEveryCoefficient:
    def test_an_item_is_resampled_with_all_its_subjects(self, figure):
        rng = np.random.default_rng(3)
        counts = np.array([rng.multinomial(3, p) for p in rng.dirichlet([0.5] * 3, size=40)])
        alone = figure(counts, n_resamples=2000)
        together = figure(np.repeat(counts, 5, axis=0), np.repeat(np.arange(40), 5), n_resamples=2000)
        as_if_many = figure(np.repeat(counts, 5, axis=0), n_resamples=2000)
        assert together.value[0] == pytest.approx(alone.value[0], abs=0.02)
        widths = [float(found.high[0] - found.low[0]) for found in (alone, together, as_if_many)]
        assert widths[1] == pytest.approx(widths[0], rel=0.1)
        assert widths[2] < 0.6 * widths[1]

    def test_the_interval_holds_the_value_and_stays_below_1(self, figure):
        rng = np.random.default_rng(4)
        counts = np.array([rng.multinomial(3, p) for p in rng.dirichlet([0.3] * 3, size=30)])
        found = figure(counts, n_resamples=500)
        assert found.low[0] < found.value[0] < found.high[0] <= 1

    def test_the_order_of_subjects_and_items_changes_nothing(self, figure):
        rng = np.random.default_rng(5)
        counts, items = random_counts(rng, 30, 3), rng.integers(0, 10, 30)
        order = rng.permutation(30)
        first, second = figure(counts, items), figure(counts[order], items[order])
        np.testing.assert_allclose(first, second, atol=1e-12)

    def test_subjects_with_fewer_than_two_ratings_say_nothing(self, figure):
        counts = [[2, 1, 0], [0, 2, 0], [1, 0, 2]]
        more = [*counts, [1, 0, 0], [0, 0, 0], [0, 0, 1]]
        np.testing.assert_array_equal(figure(counts), figure(more))

    def test_perfect_agreement_is_1_with_an_interval_of_wilson(self, figure):
        found = figure([[3, 0, 0], [0, 2, 0], [0, 0, 3], [3, 0, 0]])
        assert [part[0] for part in found] == [1.0, wilson(1.0, 4)[0], 1.0]

    def test_no_variation_and_no_second_annotator_are_undefined(self, figure):
        for counts in ([[3, 0], [2, 0]], [[1, 0], [0, 1]], [[0, 0]], np.zeros((0, 3))):
            assert np.isnan(figure(counts)).all()

    def test_one_item_has_a_value_and_no_interval(self, figure):
        found = figure([[2, 1], [0, 3]], items=[7, 7])
        assert np.isfinite(found.value).all()
        assert np.isnan([found.low, found.high]).all()
        assert np.isnan(figure([[2, 0], [0, 2]], items=[7, 7]).low).all()

    def test_an_answer_that_nobody_gave_changes_nothing(self, figure):
        counts = np.array([[2, 1], [0, 3], [1, 2]])
        np.testing.assert_allclose(figure(counts), figure(np.insert(counts, 1, 0, axis=1)), atol=1e-12)

    def test_what_does_not_fit_is_refused(self, figure):
        for counts, items, said in (
            ([[1, 2]], [0, 1], "do not fit"),
            ([1, 2], [0, 1], "do not fit"),
            ([[1, -1]], [0], "whole numbers"),
            ([[1, np.nan]], [0], "whole numbers"),
            ([[1, 0.5]], [0], "whole numbers"),
        ):
            with pytest.raises(ValueError, match=said):
                figure(counts, items)


def test_only_ordinal_alpha_knows_that_neighbours_are_near():
    near = [[1, 1, 0], [0, 1, 1], [2, 0, 0], [0, 0, 2], [0, 2, 0]]
    far = [[1, 0, 1], [1, 0, 1], [2, 0, 0], [0, 0, 2], [0, 2, 0]]
    assert alpha(near, ordinal=True).value[0] > alpha(near).value[0]
    assert alpha(far, ordinal=True).value[0] < alpha(far).value[0]


def planted(rng, m, subjects=4, raters=3):
    """Items that are easy or hard: an annotator gives the true answer, or one of three at random."""
    ease = np.repeat(rng.beta(2, 1, m), subjects)
    truth = rng.choice(3, p=[0.5, 0.3, 0.2], size=len(ease))
    knows = rng.random((raters, len(ease))) < ease
    answers = np.where(knows, truth, rng.integers(0, 3, knows.shape))
    counts = (answers[:, :, None] == np.arange(3)).sum(axis=0)
    return counts, np.repeat(np.arange(m), subjects)


@pytest.mark.parametrize("figure", [kappa, alpha, lambda *given, **more: alpha(*given, ordinal=True, **more)])
def test_intervals_at_60_items_cover_the_truth_about_as_often_as_they_say(figure):
    rng = np.random.default_rng(8)
    (truth,) = figure(*planted(rng, 200_000), n_resamples=1).value
    found = [figure(*planted(rng, 60), n_resamples=1000) for _ in range(500)]
    covered = np.mean([interval.low[0] <= truth <= interval.high[0] for interval in found])
    assert 0.93 <= covered <= 0.97
