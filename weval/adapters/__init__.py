"""Everything that can be asked for a score. `open_adapter("family:reference")` finds it; modules load when used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

from weval.adapters.plugin import from_package
from weval.errors import ConfigError, unknown
from weval.types import Adapter

ENTRY_POINTS = "weval.adapters"


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of adapter: where its class is, what follows the colon in `--model`, and what it is in one line."""

    location: str
    reference: str | None
    about: str


ADAPTERS: dict[str, Family] = {
    "rules": Family("weval.adapters.rules:Rules", None, "share of the mechanically checkable requirements met"),
    "random": Family("weval.adapters.baselines:Random", None, "a number drawn for each response"),
    "constant": Family("weval.adapters.baselines:Constant", None, "the same score for everything"),
    "first": Family("weval.adapters.baselines:First", None, "prefers what is shown first"),
    "length": Family("weval.adapters.baselines:Length", None, "the number of characters"),
    "shortest": Family("weval.adapters.baselines:Shortest", None, "minus the number of characters"),
    "keywords": Family("weval.adapters.baselines:Keywords", None, "share of a requirement's words in the response"),
    "scores": Family("weval.adapters.recorded:ScoresFile", "FILE", "your own scores: item_id, candidate_id, score"),
    "human": Family("weval.adapters.recorded:HumanFile", "FILE", "annotators' rankings, majority vote per pair"),
    "plugin": Family("weval.adapters.plugin:load", "MODULE:CLASS", "a class of your own"),
}
"""The adapters weval brings."""


def open_adapter(model: str, settings: Mapping[str, str]) -> Adapter:
    """The adapter for `--model NAME` or `--model family:reference`, with what `--set` gave for it.

    Raises ConfigError for a name nobody knows (with the nearest ones) and a missing or needless reference;
    AdapterError for a foreign class that does not keep the contract.
    """
    name, _, reference = model.partition(":")
    outside = _outside()
    if name in ADAPTERS:
        family = ADAPTERS[name]
        if bool(reference) != bool(family.reference):
            shape = f"{name}:{family.reference}" if family.reference else name
            raise ConfigError(f"--model {model}: is written --model {shape}")
        module, _, attribute = family.location.partition(":")
        build = getattr(importlib.import_module(module), attribute)
        adapter: Adapter = build(*([reference] if reference else []), **settings)
        return adapter
    if name in outside:
        return from_package(outside[name], model, reference, settings)
    raise unknown("model", name, [*ADAPTERS, *outside])


def takes_settings(model: str) -> bool:
    """Whether settings that weval does not know itself may be meant for the adapter."""
    name = model.partition(":")[0]
    return name == "plugin" or name not in ADAPTERS


def _outside() -> dict[str, metadata.EntryPoint]:
    """Adapters of other packages, by the name of their entry point. Ours cannot be replaced."""
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINTS) if point.name not in ADAPTERS}


def families() -> dict[str, str]:
    """Name (with its reference) and description of every adapter, the outsiders' included."""
    ours = {f"{n}:{f.reference}" if f.reference else n: f.about for n, f in ADAPTERS.items()}
    return ours | {name: f"from {point.value}" for name, point in sorted(_outside().items())}
