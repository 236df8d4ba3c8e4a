"""Every key of --set: of runs, of each family of adapters, of benchmarks, servers, builds and trainings."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from pydantic import BaseModel

from weval.adapters import ADAPTERS
from weval.agree import AgreeOptions
from weval.annotate import AnnotateOptions
from weval.bench.catalogue import CLASSES, benchmark_class
from weval.bench.construction.criteria import CriteriaOptions
from weval.bench.construction.preferences import PreferencesOptions
from weval.bench.construction.queries import QueriesOptions
from weval.bench.options import BenchOptions
from weval.build.recipe import Recipe
from weval.compare import CompareOptions
from weval.leaderboard.card import Card
from weval.run import Settings
from weval.serving.options import ServeOptions
from weval.textmodels import TEXT_MODELS, TextModelOptions
from weval.training.sections import Profile
from weval_site import records
from weval_site.markdown import MADE, code, docstring, table

VERBS: dict[str, tuple[str, type[BaseModel]]] = {
    "weval compare": ("", CompareOptions),
    "weval agree": ("Beside these, what reads a file of items takes.", AgreeOptions),
    "weval annotate": ("Beside these, what reads a file of items takes.", AnnotateOptions),
    "weval serve": ("Beside these, the settings of the model.", ServeOptions),
    "weval submit": ("What is said of a model. In a terminal, what is missing is asked for.", Card),
    "weval bench queries": ("Beside these, the settings of a text model.", QueriesOptions),
    "weval bench criteria": ("Beside these, the settings of a text model.", CriteriaOptions),
    "weval bench preferences": ("Beside these, the settings of the judge.", PreferencesOptions),
}
"""Verbs with settings of their own."""


def page() -> str:
    """The page."""
    return MADE + "".join(_parts())


def _parts() -> Iterator[str]:
    yield "# Settings\n\nWhat `--set KEY=VALUE` takes. `weval list settings` prints those of a run, and `weval list "
    yield "settings MODEL` those that a model takes beside them, with the values of its preset.\n\n"
    yield f"## Every run\n\n`weval run`, whatever the model.\n\n{records.settings(Settings)}"
    yield from _families()
    yield from _text_models()
    yield from _benchmarks()
    for verb, (said, record) in VERBS.items():
        yield f"## {verb}\n\n{said}\n\n{records.settings(record)}"
    yield "## weval build\n\nFields of a recipe, in its file or by `--set`. Those of `…settings` are the settings of a "
    yield f"text model.\n\n{records.described(_of_build())}"
    yield "## weval train\n\nFields of a profile. Which sections there are is the recipe's choice.\n\n"
    yield records.described(records.sectioned(Profile))


def _of_build() -> Iterator[tuple[str, str, str, str]]:
    """The fields of a recipe; the settings of its writers are told elsewhere."""
    seen = set()
    for row in records.sectioned(Recipe):
        section, found, _ = row[0].strip("`").partition(".settings.")
        if not found:
            yield row
        elif section not in seen:
            seen.add(section)
            yield code(f"{section}.settings"), "settings", "–", "what --set takes for a text model"


def families() -> dict[str, type[BaseModel]]:
    """The record of each family of adapters that has settings."""
    found = {}
    for name, family in ADAPTERS.items():
        if family.options:
            module, _, record = family.options.partition(":")
            found[name] = getattr(importlib.import_module(module), record)
    return found


def _families() -> Iterator[str]:
    told: dict[type[BaseModel], str] = {}
    for name, record in families().items():
        yield f"## Models: {name}\n\n{ADAPTERS[name].about[0].upper()}{ADAPTERS[name].about[1:]}.\n\n"
        if record in told:
            yield f"As [{told[record]}](#models-{told[record]}).\n\n"
            continue
        told[record] = name
        yield docstring(record) + records.settings(record)


def _text_models() -> Iterator[str]:
    yield "## Text models\n\nWriters of `weval bench` and `weval build`. A judge has them among its own settings.\n\n"
    yield records.settings(TextModelOptions)
    yield "Which backend has a use for which; another one says that it has none.\n\n"
    names = list(TextModelOptions.model_fields)
    rows = ([code(name), *("yes" if name in b.uses else "no" for b in TEXT_MODELS.values())] for name in names)
    yield table([code("--set"), *(f"{name}/" for name in TEXT_MODELS)], rows)


def _benchmarks() -> Iterator[str]:
    yield "## Benchmarks\n\n`weval bench NAME` takes these, those of the benchmark below, and the settings of a text "
    yield "model for the two who are asked, as `writer.temperature` and `judge.max_tokens`; those of `--reward` begin "
    yield f"with `reward.`.\n\n{records.settings(BenchOptions)}"
    for name in sorted(CLASSES):
        options = benchmark_class(name).options_type
        own = set(options.model_fields) - set(BenchOptions.model_fields)
        if own:
            yield f"### {name}\n\n{records.settings(options, own.__contains__)}"
