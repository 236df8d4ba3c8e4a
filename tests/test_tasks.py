"""Every folder under tasks/ is a whole task: a data-only change is fully tested here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from weval.build import read_recipe
from weval.build.recipe import recipe_lines
from weval.errors import ConfigError
from weval.tasks import BundledSource, UnreleasedSource, load_task, read_spec, task_names
from weval.tasks.spec import tasks_folder
from weval.types import RequirementType

FOLDERS = sorted(path.parent for path in tasks_folder().glob("*/task.yaml"))
UNRELEASED = [name for name in task_names() if isinstance(read_spec(name).source, UnreleasedSource)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_task_is_described_and_has_a_card(folder: Path) -> None:
    spec = read_spec(folder.name)
    assert spec.name == folder.name
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# ")
    assert "icence" in card
    assert spec.superseded_by is None or read_spec(spec.superseded_by).superseded_by is None


def test_tasks_are_data_and_cards_only() -> None:
    assert not list(tasks_folder().rglob("*.py"))


@pytest.mark.parametrize("name", UNRELEASED)
def test_a_task_that_was_never_released_brings_the_recipe_of_its_like(name: str) -> None:
    recipe, path = read_recipe(name)
    assert (recipe.name, path.parent.name) == (name, name)
    assert recipe.answer.model is not None
    assert recipe.requirements.task == "weval" and recipe.dropout.how == "task"
    with pytest.raises(
        ConfigError, match=rf"^{name}: its items were never released; build them: weval build all {name}"
    ):
        load_task(name)


def test_the_variants_of_the_paper_have_their_recipes() -> None:
    assert UNRELEASED == ["weval-gemini", "weval-gpt4o"]
    assert list(recipe_lines()) == ["weval", "weval-gemini", "weval-gpt4o", "wildchat-prompts"]


@pytest.mark.parametrize("name", recipe_lines())
def test_a_recipe_is_described_and_has_a_card(name: str) -> None:
    recipe, path = read_recipe(name)
    assert recipe.title and (path.parent / "README.md").read_text(encoding="utf-8").startswith(f"# {name}\n")


@pytest.mark.parametrize("name", [n for n in task_names() if isinstance(read_spec(n).source, BundledSource)])
def test_bundled_items_load_and_match_their_hash(name: str) -> None:
    task = load_task(name)
    items = list(task.items())
    assert len(items) == task.n_items
    assert {item.language for item in items} == set(read_spec(name).languages)


def test_weval_mini_is_what_its_card_says() -> None:
    items = list(load_task("weval-mini").items())
    assert len(items) == 60
    assert set(Counter(item.category for item in items).values()) == {12}
    assert Counter(item.language for item in items) == {"en": 55, "zh": 3, "es": 1, "fr": 1}
    for item in items:
        assert [candidate.gold for candidate in item.candidates] == [5, 4, 3, 2, 1]
        assert len({requirement.type for requirement in item.requirements}) >= 3
    types: Counter[RequirementType | None] = Counter(q.type for item in items for q in item.requirements)
    assert None not in types
