"""The graph of a profile's steps: what comes before what, how each is known again, where it lies, how it is started."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from weval.errors import ConfigError
from weval.randomness import digest
from weval.reproduce.manifest import (
    FOLDER,
    PLACE,
    Bench,
    Build,
    Doing,
    Fetch,
    Profile,
    Run,
    Train,
    needed_steps,
    places,
)

STEPS, MADE = "steps", "made"
"""Below a reproduction's folder, those of its steps; below a step's, what its command writes."""


@dataclass(frozen=True)
class Graph:
    """A profile's steps, in a folder, with what the user brought.

    `contents` are digests of what was brought and of the files that steps read (manifest, task, preset, recipe), by
    name; a step's fingerprint holds those that it depends on, and the fingerprints of the steps before it.
    """

    profile: Profile
    folder: Path
    brought: Mapping[str, Path]
    contents: Mapping[str, str]

    def __post_init__(self) -> None:
        if wrong := sorted(set(self.brought) - set(self.profile.brought)):
            known = ", ".join(self.profile.brought) or "nothing"
            raise ConfigError(f"--bring {wrong[0]}: the profile {self.profile.name} takes {known}")

    def closure(self, wanted: Iterable[str]) -> list[str]:
        """The wanted steps that there are and all before them, each after those that it needs."""
        order: dict[str, None] = {}
        for name in wanted:
            self._visit(name, order, ())
        return list(order)

    def _visit(self, name: str, order: dict[str, None], way: tuple[str, ...]) -> None:
        if name in way:
            raise ConfigError(f"profile {self.profile.name}: steps need each other: {' > '.join([*way, name])}")
        if name in order or name not in self.profile.steps:
            return
        for before in needed_steps(self.profile.steps[name]):
            self._visit(before, order, (*way, name))
        order[name] = None

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Of every step: 16 hex digits that change with what it does, what was brought, and the steps before it."""
        found: dict[str, str] = {}
        for name in self.closure(self.profile.steps):
            step = self.profile.steps[name]
            said = json.dumps(step.model_dump(mode="json", exclude={"about"}), sort_keys=True)
            before = [f"{each}={found.get(each, '')}" for each in needed_steps(step)]
            beside = [f"{kind}:{each}={self.contents.get(f'{kind}:{each}', '')}" for kind, each in self.reads(step)]
            found[name] = digest(said, *before, *beside).hex()
        return found

    def reads(self, step: Doing) -> list[tuple[str, str]]:
        """What a step reads that is not another step's: ("brought", NAME), ("bundled", FILE), and ("task", NAME),
        ("recipe", NAME) … of weval's own data.
        """
        found = [(kind, name) for kind, name in places(step) if kind != "step"]
        match step:
            case Fetch(name=name):
                found += [("task", name), ("brought", name)]
            case Build(recipe=name):
                found.append(("task", name))
            case Train(recipe=name):
                found.append(("recipe", name))
            case Run(task=name) if name:
                found.append(("task", name))
            case Bench(benchmark=name):
                found.append(("task", name))
        return found

    def step_folder(self, name: str) -> Path:
        """Where a step lies. Another fingerprint is another folder, so that what was made before is not lost."""
        return self.folder / STEPS / f"{name}-{self.fingerprints[name][:8]}"

    def command(self, name: str) -> list[str]:
        """The words after `weval` that make the step. Raises ConfigError where something brought is not there."""
        step, made = self.profile.steps[name], self.step_folder(name) / MADE
        pairs = [part for key, value in step.settings.items() for part in ("--set", f"{key}={_said(value)}")]
        words = [*_words(step), *(self._filled(pair) for pair in pairs)]
        words = [self._filled(word) for word in words]
        if isinstance(step, Fetch):
            return [*words, "--from", str(self.brought[step.name])] if step.name in self.brought else words
        return [*words, "--out", str(made)]

    def command_text(self, name: str) -> str:
        """The command as a user would type it; what is not brought yet stands as it is named in the manifest."""
        try:
            return shlex.join(["weval", *self.command(name)])
        except ConfigError:
            return shlex.join(["weval", *_words(self.profile.steps[name])])

    def _filled(self, value: str) -> str:
        return PLACE.sub(lambda found: str(self._place(found[1], found[2])), value)

    def _place(self, kind: str, name: str) -> Path:
        if kind == "step":
            return self.step_folder(name) / MADE
        if kind == "bundled":
            return FOLDER / name
        if name not in self.brought:
            raise ConfigError(f"--bring {name}=PATH is missing")
        return self.brought[name]


def _words(step: Doing) -> list[str]:
    """The verb of a step and what follows it, places as they stand."""
    match step:
        case Fetch(name=name):
            return ["fetch", name]
        case Build(step=part, recipe=recipe):
            return ["build", part, recipe]
        case Train(recipe=recipe, profile=profile):
            return ["train", recipe, "--profile", profile]
        case Run(model=model, task=task, data=data, limit=limit):
            return ["run", *_options(model=model, task=task, data=data, limit=limit)]
        case Bench(benchmark=name, model=model, judge=judge, data=data, limit=limit):
            return ["bench", name, *_options(model=model, judge=judge, data=data, limit=limit)]
    raise ValueError(f"no command for {type(step).__name__}")


def _options(**said: str | int | None) -> list[str]:
    return [part for name, value in said.items() if value is not None for part in (f"--{name}", str(value))]


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
