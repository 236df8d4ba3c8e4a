"""Every training recipe is whole: a card that says what, why and for how much, profiles, a script that can be read."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from weval.rooms import room
from weval.training import Profile, read_training, training_names
from weval.training.recipe import SCRIPT

HEADINGS = ("What", "Why", "Expected result", "Hardware, time, cost")
MAX_LINES = 120

recipe_param = pytest.mark.parametrize("name", training_names())


def folder_of(name: str) -> Path:
    return room("training_recipes") / name


def has_field(record: type[BaseModel], dotted: str) -> bool:
    """Whether a dotted name leads to a field of a record, through those that may be None."""
    first, _, rest = dotted.partition(".")
    if first not in record.model_fields:
        return False
    annotation = record.model_fields[first].annotation
    if not rest or get_origin(annotation) is dict:  # settings of a model take any name
        return True
    inner = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type) and issubclass(one, BaseModel)]
    return any(has_field(one, rest) for one in inner)


@recipe_param
def test_the_recipe_parses_and_has_both_profiles(name: str) -> None:
    recipe, folder = read_training(name)
    assert recipe.name == name == folder.name
    assert set(recipe.profiles) == {"tiny", "paper"}
    assert recipe.profiles["tiny"].hardware.gpus == 0


@recipe_param
def test_what_is_published_names_fields_that_there_are(name: str) -> None:
    recipe, _ = read_training(name)
    assert [key for key in recipe.published if not has_field(Profile, key)] == []
    assert recipe.published, "a paper profile without anything published has nothing to be compared with"


@recipe_param
def test_its_card_says_what_why_what_comes_of_it_and_for_how_much(name: str) -> None:
    text = (folder_of(name) / "README.md").read_text(encoding="utf-8")
    found = [line.lstrip("#").strip() for line in text.splitlines() if line.startswith("## ")]
    assert [heading for heading in HEADINGS if heading not in found] == []


@recipe_param
def test_its_script_is_short_and_begins_with_what_it_does(name: str) -> None:
    text = (folder_of(name) / SCRIPT).read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) < MAX_LINES
    assert ast.get_docstring(tree) and f"weval train {name}" in (ast.get_docstring(tree) or "")
    compile(tree, SCRIPT, "exec")


@recipe_param
def test_the_guide_names_it(name: str) -> None:
    guide = Path(__file__).parents[2] / "docs" / "training.md"
    assert f"[`{name}`](../training_recipes/{name}/README.md)" in guide.read_text(encoding="utf-8")


def test_dotted_names_are_followed_through_optional_sections() -> None:
    assert has_field(Profile, "policy.kl") and has_field(Profile, "model.lora.rank")
    assert not has_field(Profile, "policy.kl.x") and not has_field(Profile, "police.kl")
