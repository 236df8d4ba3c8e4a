from __future__ import annotations

import math
from typing import Any

import pytest

from weval.bench.race.released import released_averages, released_shares
from weval.errors import OriginalError

CRITERIA: dict[str, Any] = {
    "dimension_weight": {"comprehensiveness": 0.5, "insight": 0.5},
    "criterions": {
        "comprehensiveness": [{"criterion": "Breadth", "weight": 0.25}, {"criterion": "Depth", "weight": 0.75}],
        "insight": [{"criterion": "Depth of thought", "weight": 1.0}],
    },
}


def entry(criterion: object, first: object, second: object = None) -> dict[str, object]:
    return {"criterion": criterion, "article_1_score": first, "article_2_score": second}


def averages(*entries: object) -> tuple[float, float]:
    """Of both articles, in a dimension whose criteria weigh 0.25 and 0.75."""
    target, reference = released_averages({"comprehensiveness": list(entries)}, CRITERIA)
    return target.dimensions["comprehensiveness"], reference.dimensions["comprehensiveness"]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("Breadth", 4, 8), entry("Depth", 8, 4)], (7, 5)),
        ([entry(" breadth ", 4, 8), entry("2. DEPTH", 8, 4)], (7, 5)),
        ([entry("Breadth", 4, 8)], (4, 8)),  # what is missing falls out
        ([entry("Breadth", 4, 8), entry("Breadth", 8, 8), entry("Depth", 0, 0)], (3 / 1.25, 4 / 1.25)),
        ([entry("d", 4, 8), entry("Depth", 8, 4)], (7, 5)),  # a letter of the first criterion
        ([entry("Style", 4, 8), entry("Depth", 8, 8)], (8 / 1.25, 8)),  # invented: the mean weight
        ([entry("Breadth", "4", True), entry("Depth", 100, -5)], (76, -3.5)),
        ([entry("Breadth", "4/5", 8), entry("Depth", 8, 4)], (8, 4)),
        ([entry("Depth", 8, 4), entry("Breadth", 4, None)], (7, 0)),  # the last one lacks the reference
        ([entry("Depth", 8, None), entry("Breadth", 4, 8)], (7, 2)),
        ([entry("Depth", 8, 4), entry("Breadth", None, None)], (8, 0)),
        ([entry("Depth", 8, 4), entry("", 4, None), "x", 7], (8, 0)),
        ([{"criterion": "Depth", "target_score": 8}], (8, 0)),
        ([], (0, 0)),
        ([entry(None, 4, 8)], (0, 0)),
    ],
)
def test_averages_of_a_dimension(entries: list[object], expected: tuple[float, float]) -> None:
    assert averages(*entries) == pytest.approx(expected)


def test_dimensions_without_weights_or_lists_are_skipped() -> None:
    target, _ = released_averages({"insight": "x", "style": [entry("Depth", 1, 1)]}, CRITERIA)
    assert (target.dimensions, target.total) == ({}, 0)


def test_shares_are_0_where_nothing_can_be_divided() -> None:
    said = {"comprehensiveness": [entry("Depth", 6, 2)], "insight": [entry("Depth of thought", 0, 0)]}
    expected = {"comprehensiveness": 0.75, "insight": 0, "instruction_following": 0, "readability": 0}
    assert released_shares(said, CRITERIA) == {**expected, "overall_score": 0.75}
    said["insight"] = [entry("Depth of thought", "nan", 1)]
    assert released_shares(said, CRITERIA)["overall_score"] == 0
    assert math.isnan(released_averages(said, CRITERIA)[0].total)


@pytest.mark.parametrize(
    ("said", "criteria"),
    [
        ([], CRITERIA),
        ("insight", CRITERIA),
        ({}, {"dimension_weight": {}}),
        ({"insight": []}, {**CRITERIA, "criterions": {"insight": [{"criterion": "Depth"}]}}),
        ({"insight": [entry("Depth", 10**400, 1)]}, CRITERIA),
    ],
)
def test_what_stops_the_original(said: object, criteria: dict[str, Any]) -> None:
    with pytest.raises(OriginalError, match=r"score_calculator\.py stops"):
        released_shares(said, criteria)
