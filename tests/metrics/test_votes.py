from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, rankdata

from weval.metrics import (
    has_cycle,
    kendall_w,
    majority_points,
    majority_scores,
    mid_ranks,
    others_points,
    vote_counts,
)


def random_places(rng, a, n, missing=0.2):
    places = rng.integers(0, n, (a, n)).astype(float)
    places[rng.random((a, n)) < missing] = np.nan
    return places


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_votes_are_counted_pair_by_pair_over_those_who_judged_both(seed):
    rng = np.random.default_rng(seed)
    places = random_places(rng, rng.integers(1, 6), rng.integers(1, 6))
    votes = vote_counts(places)
    for i, j in permutations(range(places.shape[1]), 2):
        both = [(row[i], row[j]) for row in places if not np.isnan(row[[i, j]]).any()]
        expected = [sum(x < y for x, y in both), sum(x > y for x, y in both), sum(x == y for x, y in both)]
        assert votes[i, j].tolist() == expected
    assert not votes[np.diag_indices(len(votes))].any()
    np.testing.assert_array_equal(votes[:, :, [1, 0, 2]], votes.transpose(1, 0, 2))


def test_mid_ranks_are_those_of_scipy():
    places = random_places(np.random.default_rng(0), 20, 6, missing=0)
    np.testing.assert_array_equal(mid_ranks(places), rankdata(places, axis=1))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_w_is_friedmans_statistic_over_its_largest_value(seed):
    rng = np.random.default_rng(seed)
    a, n = rng.integers(2, 7), rng.integers(3, 7)
    places = rng.integers(0, rng.integers(2, n + 1), (a, n)).astype(float)
    if (places == places[:, :1]).all():
        assert np.isnan(kendall_w(places))
    else:
        expected = friedmanchisquare(*places.T).statistic / (a * (n - 1))
        assert kendall_w(places) == pytest.approx(expected, abs=1e-9)


def test_w_of_two_annotators_is_spearmans_correlation_on_a_scale_from_0():
    for places in permutations(range(4)):
        rho = np.corrcoef(range(4), places)[0, 1]
        assert kendall_w([range(4), places]) == pytest.approx((rho + 1) / 2, abs=1e-12)


@pytest.mark.parametrize(
    ("places", "value"),
    [
        ([[0, 1, 2]] * 5, 1.0),
        ([[0, 1, 1], [0, 1, 1]], 1.0),
        ([[0, 1, 1], [0, 0, 0]], 0.5),
        ([[0, 1, 2]], np.nan),
        (np.zeros((0, 3)), np.nan),
        ([[0, 0, 0], [0, 0, 0]], np.nan),
        ([[0], [0]], np.nan),
    ],
)
def test_w_at_its_ends(places, value):
    assert kendall_w(places) == pytest.approx(value, nan_ok=True)


def test_the_majority_is_more_votes_whatever_the_number_of_ties():
    votes = vote_counts([[0, 1], [0, 0], [0, 0], [0, 0]])
    assert majority_points(votes)[0, 1] == 1
    assert majority_points(vote_counts([[0, 1], [1, 0]]))[0, 1] == 0.5
    assert majority_points(vote_counts([[0, 0]]))[0, 1] == 0.5
    assert np.isnan(majority_points(vote_counts([[0, np.nan]]))[0, 1])


def test_scores_are_points_per_comparison_and_need_all_pairs():
    places = [[0, 1, 2], [0, 2, 1]]
    assert majority_scores(vote_counts(places)).tolist() == [1.0, 0.25, 0.25]
    assert np.isnan(majority_scores(vote_counts([[0, 1, np.nan], [0, np.nan, 1]]))).all()
    assert majority_scores(vote_counts([[0, 1, np.nan], [0, np.nan, 1], [np.nan, 0, 1]])).tolist() == [1.0, 0.5, 0.0]


def test_scores_that_are_equal_in_arithmetic_are_equal():
    rng = np.random.default_rng(1)
    for _ in range(50):
        scores = majority_scores(vote_counts(random_places(rng, 4, 7, missing=0)))
        assert len({*scores.tolist()}) == len({*np.round(scores * 12).tolist()})


def cycle_by_search(beats):
    """Whether any sequence of distinct candidates leads back to its beginning."""
    n = len(beats)
    return any(
        all(beats[first, second] for first, second in zip(route, (*route[1:], route[0]), strict=True))
        for size in range(3, n + 1)
        for route in permutations(range(n), size)
    )


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=80)
def test_cycles_are_those_that_a_search_of_all_routes_finds(seed):
    rng = np.random.default_rng(seed)
    votes = vote_counts(random_places(rng, rng.integers(1, 5), rng.integers(2, 6)))
    assert has_cycle(votes) == cycle_by_search(votes[:, :, 0] > votes[:, :, 1])


def test_a_tie_of_the_majority_does_not_close_a_circle():
    assert has_cycle(vote_counts([[0, 1, 2], [1, 2, 0], [2, 0, 1]]))
    assert not has_cycle(vote_counts([[0, 1, 2], [1, 2, 0]]))
    assert not has_cycle(vote_counts([[0, 0, 0]]))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_agreement_with_the_others_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    places = random_places(rng, rng.integers(1, 5), rng.integers(2, 5))
    points, pairs = others_points(places)
    for who, own in enumerate(places):
        others = vote_counts(np.delete(places, who, axis=0))
        won, counted = 0.0, 0
        for i, j in combinations(range(places.shape[1]), 2):
            above, below, _ = others[i, j]
            if above != below and not np.isnan(own[[i, j]]).any():
                counted += 1
                same = (own[i] < own[j]) == (above > below)
                won += 0.5 if own[i] == own[j] else float(same)
        assert (points[who], pairs[who]) == (won, counted)
