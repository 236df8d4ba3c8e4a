"""The graph of a profile's steps: what comes before what, how each is known again, where it lies, how it is started."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
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

BESIDE = {"about", "gpus", "server"}
"""Fields of a step that do not change what it makes: what it is, and what has to be there for it."""

NAME = re.compile(r"\w[\w.-]*")
"""What weval's own data are called."""


@dataclass(frozen=True)
class Graph:
    """A profile's steps, in a folder, with what the user brought.

    `contents` are digests of what was brought and of the files that steps read (manifest, task, preset, recipe), by
    name; a step's fingerprint holds those that it depends on, and the fingerprints of the steps before it. In
    `manifests` lie the profile, and the files that come with it.
    """

    profile: Profile
    folder: Path
    brought: Mapping[str, Path]
    contents: Mapping[str, str]
    manifests: Path = FOLDER

    def __post_init__(self) -> None:
        if wrong := sorted(set(self.brought) - set(self.profile.brought)):
            known = ", ".join(self.profile.brought) or "nothing"
            raise ConfigError(f"--bring {wrong[0]}: the profile {self.profile.name} takes {known}")

    def closure(self, wanted: Iterable[str], done: Collection[str] = ()) -> list[str]:
        """The wanted steps that there are and all before them, each after those that it needs.

        A step that is `done` needs none: what was fetched or trained for it may be gone by now.
        """
        order: dict[str, None] = {}
        for name in wanted:
            self._visit(name, order, done, ())
        return list(order)

    def _visit(self, name: str, order: dict[str, None], done: Collection[str], way: tuple[str, ...]) -> None:
        if name in way:
            raise ConfigError(f"profile {self.profile.name}: steps need each other: {' > '.join([*way, name])}")
        if name in order or name not in self.profile.steps:
            return
        for before in () if name in done else needed_steps(self.profile.steps[name]):
            self._visit(before, order, done, (*way, name))
        order[name] = None

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Of every step: 16 hex digits that change with what it does, what was brought, and the steps before it."""
        found: dict[str, str] = {}
        for name in self.closure(self.profile.steps):
            step = self.profile.steps[name]
            # Without defaults: a field that comes to the manifest one day makes no step anew that does not use it.
            said = json.dumps(step.model_dump(mode="json", exclude=BESIDE, exclude_defaults=True), sort_keys=True)
            before = [f"{each}={found.get(each, '')}" for each in needed_steps(step)]
            beside = [f"{kind}:{each}={self.contents.get(f'{kind}:{each}', '')}" for kind, each in reads(step)]
            found[name] = digest(said, *before, *beside).hex()
        return found

    def step_folder(self, name: str) -> Path:
        """Where a step lies. Another fingerprint is another folder, so that what was made before is not lost."""
        return self.folder / STEPS / f"{name}-{self.fingerprints[name][:8]}"

    def command(self, name: str) -> list[str]:
        """The words after `weval` that make the step. Raises ConfigError where something brought is not there."""
        step = self.profile.steps[name]
        words = [self._filled(word) for word in _words(step)]
        return words if isinstance(step, Fetch) else [*words, "--out", str(self.step_folder(name) / MADE)]

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
            if name not in self.profile.steps:
                raise ConfigError(f"the profile {self.profile.name} has no step {name}")
            return self.step_folder(name) / MADE
        if kind == "bundled":
            return self.manifests / name
        if name not in self.brought:
            raise ConfigError(f"--bring {name}=PATH is missing")
        return self.brought[name]


def reads(step: Doing) -> list[tuple[str, str]]:
    """What a step reads that is not another step's: ("brought", NAME), ("bundled", FILE), and of weval's own data, if
    there is something of that name, ("task", NAME), ("recipe", NAME), ("preset", NAME); ("named", NAME), a value of a
    setting, may be a task, a preset or a judge folder.

    >>> from weval.reproduce.manifest import Run
    >>> reads(Run(does="run", about="a", model="paper-rm:{brought:rm}", task="weval-mini", settings={"prompt": "race"}))
    [('brought', 'rm'), ('named', 'race'), ('task', 'weval-mini'), ('preset', 'paper-rm')]
    """
    found = [(kind, name) for kind, name in places(step) if kind != "step"]
    values = (value for value in step.settings.values() if isinstance(value, str))
    found += [("named", value) for value in values if NAME.fullmatch(value)]
    match step:
        case Fetch(name=name) | Build(recipe=name):
            found.append(("task", name))
        case Train(recipe=name):
            found.append(("recipe", name))
        case Run(task=name, model=model):
            found += [("task", name)] if name else []
            found += _presets(model)
        case Bench(benchmark=name, model=model, judge=judge):
            found += [("task", name), *_presets(model, judge)]
    return found


def _presets(*models: str | None) -> list[tuple[str, str]]:
    """The presets that models may be."""
    return [("preset", model.removeprefix("judge:").partition(":")[0]) for model in models if model]


def _words(step: Doing) -> list[str]:
    """The verb of a step and what follows it, places as they stand."""
    pairs = [part for key, value in step.settings.items() for part in ("--set", f"{key}={_said(value)}")]
    match step:
        case Fetch(name=name):
            return ["fetch", name]
        case Build(step=part, recipe=recipe):
            return ["build", part, recipe, *pairs]
        case Train(recipe=recipe, profile=profile):
            return ["train", recipe, "--profile", profile, *pairs]
        case Run(model=model, task=task, data=data, limit=limit):
            return ["run", *_options(model=model, task=task, data=data, limit=limit), *pairs]
        case Bench(benchmark=name, model=model, judge=judge, data=data, limit=limit):
            return ["bench", name, *_options(model=model, judge=judge, data=data, limit=limit), *pairs]
    raise ValueError(f"no command for {type(step).__name__}")


def _options(**said: str | int | None) -> list[str]:
    return [part for name, value in said.items() if value is not None for part in (f"--{name}", str(value))]


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
