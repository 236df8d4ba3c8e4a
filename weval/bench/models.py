"""Who writes and who judges: models by name, with the settings that are theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from weval.adapters import open_adapter, preset_of, preset_settings
from weval.adapters.judge.options import JudgeOptions
from weval.bench.items import Step
from weval.bench.spec import Setting
from weval.bench.voice import Voice
from weval.errors import ConfigError, unknown
from weval.settings import updated
from weval.textmodels import TextModelOptions, backend_of, open_text_model
from weval.types import Adapter, TextModel

WRITER, JUDGE = "writer.", "judge."
"""How settings of the two begin: --set writer.temperature=0.7"""

_SETTING = re.compile(r"--set (\w+)")

PATIENCE: Mapping[str, Setting] = {"timeout_s": 3600.0, "give_up_after_s": 14400.0}
"""How long a writer may take unless the user says otherwise: a text of 32,768 tokens takes longer than a verdict."""


@dataclass(frozen=True)
class Named:
    """A text model as the user named it. `settings` are those of the user and, under them, of a preset: those of the
    model alone, as a benchmark asks in words of its own.
    """

    name: str
    reference: str
    settings: Mapping[str, str] = field(default_factory=dict)
    role: str = WRITER

    def opened(self, defaults: Mapping[str, Setting]) -> TextModel:
        """The model, sampled by the defaults where nobody said otherwise. Raises ConfigError."""
        backend, _ = backend_of(self.reference)
        base = TextModelOptions.model_validate(
            {name: value for name, value in defaults.items() if name in backend.uses}
        )
        try:
            return open_text_model(self.reference, updated(base, self.settings))
        except ConfigError as error:  # which speaks of settings as they are called where there is one model
            raise ConfigError(_SETTING.sub(rf"--set {self.role}\1", str(error))) from error


def named(name: str, settings: Mapping[str, str], role: str = WRITER) -> Named:
    """A writer or judge: `BACKEND/MODEL`, also as `judge:BACKEND/MODEL`, or a preset of a judge.

    Raises ConfigError for a name that is none of these.
    """
    reference = name.removeprefix("judge:")
    preset = preset_of(reference)
    if preset is None:
        backend_of(reference)  # says what it should be
        return Named(name, reference, settings, role)
    if preset.family != "judge" or not preset.reference:
        raise ConfigError(f"{name}: is a {preset.family}, which writes no text; name BACKEND/MODEL, as openai/gpt-4o")
    strings = preset_settings(preset, settings)
    own = {key: value for key, value in strings.items() if key in TextModelOptions.model_fields}
    return Named(name, preset.reference, own | dict(settings), role)


def wording_of(judge: str, prompt: str | None) -> Literal["own", "official"]:
    """The wording of a judge that was not told which: that of its preset, if the preset is for the very judge folder
    by which it is asked here. A critic was trained on the words of its own benchmark; of another it is asked in ours.
    """
    preset = preset_of(judge.removeprefix("judge:"))
    if preset is None or preset.family != "judge" or prompt is None:
        return "own"
    options = updated(JudgeOptions(), preset.strings())
    return options.wording if options.prompt == prompt else "own"


def shares(settings: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The settings of the writer, of the judge, and the others. Raises ConfigError for one that no text model has."""
    found: dict[str, dict[str, str]] = {WRITER: {}, JUDGE: {}, "": {}}
    for key, value in settings.items():
        owner = next(prefix for prefix in (WRITER, JUDGE, "") if key.startswith(prefix))
        name = key.removeprefix(owner)
        if owner and name not in TextModelOptions.model_fields:
            raise unknown("setting", key, [owner + field for field in TextModelOptions.model_fields])
        found[owner][name] = value
    return found[WRITER], found[JUDGE], found[""]


@dataclass(frozen=True)
class Cast:
    """Who does the steps of a run: the models of those that are to be asked, by step; None for one that is given."""

    steps: Mapping[str, TextModel | Adapter | None]
    voices: Mapping[str, Voice]

    def fingerprints(self, steps: tuple[Step, ...]) -> dict[str, Any]:
        """What could change a reply, step by step. A model is looked for now, and downloaded if need be."""
        found: dict[str, Any] = {}
        for step in steps:
            model = self.steps[step.name]
            about: dict[str, Any] = {} if model is None else {"model": dict(model.fingerprint)}
            if step.name in self.voices and model is not None:
                about |= self.voices[step.name].fingerprint
            found[step.name] = about
        return found


def rater(name: str, settings: Mapping[str, str]) -> Adapter:
    """A model that scores texts, as `weval run` takes it. Raises ConfigError for one that judges otherwise."""
    adapter = open_adapter(name, settings)
    if adapter.unit not in ("response", "pair") or adapter.reads_ids:
        raise ConfigError(f"{name}: judges by {adapter.unit}; here it takes one that judges a response, or a pair")
    return adapter
