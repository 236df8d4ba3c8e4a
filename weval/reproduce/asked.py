"""The models that a step asks or trains, as far as they can be known without opening, or looking for, any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from weval.adapters import preset_of, preset_settings
from weval.build.perform import asked_steps
from weval.build.recipe import Recipe, read_recipe
from weval.build.roles import judges, roles
from weval.presets import Preset
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import PLACE, Bench, Build, Doing, Run, Train
from weval.reproduce.sizes import Weights, read_sizes
from weval.textmodels import TEXT_MODELS, backend_of
from weval.textmodels.anthropic import BASE_URL, KEY_ENV
from weval.textmodels.openai import OPENAI_KEY, OPENAI_URL
from weval.training.bases import PACKAGE, SMALL
from weval.training.measuring import as_set
from weval.training.recipe import Recipe as TrainingRecipe
from weval.training.recipe import read_training
from weval.training.sections import Model, Profile

Part = Literal["model", "writer", "judge", "base", "reward"]
"""What a model is in its step. `base` is what is trained, or what a build embeds texts by."""

Named = tuple[Part, str, Mapping[str, str]]

WRITER, JUDGE = "writer.", "judge."
"""How the settings of the two of a benchmark begin."""

_ITS_OWN = "whoever offers it"

_KEYS = {"openai": OPENAI_KEY, "anthropic": KEY_ENV}
_URLS = {"openai": OPENAI_URL, "anthropic": BASE_URL}
"""Of backends that know them by themselves."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A model and its part in a step. `preset` is how it is asked, with the settings of the step in place, and with the
    name of its key, its address and its size where these are known.

    `repository` is where the weights are that are computed on this machine: a folder, or a name of the Hub. `made_by`
    is the step that makes them. `weights` are their size, or that of the base that they are made of.
    """

    part: Part
    name: str
    preset: Preset
    repository: str | None = None
    made_by: str | None = None
    weights: Weights | None = None

    @property
    def gpus(self) -> int:
        """How many GPUs its weights are divided among."""
        return int(self.preset.settings.get("tensor_parallel_size", 1))

    @property
    def awaited(self) -> bool:
        """Whether its weights are still to come: from another step, or by --bring."""
        return PLACE.search(self.repository or "") is not None

    @property
    def revision(self) -> str | None:
        """The commit, branch or tag of its repository, where one is named."""
        return self.preset.strings().get("revision")


def asked_of(step: Doing, graph: Graph) -> list[Asked]:
    """The models of a step, in the order in which they are asked. Raises ConfigError, DataError."""
    found = (_asked(part, name, settings, graph) for part, name, settings in _named(step, graph))
    return [one for one in found if one is not None]


def profile_of(step: Train) -> Profile:
    """What a step trains by, with its settings in place. Raises ConfigError, DataError."""
    return _profile(step.recipe, step.profile, tuple(as_set(step.settings).items()))


def whole_model(step: Train, graph: Graph) -> Model:
    """The model that a step trains; where that is what another step trained, the model which that one began with.

    Raises ConfigError, DataError.
    """
    model = profile_of(step).model
    place = PLACE.search(model.base)
    maker = graph.profile.steps.get(place[2]) if place and place[1] == "step" else None
    if not isinstance(maker, Train):
        return model
    first = whole_model(maker, graph)
    return model.model_copy(update={"base": first.base, "small": first.small})


@cache
def _profile(recipe: str, name: str, settings: tuple[tuple[str, str], ...]) -> Profile:
    return _training(recipe).profile(name, dict(settings))


@cache
def _training(name: str) -> TrainingRecipe:
    return read_training(name)[0]


def recipe_of(step: Build, graph: Graph) -> Recipe:
    """What a step builds by, with its settings in place. Raises ConfigError, DataError."""
    settings = {name: filled(value, graph) for name, value in as_set(step.settings).items()}
    return _recipe(filled(step.recipe, graph), tuple(settings.items()))


@cache
def _recipe(target: str, settings: tuple[tuple[str, str], ...]) -> Recipe:
    return read_recipe(target, dict(settings))[0]


def filled(value: str, graph: Graph) -> str:
    """A value with what was brought, and what comes with the manifests, in its places; others stay as they are."""

    def place(kind: str, name: str, as_it_is: str) -> str:
        if kind == "bundled":
            return str(graph.manifests / name)
        return str(graph.brought[name]) if kind == "brought" and name in graph.brought else as_it_is

    return PLACE.sub(lambda found: place(found[1], found[2], found[0]), value)


def _named(step: Doing, graph: Graph) -> Iterator[Named]:
    match step:
        case Run(model=model):
            yield "model", model, as_set(step.settings)
        case Bench(model=model, judge=None):
            yield "model", model, as_set(step.settings)
        case Bench(model=model, judge=judge):
            yield "writer", model, _own(step, WRITER)
            yield "judge", str(judge), _own(step, JUDGE)
        case Build():
            yield from _of_build(step, graph)
        case Train():
            yield from _of_training(profile_of(step))


def _own(step: Doing, prefix: str) -> dict[str, str]:
    """The settings of one of two models, without what they begin with."""
    return {
        name.removeprefix(prefix): value for name, value in as_set(step.settings).items() if name.startswith(prefix)
    }


def _of_build(step: Build, graph: Graph) -> Iterator[Named]:
    recipe = recipe_of(step, graph)
    for one in asked_steps(step.step, recipe):
        if one.name == "filter" and recipe.filter.how == "centroid" and recipe.filter.embedding:
            yield "base", f"transformers/{recipe.filter.embedding}", {}
        for role in roles(one, recipe):
            if role.writer.model:
                yield "writer", role.writer.model, as_set(role.writer.settings.model_dump(exclude_none=True))
        for judge in judges(one, recipe):
            yield "judge", judge.model, judge.settings


def _of_training(profile: Profile) -> Iterator[Named]:
    base = profile.model.base
    if base != SMALL and not base.startswith(PACKAGE):
        yield "base", f"transformers/{base}", {"revision": profile.model.revision} if profile.model.revision else {}
    if profile.reward is not None:
        yield "reward", profile.reward.model, as_set(profile.reward.settings)
    if profile.comparison is not None:
        yield "reward", profile.comparison.judge, as_set(profile.comparison.settings)


def _asked(part: Part, name: str, settings: Mapping[str, str], graph: Graph) -> Asked | None:
    """A model by its name; None for one that has no weights, no address and no key, as rules have."""
    preset = _preset(filled(name, graph))
    if preset is None:
        return None
    told = {**preset_settings(preset, settings), **settings}
    url, key, repository = _where(preset, told)
    made_by = next((place[2] for place in PLACE.finditer(repository or "") if place[1] == "step"), None)
    weights = _weights(preset, repository, made_by, graph)
    size = weights.memory_gb if weights else None
    changed = {
        "settings": {**told, **({"key_env": key} if key else {})},
        "endpoint": url,
        "parameters_b": weights.parameters_b if weights else None,
        "memory_gb": size,
        "gated": preset.gated or bool(weights and weights.gated and not made_by),
        **({"source": urlsplit(url).hostname or url} if url and preset.source == _ITS_OWN else {}),
    }
    return Asked(part, name, preset.model_copy(update=changed), repository, made_by, weights)


@cache
def _preset(name: str) -> Preset | None:
    """The preset of a name, one made for it where it names a backend or a family itself, or None."""
    family, _, reference = name.partition(":")
    if family == "preset" or name.endswith(".yaml"):
        path = reference if family == "preset" else name
        return _bare("classifier", path) if PLACE.search(path) else preset_of(name)
    bare = name.removeprefix("judge:")
    if known := preset_of(bare):
        return known
    if bare.partition("/")[0] in TEXT_MODELS:
        return _bare("judge", bare)
    if family in ("classifier", "vllm"):
        return _bare(family, reference)
    return _bare(family, reference, reference) if family == "http" else None


def _bare(family: str, reference: str, endpoint: str | None = None) -> Preset:
    return Preset(
        family=family,
        reference=reference,
        endpoint=endpoint,
        about="named by a step",
        licence="its own",
        source=_ITS_OWN,
    )


def _where(preset: Preset, settings: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """The address and the key of a model behind an API; of one on this machine, where its weights are."""
    if preset.family == "http":
        return preset.endpoint, settings.get("key_env"), None
    if preset.family != "judge" or preset.reference is None:
        return None, None, preset.reference
    backend, model = backend_of(preset.reference)
    if "base_url" not in backend.uses:
        return None, None, model if "dtype" in backend.uses else None
    name = preset.reference.partition("/")[0]
    url = settings.get("base_url") or _URLS.get(name) or preset.endpoint
    return url, settings.get("key_env") or _KEYS.get(name), None


def _weights(preset: Preset, repository: str | None, made_by: str | None, graph: Graph) -> Weights | None:
    if repository is None:
        return None
    maker = graph.profile.steps.get(made_by or "")
    if made_by is not None:
        return read_sizes().weights_of(whole_model(maker, graph).base) if isinstance(maker, Train) else None
    if preset.memory_gb is not None and preset.parameters_b is not None:
        return Weights(parameters_b=preset.parameters_b, memory_gb=preset.memory_gb, source="its preset")
    return read_sizes().weights_of(repository)
