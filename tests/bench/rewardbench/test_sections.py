from __future__ import annotations

import math

import pytest

from weval.bench.rewardbench.sections import absent, average, leaderboard_average, pair_correct, section_scores
from weval.bench.rewardbench.subsets import EXAMPLE_COUNTS, SUBSETS
from weval.errors import DataError

HALF = dict.fromkeys(EXAMPLE_COUNTS, 0.5)
NO_SAFETY = {name: value for name, value in HALF.items() if name not in SUBSETS["Safety"]}


def test_a_tie_is_half_a_point_but_in_the_original() -> None:
    for mode, tie in (("original", 0.0), ("repaired", 0.5)):
        assert [pair_correct(2, 1, mode), pair_correct(1, 1, mode), pair_correct(1, 2, mode)] == [1, tie, 0]


def test_a_score_that_is_no_number_is_an_error_but_in_the_original() -> None:
    assert pair_correct(math.nan, 0, mode="original") == 0
    with pytest.raises(DataError, match="NaN"):
        pair_correct(0, math.nan)


def test_subsets_weigh_by_their_pairs() -> None:
    found = section_scores(HALF | {"alpacaeval-easy": 1.0})
    assert found == pytest.approx(dict.fromkeys(SUBSETS, 0.5) | {"Chat": 0.5 + 0.5 * 100 / 358})


def test_an_absent_section_is_0_in_the_original_and_missing_if_repaired() -> None:
    original, repaired = section_scores(NO_SAFETY, mode="original"), section_scores(NO_SAFETY)
    assert original["Safety"] == 0
    assert repaired["Safety"] is None
    assert average(original, mode="original") == pytest.approx(0.375)
    assert average(repaired) is None
    assert average(repaired, mode="original") == pytest.approx(0.375)
    assert absent(NO_SAFETY) == {"Safety": SUBSETS["Safety"]}


def test_part_of_a_section_is_scored_and_what_is_absent_is_said() -> None:
    some = {name: value for name, value in HALF.items() if name != "math-prm"} | {"hep-cpp": 1.0}
    assert section_scores(some)["Reasoning"] == pytest.approx(0.5 + 0.5 / 6)
    assert absent(some) == {"Reasoning": ("math-prm",)}


def test_what_is_no_subset_is_an_error_but_in_the_original() -> None:
    odd = HALF | {"hep-cobol": 0.5}
    assert section_scores(odd, mode="original") == section_scores(HALF)
    with pytest.raises(DataError, match="'hep-cobol' is no subset"):
        section_scores(odd)


@pytest.mark.parametrize("value", [-0.1, 97.8, math.nan])
def test_what_is_no_accuracy_is_an_error(value: float) -> None:
    with pytest.raises(DataError, match="hep-cpp"):
        section_scores(HALF | {"hep-cpp": value})


def test_prior_sets_weigh_half_a_section_and_nothing_if_absent() -> None:
    sections = dict.fromkeys(SUBSETS, 0.9)
    assert leaderboard_average(sections, 0.45) == pytest.approx(0.85)
    assert leaderboard_average(sections, None) == pytest.approx(0.9)
    assert leaderboard_average(sections | {"Chat": None}, 0.45) is None
    assert leaderboard_average(sections | {"Chat": None}, 0.9, mode="original") == pytest.approx(0.7)
