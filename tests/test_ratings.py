"""The ratings file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_rows
from weval.errors import DataError
from weval.files import Problems
from weval.ratings import Ratings, is_shown_id, read_ratings, shown_ids
from weval.types import Item


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


# --- the names that a page gives


def test_a_page_names_every_candidate_of_every_item_in_its_own_way() -> None:
    names = [name for item in (make_item("i1"), make_item("i2")) for name in shown_ids(item).values()]
    assert len({*names}) == 6
    assert all(map(is_shown_id, names))
    assert not any(map(is_shown_id, ["a1", "shown-1", f"{names[0]}\n", f"x{names[0]}"]))


def twin() -> Item:
    """An item whose candidates answered alike."""
    item = make_item("i1")
    return item.model_copy(
        update={"candidates": tuple(c.model_copy(update={"response": "same"}) for c in item.candidates)}
    )


def test_candidates_with_the_same_text_have_names_of_their_own() -> None:
    assert len({*shown_ids(twin()).values()}) == 3


@pytest.mark.parametrize(
    "other",
    [
        make_item("i1", instruction="Else."),
        make_item("i2", instruction="Write about i1."),
        twin(),
        make_item("i1", n_requirements=4),
    ],
)
def test_a_candidate_is_known_only_with_all_that_is_read_to_judge_it(other: Item) -> None:
    assert not {*shown_ids(make_item("i1")).values()} & {*shown_ids(other).values()}


def test_what_was_kept_and_how_it_is_checked_is_in_no_name() -> None:
    assert shown_ids(make_item("i1", ((1,), (1, 2), (1, 2, 3)))) == shown_ids(make_item("i1", category="story"))


def test_places_are_given_under_the_items_own_names(tmp_path: Path) -> None:
    item = make_item("i1")
    first, second, third = shown_ids(item).values()
    found = read(
        tmp_path,
        rated(ranking=[third, [first, second]]),
        rated(annotator="q", ranking=["a2", "a1"]),
        rated(annotator="r", ranking=["zz", first]),
        rated(annotator="s", ranking=["a3", second, third]),
    )
    assert found.of(item) == {
        "p": {"a3": 0, "a1": 1, "a2": 1},
        "q": {"a2": 0, "a1": 1},
        "r": {"a1": 1},
        "s": {"a3": 0, "a2": 1},  # under both names: its own counts
    }
    assert found.of(make_item("i2")) == {}


def test_a_candidate_that_is_called_as_another_is_shown_is_itself(tmp_path: Path) -> None:
    item = make_item("i1")
    (shown, *_) = shown_ids(item).values()
    _, *others = item.candidates
    cheeky = item.model_copy(update={"candidates": (item.candidates[0], others[0].model_copy(update={"id": shown}))})
    assert read(tmp_path, rated(ranking=[shown])).of(cheeky) == {"p": {shown: 0}}
