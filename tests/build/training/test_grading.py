from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build.prompted import Notes
from tests.factories import make_item
from weval.build.recipe import Recipe
from weval.build.sections import Grader
from weval.build.step import Work
from weval.build.training.grading import graded, grader_of
from weval.errors import ConfigError
from weval.types import Item

ITEMS = [make_item("i1", kept=(1, 0, 0)), make_item("i2", kept=(1, 0))]


@pytest.fixture
def work(tmp_path: Path) -> Work:
    recipe = Recipe(name="tea", title="Tea", description="Tea.")
    return Work(recipe, tmp_path, tmp_path / "references", {}, Notes())


def grades(work: Work, model: str, items: list[Item], **settings: str) -> dict[tuple[str, str], float]:
    return graded(work, grader_of(Grader(model=model, settings=settings)), items)


def test_each_candidate_has_the_grade_of_its_text(work: Work) -> None:
    expected = {(i.id, c.id): float(len(c.response)) for i in ITEMS for c in i.candidates}
    assert grades(work, "length", ITEMS) == expected
    assert work.told["grader"]["unit"] == "response"


def test_units_other_than_a_response(work: Work) -> None:
    found = grades(work, "first", ITEMS)  # a list: minus the place in which it was shown
    assert sorted(grade for (item, _), grade in found.items() if item == "i1") == [-2.0, -1.0, 0.0]
    assert sorted(grade for (item, _), grade in found.items() if item == "i2") == [-1.0, 0.0]


def test_met_requirements_are_a_share_and_what_nobody_can_check_has_no_grade(work: Work) -> None:
    checked = ITEMS[0].model_dump(mode="json")
    checked["requirements"][0]["check"] = {"kind": "contains", "any": ["text 1"]}
    checked["requirements"][1]["check"] = {"kind": "contains", "any": ["text"]}
    items = [Item.model_validate_json(json.dumps(checked)), ITEMS[1]]
    assert grades(work, "rules", items) == {("i1", "a1"): 1.0, ("i1", "a2"): 0.5, ("i1", "a3"): 0.5}


def test_a_grader_that_cannot_grade_is_refused() -> None:
    with pytest.raises(ConfigError, match="lenght"):
        grader_of(Grader(model="lenght"))
    with pytest.raises(ConfigError, match="samples"):
        grader_of(Grader(model="length", settings={"samples": "2"}))
