"""The arithmetic of the curve on plain rows, against every subset of texts."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.bench.benches import made
from weval.bench.best_of.curve import best_of, gains
from weval.bench.best_of.rating import Rated
from weval.bench.figures import Sheet
from weval.bench.items import Figure, Row
from weval.bench.result import Maker
from weval.errors import ResultError
from weval.metrics import FloatArray

REWARD = Maker(name="rm")
N_ITEMS = 6


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory):
    """Any run of six items, whose rows are replaced."""
    return made(tmp_path_factory.mktemp("runs") / "any")


def with_marks(outcome, marks: FloatArray, weights: FloatArray | None = None):
    """A sample for each column of marks (items, N), NaN being missing."""
    heavy = np.ones_like(marks) if weights is None else weights
    return [
        replace(
            outcome,
            rows=[
                Row(
                    f"{at + 1}",
                    {"s_bar": None if np.isnan(marks[at, k]) else (marks[at, k] * heavy[at, k], heavy[at, k])},
                )
                for at in range(len(marks))
            ],
        )
        for k in range(marks.shape[1])
    ]


def rated(rewards: FloatArray) -> Rated:
    return Rated(rewards, np.full(rewards.shape, 100.0), {}, 0)


def test_every_point_is_the_mean_over_all_subsets(outcome) -> None:
    rng = np.random.default_rng(1)
    marks, rewards = rng.uniform(0, 100, (N_ITEMS, 5)), rng.normal(size=(N_ITEMS, 5))
    found = best_of(Path("f"), with_marks(outcome, marks), rated(rewards), REWARD, 200).result
    assert [point.n for point in found.points] == [1, 2, 4, 5]
    for point in found.points:
        subsets = list(combinations(range(5), point.n))
        chosen = [[marks[at, max(s, key=lambda k: rewards[at, k])] for s in subsets] for at in range(N_ITEMS)]
        highest = [[max(marks[at, k] for k in s) for s in subsets] for at in range(N_ITEMS)]
        estimate = point.figures["s_bar"].estimate
        assert estimate is not None and estimate.value == pytest.approx(np.mean(chosen)) and estimate.ci is not None
        assert point.ceiling is not None and point.ceiling.value == pytest.approx(np.mean(highest))
        if point.n > 1:
            assert point.gain is not None and point.gain.value == pytest.approx(np.mean(chosen) - marks.mean())
            assert point.gain.n == N_ITEMS


def test_weights_of_items_count_as_they_do_elsewhere(outcome) -> None:
    marks = np.array([[0.0, 100.0]] * 3 + [[50.0, 50.0]] * 3)
    weights = np.array([[3.0, 3.0]] * 3 + [[1.0, 1.0]] * 3)
    rewards = np.array([[0.0, 1.0]] * 6)
    found = best_of(Path("f"), with_marks(outcome, marks, weights), rated(rewards), REWARD, 200).result
    estimate = found.points[-1].figures["s_bar"].estimate
    assert estimate is not None and estimate.value == pytest.approx((3 * 100 + 50) / 4)


def test_a_missing_mark_of_a_text_that_can_be_chosen_takes_the_item_and_no_other(outcome) -> None:
    marks = np.array([[10.0, 20.0, 30.0]] * N_ITEMS)
    rewards = np.array([[1.0, 2.0, 3.0]] * N_ITEMS)
    marks[0, 0] = marks[1, 1] = np.nan
    rewards[1, 1] = np.nan  # that one is never chosen
    found = best_of(Path("f"), with_marks(outcome, marks), rated(rewards), REWARD, 200).result
    assert (found.n_scored, found.n_missing) == (5, 1)
    for point in found.points:
        scored = point.figures["s_bar"]
        assert scored.n_missing == 1 and scored.estimate is not None and scored.estimate.n == 5
        assert point.ceiling is not None and point.ceiling.n == 5
    last = found.points[-1].figures["s_bar"]
    assert (last.worst, last.best) == (pytest.approx(25.0), pytest.approx(250 / 6))
    assert any("16.7% of the items are missing" in said for said in found.notices)


def test_a_reward_without_relation_gains_nothing_and_one_that_is_against_loses(outcome) -> None:
    marks = np.array([[1.0, 2.0, 3.0, 4.0]] * N_ITEMS)
    flat = best_of(Path("f"), with_marks(outcome, marks), rated(np.zeros_like(marks)), REWARD, 200).result
    assert flat.kendall is not None and flat.kendall.value == 0.0
    assert flat.accuracy is not None and flat.accuracy.value == 0.5
    assert flat.points[-1].gain is not None and flat.points[-1].gain.value == 0.0
    against = best_of(Path("f"), with_marks(outcome, marks), rated(-marks), REWARD, 200).result
    assert against.points[-1].gain is not None and against.points[-1].gain.value == pytest.approx(-1.5)
    assert against.kendall is not None and against.kendall.value == -1.0


def test_without_one_item_there_is_no_result(outcome) -> None:
    marks = np.full((N_ITEMS, 2), 5.0)
    with pytest.raises(ResultError, match="not one of 6 items has a best of n, for example: none of its texts has"):
        best_of(Path("f"), with_marks(outcome, marks), rated(np.full((N_ITEMS, 2), np.nan)), REWARD, 200)


def test_what_only_rounding_makes_different_is_the_same() -> None:
    figure = Figure("f", "F", 0.0, 1.0, "A figure.")
    one, two = (
        Sheet((figure,), [Row(f"i{n}", {"f": (share, 1.0)}) for n, share in enumerate((sum_, 0.5))])
        for sum_ in (0.1 + 0.2, 0.3)
    )
    assert 0.1 + 0.2 != 0.3 and gains(one, two, 0).tolist() == [0.0, 0.0]
