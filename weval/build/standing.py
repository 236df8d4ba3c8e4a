"""Whether what is here of a step is what would be made now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from weval.build.folder import edited, main_file, read_step
from weval.build.recipe import Recipe
from weval.build.records import StepRecord
from weval.build.step import Step
from weval.store import changes
from weval.textmodels import TextModelOptions
from weval.types import Record

BROUGHT = "brought"
"""Told of a step whose file was put there by somebody: it was made of nothing that is known, and stands."""

HEAD = ("name", "version", "title", "description", "licence")
"""The fields of a recipe that are no section."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is here of a step: how it was made, what has changed since of what it was made of, and by hand in its files.

    `is_brought` is true of a file that somebody put there; where it is new, or was changed, there is no record of it.
    """

    record: StepRecord | None
    differs: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    is_brought: bool = False

    @property
    def stands(self) -> bool:
        """Whether there is nothing to make."""
        return self.is_brought or (self.record is not None and not self.differs)


def standing(step: Step, root: Path, recipe: Recipe, inputs: Callable[[], Mapping[str, str]]) -> Standing:
    """What is here of a step. Raises DataError.

    `inputs` gives the hashes of what it would be made of now, and is called where that matters: a file that somebody
    brought was made of nothing that need be here.
    """
    record = read_step(root, step)
    if not main_file(root, step).is_file():
        return Standing(None)
    by_hand = tuple(edited(root, step, record)) if record else ()
    if record is None or record.told.get(BROUGHT):
        return Standing(None if by_hand else record, is_brought=True)
    return Standing(record, (*changed(step, record, recipe), *changes(record.inputs, inputs())), by_hand)


def changed(step: Step, record: StepRecord, recipe: Recipe) -> tuple[str, ...]:
    """Which settings a step was made with are others now; none of a file that somebody brought."""
    if record.told.get(BROUGHT):
        return ()
    now = settings_of(step, recipe)
    before = {name: lasting(record.settings.get(name), getattr(recipe, name)) for name in now}
    lasts = {name: lasting(value, getattr(recipe, name)) for name, value in now.items()}
    return tuple(changes(before, lasts))


def settings_of(step: Step, recipe: Recipe) -> dict[str, Any]:
    """The part of a recipe that decides what a step makes."""
    content = recipe.model_dump(mode="json")
    return {name: content[name] for section in step.sections for name in (HEAD if section == "head" else (section,))}


def lasting(content: Any, like: object) -> Any:  # noqa: ANN401 - JSON
    """Settings without those that change nothing of what comes out, as concurrency: a record names them as `neutral`.

    `like` is the record that the JSON is of. What has no record are the settings of a judge.

    >>> lasting({"temperature": 0.0, "concurrency": 16}, TextModelOptions())
    {'temperature': 0.0}
    """
    if isinstance(content, Mapping) and isinstance(like, Record | Mapping):
        idle = TextModelOptions.neutral if isinstance(like, Mapping) else getattr(like, "neutral", frozenset())
        return {name: lasting(value, getattr(like, name, None)) for name, value in content.items() if name not in idle}
    if isinstance(content, list) and isinstance(like, tuple):
        return [lasting(value, each) for value, each in zip_longest(content, like)][: len(content)]
    return content
