"""The recipe of a data set: one YAML file that says everything about a build, a section per step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from weval.build.sections import (
    Answer,
    Dropout,
    Filter,
    Pairs,
    Prompts,
    References,
    Requirements,
    Seeds,
    Verify,
)
from weval.errors import ConfigError
from weval.files import read_yaml
from weval.rooms import room
from weval.settings import dotted
from weval.types import Id, Record, Text

RECIPE = "build.yaml"
"""The name of a recipe, in its folder."""

ROOMS = ("tasks", "training_recipes")
"""Where the recipes lie that weval brings."""

OPEN = ("verify.judge_settings", "references.grader.settings")
"""Fields that take any name: what a judge is told is known where it is opened."""


class Recipe(Record):
    """What a build makes, and how. A section that is left out has its defaults."""

    name: Id = Field(pattern=r"^\w[\w.-]*$")
    version: Id = "1.0"
    title: Text
    description: Text
    licence: Text = "not stated"
    seeds: Seeds = Seeds()
    filter: Filter = Filter()
    requirements: Requirements = Requirements()
    dropout: Dropout = Dropout()
    answer: Answer = Answer()
    verify: Verify = Verify()
    prompts: Prompts = Prompts()
    references: References = References()
    pairs: Pairs = Pairs()

    @model_validator(mode="after")
    def _has_its_task(self) -> Self:
        if self.requirements.how == "task" and self.requirements.task is None:
            raise ValueError("requirements.task: is missing; how: task takes a task's own requirements")
        if self.dropout.how == "task" and self.requirements.how != "task":
            raise ValueError("dropout.how: task needs requirements.how: task, whose kept sets are taken")
        return self


def read_recipe(target: str, settings: Mapping[str, str] | None = None) -> tuple[Recipe, Path]:
    """The recipe of a file or of a task that brings one, with settings (`answer.model`) put in place; and its file.

    Raises ConfigError for a target or setting that there is not, DataError for a bad file.
    """
    path = _located(target)
    nowhere = "a recipe has no such field; they go as answer.model"
    return dotted(read_yaml(path, Recipe), settings or {}, nowhere, OPEN), path


def recipe_lines() -> dict[str, str]:
    """Name and description of every recipe that weval brings: of tasks, and of training data."""
    return {name: read_yaml(path, Recipe).description for name, path in sorted(_brought().items())}


def _brought() -> dict[str, Path]:
    return {path.parent.name: path for name in ROOMS for path in room(name).glob(f"*/{RECIPE}")}


def _located(target: str) -> Path:
    path = Path(target)
    if path.is_dir():
        path = path / RECIPE
    if path.is_file():
        return path
    brought = _brought()
    if target in brought:
        return brought[target]
    raise ConfigError(f"{target}: is neither a YAML file nor a recipe that weval brings ({', '.join(sorted(brought))})")
