from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.metrics import early_preference, first_on_top, order_counts

GRADES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


def asked(n: int, m: int = 1) -> np.ndarray:
    return np.broadcast_to(~np.eye(n, dtype=bool), (m, n, n))


def totals(points: np.ndarray, answered: np.ndarray) -> tuple[int, int, int, float]:
    found = order_counts(points, answered)
    return (*(int(part.sum()) for part in found[:3]), float(found.first.sum()))


@pytest.mark.parametrize(
    ("there", "back", "flips", "reversals", "first"),
    [
        (1.0, 0.0, 0, 0, 0.5),
        (0.0, 1.0, 0, 0, 0.5),
        (0.5, 0.5, 0, 0, 0.5),
        (1.0, 1.0, 1, 1, 1.0),
        (0.0, 0.0, 1, 1, 0.0),
        (1.0, 0.5, 1, 0, 0.75),
        (0.5, 0.0, 1, 0, 0.25),
        (0.75, 0.0, 0, 0, 0.5),
        (0.6, 0.9, 1, 1, 1.0),
    ],
)
def test_one_pair_by_hand(there: float, back: float, flips: int, reversals: int, first: float) -> None:
    assert totals(np.array([[[np.nan, there], [back, np.nan]]]), asked(2)) == (1, flips, reversals, first)


def test_three_candidates_by_hand() -> None:
    # 1 and 2: the better one wins both times. 1 and 3: the first shown wins. 2 and 3: one order has no answer.
    points = np.array([[[np.nan, 1.0, 1.0], [0.0, np.nan, 1.0], [1.0, np.nan, np.nan]]])
    answered = ~np.isnan(points)
    assert totals(points, answered) == (2, 1, 1, 1.5)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_who_always_prefers_what_is_shown_first_flips_every_pair(n: int) -> None:
    pairs = n * (n - 1) // 2
    assert totals(np.ones((1, n, n)), asked(n)) == (pairs, pairs, pairs, pairs)
    assert totals(np.zeros((1, n, n)), asked(n)) == (pairs, pairs, pairs, 0)
    assert totals(np.full((1, n, n), 0.5), asked(n)) == (pairs, 0, 0, pairs / 2)


@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_who_goes_by_the_texts_has_no_flips_and_half_the_points(strength: list[float], rng) -> None:
    """Whatever is not answered: a pair that lost one of its orders would count what is better about a text."""
    n = len(strength)
    points = np.array([[[(a > b) + 0.5 * (a == b) for b in strength] for a in strength]])
    answered = np.array([[[i != j and rng.random() < 0.7 for j in range(n)] for i in range(n)]])
    pairs, flips, reversals, first = totals(points, answered)
    assert (flips, reversals, first) == (0, 0, pairs / 2)


@given(st.lists(GRADES, min_size=16, max_size=16), st.permutations(range(4)))
def test_the_numbering_of_candidates_changes_nothing(grades: list[float], order: list[int]) -> None:
    points = np.array(grades).reshape(1, 4, 4)
    assert totals(points[:, order][:, :, order], asked(4)) == totals(points, asked(4))


@given(st.lists(GRADES, min_size=9, max_size=9))
def test_the_parts_of_the_whole(grades: list[float]) -> None:
    pairs, flips, reversals, first = totals(np.array(grades).reshape(1, 3, 3), asked(3))
    assert pairs == 3 >= flips >= reversals >= 0
    assert abs(first - pairs / 2) <= reversals / 2 + (flips - reversals) / 4


def test_a_coin_wins_first_half_of_the_time_and_flips_half_of_the_pairs() -> None:
    m = 20_000
    points = np.random.default_rng(1).integers(0, 2, (m, 3, 3)).astype(float)
    pairs, flips, reversals, first = totals(points, asked(3, m))
    assert flips == reversals
    assert flips / pairs == pytest.approx(0.5, abs=0.01)
    assert first / pairs == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3)])
def test_points_that_are_no_table_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected points and mask"):
        order_counts(np.zeros(shape), np.zeros(shape, dtype=bool))


def test_first_on_top_by_hand() -> None:
    places = [[1, 0, 2]] * 4
    scores = [[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [2.0, 2.0, 2.0], [2.0, 1.0, 2.0]]
    assert first_on_top(scores, places).tolist() == [1, 0, 1 / 3, 0]


def test_over_all_orders_of_showing_the_first_is_on_top_by_chance_and_early_is_no_better() -> None:
    places = np.array(list(permutations(range(4))))
    for scores in ([4.0, 3.0, 2.0, 1.0], [1.0, 1.0, 0.0, 2.0], [5.0, 5.0, 5.0, 0.0]):
        every = np.broadcast_to(scores, places.shape)
        assert first_on_top(every, places).mean() == pytest.approx(1 / 4)
        assert early_preference(every, places).mean() == pytest.approx(0)


def test_early_preference_by_hand() -> None:
    assert early_preference([[3, 2, 1], [1, 2, 3], [1, 1, 1], [3, 1, 2]], [[0, 1, 2]] * 4).tolist() == pytest.approx(
        [1, -1, 0, 1 / 3]
    )


def test_scores_and_places_of_other_shapes_are_refused() -> None:
    for figure in (first_on_top, early_preference):
        with pytest.raises(ValueError, match="have shape"):
            figure([[1, 2]], [[0, 1, 2]])
