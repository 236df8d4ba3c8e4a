"""The ratings file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import write_rows
from weval.errors import DataError
from weval.files import Problems
from weval.ratings import Ratings, read_ratings


def rated(**more: Any) -> dict[str, Any]:
    return {"item_id": "i1", "annotator": "p"} | more


def read(path: Path, *rows: dict[str, Any]) -> Ratings:
    problems = Problems(write_rows(path / "r.jsonl", rows))
    found = read_ratings(problems.path, problems)
    problems.check()
    return found


def test_rankings_become_places_and_categories_labels(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        rated(ranking=["a2", ["a1", "a3"], "a4"], category="story"),
        rated(annotator="q", ranking=["a1"]),
        rated(item_id="i2", category="plan"),
    )
    assert found.rankings == {"i1": {"p": {"a2": 0, "a1": 1, "a3": 1, "a4": 2}, "q": {"a1": 0}}}
    assert found.categories == {"i1": {"p": "story"}, "i2": {"p": "plan"}}
    assert sorted(found.ranked()) == [("i1", "a1"), ("i1", "a1"), ("i1", "a2"), ("i1", "a3"), ("i1", "a4")]


def test_a_ranking_and_a_category_may_stand_in_lines_of_their_own(tmp_path: Path) -> None:
    apart = read(tmp_path, rated(ranking=["a1"]), rated(category="story", ranking=None))
    together = read(tmp_path, rated(ranking=["a1"], category="story"))
    assert apart == together


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([rated()], ":1: ranking: is missing, and category, too; a line needs one of them"),
        ([rated(ranking=None, category=None)], ":1: ranking: is missing, and category, too"),
        ([rated(category="")], ":1: category: must not be empty"),
        ([rated(category=3)], ":1: category: must be a string, not 3"),
        ([rated(category=["story"])], ":1: category: must be a string, not a list"),
        ([rated(ranking=[])], ":1: ranking: has too few entries"),
        ([rated(ranking=["a1", ["a1"]])], ":1: ranking: names a candidate twice"),
        ([rated(ranking=["a1"])] * 2, ":2: annotator: 'p' has ranked 'i1' before"),
        ([rated(category="x"), rated(category="y")], ":2: annotator: 'p' has given 'i1' a category before"),
        ([rated(category="x", label="y")], ":1: label: is not a known key"),
        ([{"ranking": ["a1"], "item_id": "i1"}], ":1: annotator: is missing"),
    ],
)
def test_what_is_wrong_names_file_line_and_field(tmp_path: Path, rows: list[dict[str, Any]], expected: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, *rows)
    (said,) = caught.value.problems
    assert said.startswith(f"{tmp_path / 'r.jsonl'}{expected}")
