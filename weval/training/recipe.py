"""A training recipe: `training_recipes/NAME/recipe.yaml` with its profiles, and settings put in place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from weval.errors import ConfigError, unknown
from weval.files import read_yaml
from weval.rooms import room
from weval.settings import dotted
from weval.training.sections import Profile
from weval.types import Id, Record, Text

RECIPE, SCRIPT = "recipe.yaml", "train.py"
"""In a recipe's folder."""

Kind = Literal["reward_model", "writer", "judge"]
"""What comes out: a model for `weval run`, one for `weval bench`, or one that grades there."""


class Published(Record):
    """A setting as its source has it. `value` is None where the source is silent."""

    value: str | int | float | bool | None
    source: Text


class Recipe(Record):
    """What is trained, by profile, and what is published of it. Keys of `published` are dotted fields of a profile."""

    name: Id = Field(pattern=r"^\w[\w.-]*$")
    title: Text
    about: Text
    kind: Kind
    profiles: dict[Literal["tiny", "paper"], Profile]
    published: dict[str, Published] = Field(default_factory=dict)

    def profile(self, name: str, settings: Mapping[str, str] | None = None) -> Profile:
        """A profile with dotted settings (`optimisation.max_steps`) in place; an empty one is the default.

        Raises ConfigError for a profile or setting that there is not, and for values that make no sense.
        """
        if name not in self.profiles:
            raise unknown("profile", name, self.profiles)
        nowhere = "a profile has no such field; they go as optimisation.max_steps"
        return dotted(self.profiles[name], settings or {}, nowhere)


def training_names() -> tuple[str, ...]:
    """The names of all training recipes that weval brings."""
    return tuple(sorted(path.parent.name for path in room("training_recipes").glob(f"*/{RECIPE}")))


def training_lines() -> dict[str, str]:
    """Name and title of every training recipe that weval brings."""
    return {name: read_training(name)[0].title for name in training_names()}


def read_training(target: str) -> tuple[Recipe, Path]:
    """A recipe by name or folder, and its folder. Raises ConfigError for an unknown one, DataError for a bad file."""
    folder = Path(target)
    if not (folder / RECIPE).is_file():
        if folder.is_dir() and target not in training_names():
            raise ConfigError(f"{target}: is no recipe: there is no {RECIPE} in it")
        if target not in training_names():
            raise unknown("training recipe", target, training_names(), "recipes")
        folder = room("training_recipes") / target
    return read_yaml(folder / RECIPE, Recipe), folder
