from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from weval.build.recipe import Recipe
from weval.build.sections import SeedSet, Verify, Writer
from weval.types import Record


def records() -> list[type[Record]]:
    """The sections of a recipe, and the records in them."""
    return [
        type(value)
        for value in dict(Recipe(name="n", title="t", description="d")).values()
        if isinstance(value, Record)
    ]


def test_a_model_must_be_one_that_somebody_knows() -> None:
    assert Writer(model="openai/gpt-4o").model == "openai/gpt-4o"
    for wrong, said in (("opnai/gpt-4o", "did you mean openai"), ("openai", "is written openai/MODEL")):
        with pytest.raises(ValidationError, match=said):
            Writer(model=wrong)


def test_a_file_of_seeds_needs_its_path() -> None:
    with pytest.raises(ValidationError, match="needs `path`"):
        SeedSet(source="file")
    assert SeedSet(source="prism").path is None


def test_what_nobody_looks_at_is_not_kept_for_what_was_found() -> None:
    with pytest.raises(ValidationError, match="`keep` valid needs somebody who looks"):
        Verify(checks=False, keep="valid")
    assert Verify(checks=False, judge="rules", keep="valid").keep == "valid"
    assert Verify(checks=False).keep == "all"


@pytest.mark.parametrize("section", records(), ids=lambda section: section.__name__)
def test_neutral_settings_are_fields(section: type[Record]) -> None:
    assert getattr(section, "neutral", frozenset()) <= section.model_fields.keys()


def test_how_often_a_seed_is_asked_about_decides_what_comes_out() -> None:
    recipe = Recipe(name="n", title="t", description="d")
    assert "attempts" not in recipe.requirements.neutral
    assert "attempts" in recipe.requirements.settings.neutral


def shown(default: object) -> str:
    return "–" if default in (None, ()) or isinstance(default, Record | dict) else str(default).replace("True", "true")


def test_every_field_is_documented_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "building.md").read_text(encoding="utf-8")
    section = page.partition("## What a recipe can say")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| `([\w.]+)` \| `?([^`|]+?)`? \|", section, re.MULTILINE))
    recipe = Recipe(name="n", title="t", description="d")
    assert documented == {
        f"{name}.{field}": shown(default)
        for name in ("seeds", "filter", "requirements", "dropout", "answer", "verify")
        for field, default in dict(getattr(recipe, name)).items()
    }
    (sets,) = [line for line in section.splitlines() if line.startswith("| `seeds.sets`")]
    assert all(f"`{field}` (" in sets for field in SeedSet.model_fields)
