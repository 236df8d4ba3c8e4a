from __future__ import annotations

from collections.abc import Sequence

import pytest

from weval.bench.writingbench import (
    Criteria,
    Requirement,
    aggregate,
    column_order,
    criteria_means,
    query_mean,
    to_judge,
)
from weval.errors import DataError, OriginalError

BENCHMARK = [(1, "Education", "Quiz"), (2, "Education", "Exam"), (3, "Politics & Law", "Speech"), (4, None, None)]
NO_QUERIES: Requirement = {"R": [], "C": []}
REQUIREMENTS: dict[str, Requirement] = {
    "style": NO_QUERIES,
    "format": NO_QUERIES,
    "length": {"R": [1, 2], "C": [(1, ["Length"]), (2, ["Length", "Tone"])]},
}
SCORES: list[tuple[int, Criteria]] = [
    (1, {"Tone": [8], "Length": [4]}),
    (2, {"Tone": [3], "Length": [3], "Facts": [6], "Form": [4]}),
    (3, {"Tone": [10]}),
    (4, {"Tone": [5]}),
]


def without(index: int, criteria: Criteria) -> list[tuple[int, Criteria]]:
    """The scores with others for one query."""
    return [(i, criteria if i == index else own) for i, own in SCORES]


def test_a_row_in_both_modes() -> None:
    original = aggregate(SCORES, BENCHMARK, REQUIREMENTS, mode="original")
    repaired = aggregate(SCORES, BENCHMARK, REQUIREMENTS)
    assert original == {
        "Overall": 43 / 8,
        "Count": 4,
        "Domain1_Academic & Engineering": None,
        "Domain1_Finance & Business": None,
        "Domain1_Politics & Law": 10,
        "Domain1_Literature & Arts": None,
        "Domain1_Education": 5,
        "Domain1_Advertising & Marketing": None,
        "Domain2_Quiz": 6,
        "Domain2_Exam": 4,
        "Domain2_Speech": 10,
        "style_R": 0,
        "style_C": 0,
        "format_R": 0,
        "format_C": 0,
        "length_R": 5,
        "length_C": 10 / 3,
    }
    nothing = dict.fromkeys(("style_R", "style_C", "format_R", "format_C"))
    assert repaired == original | nothing | {"Overall": 25 / 4, "Missing": 0}


@pytest.mark.parametrize("hole", [{}, {"Tone": [], "Length": [4]}, {"Tone": [None], "Length": [4]}, {"Tone": [8]}])
def test_a_query_without_all_scores_stops_the_original_and_is_missing_when_repaired(hole: Criteria) -> None:
    scores = without(1, hole)
    with pytest.raises(OriginalError, match="divides by zero" if hole != {"Tone": [8]} else "KeyError.*'Length'"):
        aggregate(scores, BENCHMARK, REQUIREMENTS, mode="original")
    row = aggregate(scores, BENCHMARK, REQUIREMENTS)
    assert (row["Count"], row["Missing"]) == (3, 1)
    assert row["Overall"] == pytest.approx((4 + 10 + 5) / 3)
    assert (row["Domain2_Quiz"], row["Domain1_Education"]) == (None, 4)
    assert (row["length_R"], row["length_C"]) == (4, 3)


def test_a_query_that_is_not_there_is_missing_too() -> None:
    row = aggregate(SCORES[1:], BENCHMARK, REQUIREMENTS)
    assert row == aggregate(without(1, {}), BENCHMARK, REQUIREMENTS)
    assert aggregate(SCORES[1:], BENCHMARK, REQUIREMENTS, mode="original")["Count"] == 3


def test_no_scores_at_all() -> None:
    with pytest.raises(OriginalError, match="is empty"):
        aggregate([], BENCHMARK, REQUIREMENTS, mode="original")
    row = aggregate([], BENCHMARK, REQUIREMENTS)
    assert (row.pop("Count"), row.pop("Missing")) == (0, 4)
    assert set(row.values()) == {None}


