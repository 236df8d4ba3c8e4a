from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.bench.construction.agreement import Agreement, agreement, apart, figures
from weval.bench.construction.records import Kind, Preferred
from weval.metrics import sign_flip

SCORE = st.none() | st.integers(1, 10)
JUDGED = st.lists(st.tuples(SCORE, SCORE, st.sampled_from(("a", "b", "tie"))), min_size=1, max_size=30)
OTHER: dict[Preferred, Preferred] = {"a": "b", "b": "a", "tie": "tie"}


def test_a_tie_of_the_judge_counts_half_and_a_tie_of_people_is_left_out() -> None:
    found = agreement([7, 5, 6, 8, 4], [5, 5, 8, 2, 4], ["a", "b", "a", "tie", "tie"])
    np.testing.assert_array_equal(found.points, [1, 0.5, 0, np.nan, np.nan])
    np.testing.assert_array_equal(found.same, [1, 0, 0, 0, 1])
    assert (found.n_human_ties, found.n_scored_ties, found.n_missing, found.value) == (2, 1, 0, 0.5)


def test_a_missing_score_is_no_number() -> None:
    found = agreement([None, 7, None], [5, None, 5], ["a", "b", "tie"])
    assert np.isnan(found.points).all() and np.isnan(found.same).all()
    assert (found.value, found.n_missing, found.n_human_ties) == (None, 2, 1)
    told = figures(found, ["q1", "q2", "q3"])
    assert (told.value, told.three_way, told.pessimistic) == (None, None, 0.0)


def test_nothing_judged_is_nothing() -> None:
    told = figures(agreement([], [], []), [])
    assert (told.value, told.three_way, told.pessimistic) == (None, None, None)


@given(JUDGED)
def test_swapping_the_responses_changes_nothing(rows: list[tuple[int | None, int | None, Preferred]]) -> None:
    first, second, said = zip(*rows, strict=True)
    forth = agreement(first, second, said)
    back = agreement(second, first, [OTHER[one] for one in said])
    np.testing.assert_array_equal(forth.points, back.points)
    np.testing.assert_array_equal(forth.same, back.same)


@given(JUDGED)
def test_the_opposite_of_the_scores_gets_the_rest_of_the_points(
    rows: list[tuple[int | None, int | None, Preferred]],
) -> None:
    first, second, said = zip(*rows, strict=True)
    forth, back = agreement(first, second, said), agreement(second, first, said)
    known = ~np.isnan(forth.points)
    np.testing.assert_array_equal(forth.points[known] + back.points[known], 1)
    assert known.sum() == len(rows) - forth.n_human_ties - forth.n_missing


def test_judgements_on_one_query_stand_or_fall_together() -> None:
    said: list[Preferred] = ["a", "a", "b", "a"]
    together = figures(agreement([7] * 4, [5] * 4, said), ["q1", "q1", "q2", "q3"])
    assert together.value is not None and together.value.value == 0.75 and together.value.n_pairs == 4
    # q1 has two judgements and both agree, so the share is 2/2, 2/3, … never 1/2 of q1.
    apart_each = figures(agreement([7] * 4, [5] * 4, said), ["q1", "q2", "q3", "q4"])
    assert apart_each.value is not None and together.value.ci != apart_each.value.ci
    assert together.pessimistic == 0.75


def test_missing_ones_count_as_wrong_in_the_pessimistic_figure() -> None:
    told = figures(agreement([7, 7, None], [5, 5, 5], ["a", "b", "a"]), ["q1", "q2", "q3"])
    assert told.value is not None and told.value.value == 0.5 and told.pessimistic == pytest.approx(1 / 3)


def test_kinds_are_compared_on_what_both_have() -> None:
    said: list[Preferred] = ["a"] * 8
    items = [f"q{n // 2}" for n in range(8)]
    good = agreement([7.0] * 8, [5] * 8, said)
    poor = agreement([3.0] * 6 + [None, None], [5] * 8, said)
    (one,) = apart({"query": good, "global": poor}, items)
    assert (one.first, one.second, one.difference, one.n_items, one.n_judgements) == ("query", "global", 1.0, 3, 6)
    assert one.p == one.p_adjusted == sign_flip([2.0, 2.0, 2.0], seed=0) == 0.25


def test_several_pairs_of_kinds_are_adjusted_together() -> None:
    said: list[Preferred] = ["a"] * 10
    items = [str(n) for n in range(10)]
    kinds: dict[Kind, Agreement] = {
        "query": agreement([7] * 10, [5] * 10, said),
        "domain": agreement([5] * 10, [5] * 10, said),
        "global": agreement([5] * 9 + [3], [5] * 10, said),
    }
    found = apart(kinds, items)
    assert [(one.first, one.second) for one in found] == [
        ("query", "domain"),
        ("query", "global"),
        ("domain", "global"),
    ]
    assert [one.p for one in found] == [2 / 1024, 2 / 1024, 1.0]
    assert [one.p_adjusted for one in found] == [6 / 1024, 6 / 1024, 1.0]


def test_kinds_without_a_common_judgement_are_not_compared() -> None:
    one, other = agreement([7, None], [5, 5], ["a", "a"]), agreement([None, 7], [5, 5], ["a", "a"])
    assert apart({"query": one, "global": other}, ["q1", "q2"]) == []
