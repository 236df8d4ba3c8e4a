from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from weval.build.recipe import Recipe
from weval.build.starting import given_task, items_of, start_of, task_inputs
from weval.errors import ConfigError
from weval.tasks import load_task

MINI = Path(__file__).parents[2] / "tasks" / "weval-mini" / "items.jsonl"


def recipe(task: str | None = None) -> Recipe:
    how = {"how": "task", "task": task} if task else {}
    return Recipe.model_validate({"name": "n", "title": "t", "description": "d", "requirements": how}, strict=False)


def test_a_task_by_name_or_by_a_file_beside_the_recipe(tmp_path: Path) -> None:
    shutil.copy(MINI, tmp_path / "own.jsonl")
    by_name, by_file = given_task("weval-mini", tmp_path), given_task("own.jsonl", tmp_path)
    assert by_name.sha256 == by_file.sha256 == load_task("weval-mini").sha256
    assert [item.id for item in items_of(recipe("own.jsonl"), tmp_path)] == [item.id for item in by_name.items()]


def test_the_hash_of_a_task_is_what_a_step_is_made_of(tmp_path: Path) -> None:
    task = load_task("weval-mini")
    assert task_inputs(recipe("weval-mini"), tmp_path) == {f"task weval-mini {task.version}": task.sha256}


def test_what_is_neither_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^nothing\.jsonl: is neither a task .* nor a file of items beside the recipe"
    ):
        given_task("nothing.jsonl", tmp_path)
    with pytest.raises(ConfigError, match=r"^nothing\.jsonl: is neither a task .* nor a file or folder here$"):
        given_task("nothing.jsonl", Path())
    with pytest.raises(ConfigError, match=r"requirements\.task: how=task needs a task"):
        start_of(recipe(), tmp_path)