def test_a_repeated_query_counts_twice_in_the_original_overall_only_and_is_an_error_when_repaired() -> None:
    scores = [*SCORES, (1, {"Tone": [2], "Length": [2]})]
    row = aggregate(scores, BENCHMARK, REQUIREMENTS, mode="original")
    assert (row["Overall"], row["Count"], row["Domain2_Quiz"], row["length_R"]) == (47 / 10, 5, 2, 3)
    with pytest.raises(DataError, match=r"^scores: index 1 is repeated$"):
        aggregate(scores, BENCHMARK, REQUIREMENTS)


def test_everything_that_leaves_it_open_what_is_meant_is_told_at_once() -> None:
    requirements = REQUIREMENTS | {"style": {"R": [3, 3, 4], "C": [(3, ["Tone"])]}}
    with pytest.raises(DataError) as error:
        aggregate([*SCORES, (9, {"Tone": [1]})], [*BENCHMARK, BENCHMARK[0]], requirements)
    assert error.value.problems == [
        "benchmark: index 1 is repeated",
        "scores: index 9 is not in the benchmark",
        "style: R: index 3 is repeated",
        "style: C: index 4 is missing",
    ]


def test_where_else_the_original_stops() -> None:
    with pytest.raises(OriginalError, match="'Law' of 'Speech' is none of its domains"):
        aggregate(SCORES, [*BENCHMARK[:2], (3, "Law", "Speech")], REQUIREMENTS, mode="original")
    with pytest.raises(OriginalError, match="no file of the requirement style"):
        aggregate(SCORES, BENCHMARK, {"length": REQUIREMENTS["length"]}, mode="original")
    with pytest.raises(OriginalError, match="length has no criteria of query 1"):
        aggregate(SCORES, BENCHMARK, REQUIREMENTS | {"length": {"R": [1], "C": []}}, mode="original")


def test_a_requirement_that_is_not_given_has_no_value_when_repaired() -> None:
    row = aggregate(SCORES, BENCHMARK, {"length": REQUIREMENTS["length"]})
    assert row == aggregate(SCORES, BENCHMARK, REQUIREMENTS)


def test_a_domain_that_the_table_does_not_know() -> None:
    benchmark = [*BENCHMARK[:3], (4, "Sports", None)]
    assert "Domain1_Sports" not in aggregate(SCORES, benchmark, REQUIREMENTS, mode="original")
    assert aggregate(SCORES, benchmark, REQUIREMENTS)["Domain1_Sports"] == 5


def test_the_order_of_lines_changes_nothing() -> None:
    for scores in (SCORES, SCORES[::-1]):
        assert aggregate(scores, BENCHMARK[::-1], REQUIREMENTS) == aggregate(SCORES, BENCHMARK, REQUIREMENTS)


def test_columns_of_two_models_stand_by_domain_and_mean() -> None:
    first, second = (
        aggregate(scores, BENCHMARK, REQUIREMENTS) for scores in (SCORES, [(2, {"Tone": [9], "Length": [9]})])
    )
    columns = column_order([first, second], BENCHMARK)
    assert columns[:3] == ["Overall", "Count", "Missing"]
    assert columns[9:12] == ["Domain2_Speech", "Domain2_Exam", "Domain2_Quiz"]
    assert columns[-1] == "length_C"


def test_figures_of_one_query() -> None:
    criteria: Criteria = {"Tone": [8, 6], "Length": [1]}
    assert query_mean(criteria) == 5
    assert criteria_means(criteria, ["Length", "Tone"]) == [1, 7]
    assert criteria_means(criteria, []) == []
    assert criteria_means(criteria, ["Facts"]) is None
    with pytest.raises(OriginalError, match="'Facts'"):
        criteria_means(criteria, ["Facts"], mode="original")


@pytest.mark.parametrize(
    ("already", "original", "repaired"),
    [
        ([], [1, 2, 3], [1, 2, 3]),
        ([1], [1, 2, 3], [2, 3]),
        ([1, 2, 3], [3], []),
        ([1, 2, 3, 3], [], []),
        ([2], [1, 2, 3], [1, 3]),
    ],
)
def test_what_is_still_to_judge(already: Sequence[int], original: list[int], repaired: list[int]) -> None:
    assert to_judge([1, 2, 3], already, mode="original") == original
    assert to_judge([1, 2, 3], already) == repaired
