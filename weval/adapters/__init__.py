"""Everything that can be asked for a score. `open_adapter("family:reference")` finds it; modules load when used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from weval.adapters.plugin import from_package
from weval.errors import ConfigError, DataError, unknown
from weval.files import one_line
from weval.presets import Preset, preset_names, read_preset, read_preset_file
from weval.settings import updated
from weval.textmodels import TextModelOptions, backend_of
from weval.types import Adapter

ENTRY_POINTS = "weval.adapters"

_ENDPOINT = frozenset({"base_url", "key_env"})
"""Settings that belong to the backend that a preset names: what is there, and who may ask it."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of adapter: where its class is, what follows the colon in `--model`, and what it is in one line.

    `options` is where the record of its settings is; without it, it has none (a plug-in's are its own affair).
    """

    location: str
    reference: str | None
    about: str
    options: str | None = None


ADAPTERS: dict[str, Family] = {
    "rules": Family("weval.adapters.rules:Rules", None, "share of the mechanically checkable requirements met"),
    "random": Family("weval.adapters.baselines:Random", None, "a number drawn for each response"),
    "constant": Family("weval.adapters.baselines:Constant", None, "the same score for everything"),
    "first": Family("weval.adapters.baselines:First", None, "prefers what is shown first"),
    "length": Family("weval.adapters.baselines:Length", None, "the number of characters"),
    "shortest": Family("weval.adapters.baselines:Shortest", None, "minus the number of characters"),
    "keywords": Family("weval.adapters.baselines:Keywords", None, "share of a requirement's words in the response"),
    "classifier": Family(
        "weval.adapters.classifier:Classifier",
        "PATH_OR_HUB_ID",
        "a reward model in this process",
        "weval.adapters.classifier:ClassifierOptions",
    ),
    "vllm": Family(
        "weval.adapters.vllm:Vllm",
        "PATH_OR_HUB_ID",
        "a reward model in vLLM (needs an NVIDIA GPU)",
        "weval.adapters.vllm:VllmOptions",
    ),
    "http": Family(
        "weval.adapters.http:Http", "URL", "a reward model behind a server", "weval.adapters.http:HttpOptions"
    ),
    "judge": Family(
        "weval.adapters.judge:Judge",
        "BACKEND/MODEL",
        "a language model as a judge (weval list prompts)",
        "weval.adapters.judge:JudgeOptions",
    ),
    "lm-eval": Family(
        "weval.adapters.judge.alias:lm_eval_judge",
        "BACKEND,args",
        "a model type of lm-evaluation-harness as a judge",
        "weval.adapters.judge:JudgeOptions",
    ),
    "preset": Family("weval.presets:read_preset_file", "FILE", "a model by a YAML file of your own"),
    "scores": Family("weval.adapters.recorded:ScoresFile", "FILE", "your own scores: item_id, candidate_id, score"),
    "human": Family("weval.adapters.recorded:HumanFile", "FILE", "annotators' rankings, majority vote per pair"),
    "plugin": Family("weval.adapters.plugin:load", "MODULE:CLASS", "a class of your own"),
}
"""The adapters weval brings."""


def open_adapter(model: str, settings: Mapping[str, str]) -> Adapter:
    """The adapter for `--model NAME` or `--model family:reference`, with what `--set` gave for it.

    NAME is a family that needs no reference, a preset, or an adapter of another package. A reference after a preset's
    name takes the place of its own: another folder for the same kind of model.
    Raises ConfigError for a name nobody knows (with the nearest ones), a missing or needless reference and settings
    that the adapter does not have; AdapterError for a foreign class that does not keep the contract.
    """
    name, _, reference = model.partition(":")
    _check_shape(model)
    if preset := preset_of(model):
        reference = preset.reference or ""
        if not reference and family_of(preset.family).reference:
            raise ConfigError(f"--model {model}: has no public weights; name yours, as --model {name}:FOLDER")
        return _build(preset.family, reference, preset_settings(preset, settings) | dict(settings))
    if name in ADAPTERS:
        return _build(name, reference, settings)
    if name in (outside := _outside()):
        return from_package(outside[name], model, reference, settings)
    raise unknown("model", name, [*ADAPTERS, *preset_names(), *outside])


def preset_of(model: str) -> Preset | None:
    """The preset that a model's name stands for, with the reference that is used; None where it is no preset.

    A file of one is named as preset:FILE, or as it is where its name ends in .yaml.
    """
    name, _, reference = model.partition(":")
    if name == "preset":
        _check_shape(model)
        return _own_preset(Path(reference))
    if model.endswith(".yaml") and name not in ADAPTERS:
        return _own_preset(Path(model))
    if name in ADAPTERS or name not in preset_names():
        return None
    preset = read_preset(name)
    return _moved(preset, reference) if reference else preset


def _moved(preset: Preset, reference: str) -> Preset:
    """The preset with another reference; of a judge on another backend, with the settings that mean something there."""
    kept = dict(preset.settings)
    if preset.family == "judge" and preset.reference:
        backend, _ = backend_of(reference)
        if backend is not backend_of(preset.reference)[0]:
            idle = _ENDPOINT | (set(TextModelOptions.model_fields) - backend.uses)
            kept = {name: value for name, value in kept.items() if name not in idle}
    return preset.model_copy(update={"reference": reference, "settings": kept})


def preset_settings(preset: Preset, settings: Mapping[str, str]) -> dict[str, str]:
    """A preset's settings under those of the user. Its key is for its own address, and is shown at no other."""
    strings = preset.strings()
    if settings.get("base_url", strings.get("base_url")) != strings.get("base_url"):
        strings.pop("key_env", None)
    return strings


def _check_shape(model: str) -> None:
    """Raises ConfigError for a family without the reference that it needs, or with one that it has no use for."""
    name, _, reference = model.partition(":")
    if name in ADAPTERS and bool(reference) != bool(ADAPTERS[name].reference):
        shape = f"{name}:{ADAPTERS[name].reference}" if ADAPTERS[name].reference else name
        raise ConfigError(f"--model {model}: is written --model {shape}")


def _build(name: str, reference: str, settings: Mapping[str, str]) -> Adapter:
    if strange := [key for key in settings if name != "plugin" and key not in family_settings(name)]:
        raise unknown("setting", strange[0], family_settings(name))
    adapter: Adapter = _imported(family_of(name).location)(*([reference] if reference else []), **settings)
    return adapter


def _own_preset(path: Path) -> Preset:
    """A user's preset. Raises DataError where its settings are wrong by themselves, before --set is put on top."""
    preset = read_preset_file(path)
    options = family_of(preset.family).options
    try:
        if options:
            updated(_imported(options)(), preset.strings())
    except ConfigError as error:
        raise DataError(f"{path}: settings: {str(error).replace('--set ', '')}") from error
    _check_key(path, preset)
    return _beside(path, preset)


def _check_key(path: Path, preset: Preset) -> None:
    """Raises DataError for a file that says both which key is shown and to whom: it may be somebody else's file."""
    from weval.remote.posting import leads_here  # which loads asyncio

    url, key = (str(preset.settings.get(name, "")) for name in ("base_url", "key_env"))
    if preset.family == "http":
        url = preset.reference or ""
    if url and key and not leads_here(url):
        raise DataError(
            f"{path}: settings: key_env: is not taken from a file that also says who is asked ({one_line(url, 80)}); "
            "leave it out here, and give --set key_env=NAME"
        )


def _beside(path: Path, preset: Preset) -> Preset:
    """The preset with the folder of its model found beside its file, where it names one that is there."""
    reference = preset.reference or ""
    backend, slash, folder = reference.partition("/") if preset.family == "judge" else ("", "", reference)
    if not folder or not (path.parent / folder).is_dir():
        return preset
    return preset.model_copy(update={"reference": f"{backend}{slash}{path.parent / folder}"})


def family_of(name: str) -> Family:
    """The family of adapters of a name. Raises ConfigError for none."""
    if name not in ADAPTERS:
        raise unknown("model", name, [*ADAPTERS, *preset_names()])
    return ADAPTERS[name]


def _imported(location: str) -> Any:  # noqa: ANN401 - a class, or a function that builds one
    module, _, attribute = location.partition(":")
    return getattr(importlib.import_module(module), attribute)


def setting_names(model: str) -> tuple[str, ...] | None:
    """The settings that a model takes beside those of every run; None where it may take any."""
    preset = preset_of(model)
    name = preset.family if preset else model.partition(":")[0]
    if name == "plugin" or name not in ADAPTERS:
        return None
    return tuple(family_settings(name))


def family_settings(name: str, reference: str = "") -> Mapping[str, FieldInfo]:
    """The settings of a family of adapters, each with its default and what it does. Raises ConfigError for none.

    With the reference of a judge, only those that its backend has a use for.
    """
    options = family_of(name).options
    fields: Mapping[str, FieldInfo] = _imported(options).model_fields if options else {}
    if name in ("judge", "lm-eval") and reference:
        backend, _ = backend_of(reference if name == "judge" else f"lm-eval/{reference}")
        idle = set(TextModelOptions.model_fields) - backend.uses
        return {field: info for field, info in fields.items() if field not in idle}
    return fields


def _outside() -> dict[str, metadata.EntryPoint]:
    """Adapters of other packages, by the name of their entry point. Ours cannot be replaced."""
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINTS) if point.name not in ADAPTERS}


def families() -> dict[str, str]:
    """Name (with its reference) and description of every adapter, the outsiders' included."""
    ours = {f"{n}:{f.reference}" if f.reference else n: f.about for n, f in ADAPTERS.items()}
    return ours | {name: f"from {point.value}" for name, point in sorted(_outside().items())}
