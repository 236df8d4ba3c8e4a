"""A task, or a file of items, that a build starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.build.recipe import Recipe
from weval.errors import ConfigError
from weval.tasks import Task, load_data, load_task, task_names
from weval.types import Item


def given_task(target: str, home: Path) -> Task:
    """A task by its name, or a file of items, relative to `home`. Raises ConfigError, DataError."""
    if target in task_names():
        return load_task(target)
    path = home / target
    if not path.exists():
        place = "a file or folder here" if home == Path() else "a file of items beside the recipe"
        raise ConfigError(f"{target}: is neither a task (weval list tasks) nor {place}")
    return load_data(path)


def start_of(recipe: Recipe, home: Path) -> Task:
    """The task of requirements.task. Raises ConfigError where the recipe names none."""
    if recipe.requirements.task is None:
        raise ConfigError("requirements.task: how=task needs a task, or a file of items")
    return given_task(recipe.requirements.task, home)


def items_of(recipe: Recipe, home: Path) -> Iterator[Item]:
    """The items that a build starts from."""
    return start_of(recipe, home).items()


def task_inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The task that a build starts from, with its hash."""
    task = start_of(recipe, home)
    return {f"task {task.name} {task.version}": task.sha256}
