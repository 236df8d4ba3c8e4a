"""The prototypes of each category: the prompts that people picked for it, from a task or a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from weval.build.recipe import Recipe
from weval.build.starting import given_task
from weval.errors import ConfigError, DataError
from weval.files import Problems, is_file, read_jsonl
from weval.hashes import sha256_of
from weval.tasks import task_names
from weval.types import Id, Record, Text


class Prototype(Record):
    """A line of a file of prototypes."""

    category: Id
    text: Text


def prototypes_of(recipe: Recipe, home: Path) -> dict[str, list[str]]:
    """All prototypes of each category, categories by name: of a task its instructions, or the lines of a file.

    The paper has people pick 10 per category; all that are given count here. Raises ConfigError, DataError naming file,
    line and field.
    """
    target = recipe.filter.prototypes
    found: dict[str, list[str]] = {}
    if target in task_names():
        for item in given_task(target, home).items():
            if item.category is not None:
                found.setdefault(item.category, []).append(item.instruction)
        if not found:
            raise ConfigError(f"filter.prototypes: {target}: its items have no categories")
    else:
        for prototype in _in_file(_file(target, home)):
            found.setdefault(prototype.category, []).append(prototype.text)
    return {category: found[category] for category in sorted(found)}


def prototype_inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The task or the file, with its sha256. Raises ConfigError, DataError."""
    target = recipe.filter.prototypes
    if target in task_names():
        task = given_task(target, home)
        return {f"prototypes of {task.name} {task.version}": task.sha256}
    return {f"prototypes in {target}": sha256_of(_file(target, home))}


def _file(target: str, home: Path) -> Path:
    path = home / target
    if not is_file(path):
        raise ConfigError(
            f"filter.prototypes: {target}: is neither a task (weval list tasks) nor a file of JSON Lines with category "
            "and text beside the recipe"
        )
    return path


def _in_file(path: Path) -> list[Prototype]:
    problems = Problems(path)
    rows = [row for _, row in read_jsonl(path, Prototype, problems)]
    problems.check()
    if not rows:
        raise DataError(f"{path}: holds no prototypes")
    return rows
