"""Names into adapters."""

from __future__ import annotations

import importlib
import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tests.factories import write_rows
from weval import adapters
from weval.adapters import ADAPTERS, families, open_adapter, setting_names
from weval.adapters.baselines import Length
from weval.adapters.classifier import Classifier, ClassifierOptions
from weval.adapters.judge import Judge
from weval.errors import AdapterError, ConfigError, DataError
from weval.presets import preset_names, read_preset
from weval.run import setting_lines
from weval.types import Adapter


class Outsider:
    """What another package might offer."""

    unit = "response"

    def __init__(self, reference: str = "none", factor: str = "1") -> None:
        self.fingerprint = {"reference": reference, "factor": factor}

    def score(self, requests):
        return iter(())


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("outsider", f"{__name__}:Outsider", "weval.adapters"),
        EntryPoint("length", f"{__name__}:Outsider", "weval.adapters"),
        EntryPoint("gone", "no_such_package:Thing", "weval.adapters"),
    ]
    monkeypatch.setattr(adapters.metadata, "entry_points", lambda group: points)


@pytest.mark.parametrize("name", [name for name, family in ADAPTERS.items() if not family.reference])
def test_every_adapter_without_a_reference_opens_and_keeps_the_contract(name: str) -> None:
    adapter = open_adapter(name, {})
    assert isinstance(adapter, Adapter)
    assert adapter.fingerprint["adapter"]
    with pytest.raises(ConfigError, match=f"--model {name}:x: is written --model {name}"):
        open_adapter(f"{name}:x", {})


@pytest.mark.parametrize("name", [name for name, family in ADAPTERS.items() if family.reference])
def test_a_missing_reference_is_said_with_the_shape(name: str) -> None:
    for model in (name, f"{name}:"):
        with pytest.raises(ConfigError, match=f"--model {model}: is written --model {name}:{ADAPTERS[name].reference}"):
            open_adapter(model, {})


def test_settings_are_not_looked_for_in_a_preset_without_a_file() -> None:
    with pytest.raises(ConfigError, match="--model preset: is written --model preset:FILE"):
        setting_names("preset")


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_location_exists(name: str) -> None:
    module, _, attribute = ADAPTERS[name].location.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


def test_a_reference_may_hold_colons(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a:b.jsonl", [{"item_id": "i", "candidate_id": "a", "score": 1}])
    assert open_adapter(f"scores:{path}", {}).unit == "response"


@pytest.mark.parametrize(("name", "near"), [("lenght", "length"), ("Random", "random"), ("score:x", "scores")])
def test_an_unknown_name_gets_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean {near}"):
        open_adapter(name, {})


@pytest.mark.parametrize("name", ["", ":", "  ", "\x1b[31m"])
def test_a_name_of_nothing(name: str) -> None:
    with pytest.raises(ConfigError, match="unknown model") as caught:
        open_adapter(name, {})
    assert str(caught.value).isprintable()


def test_adapters_of_other_packages(outside: None) -> None:
    adapter = open_adapter("outsider:big", {"factor": "2"})
    assert adapter.fingerprint["own"] == {"reference": "big", "factor": "2"}
    assert open_adapter("outsider", {}).fingerprint["own"]["reference"] == "none"
    assert families()["outsider"] == f"from {__name__}:Outsider"


def test_ours_cannot_be_replaced(outside: None) -> None:
    assert isinstance(open_adapter("length", {}), Length)
    assert families()["length"] == ADAPTERS["length"].about


def test_a_package_that_cannot_be_loaded(outside: None) -> None:
    with pytest.raises(ConfigError, match="--model gone: cannot load no_such_package:Thing"):
        open_adapter("gone", {})


def test_a_setting_that_a_foreign_class_does_not_know(outside: None) -> None:
    with pytest.raises((ConfigError, AdapterError), match="colour"):
        open_adapter("outsider", {"colour": "red"})


def test_only_foreign_adapters_take_settings_that_weval_does_not_know() -> None:
    assert setting_names("length") == setting_names("scores:a.jsonl") == ()
    assert setting_names("plugin:a:B") is None
    assert setting_names("outsider:x") is None


PRESET = """\
family: keywords
about: words
licence: none
source: here
"""


def test_a_preset_is_its_family_with_settings_that_the_user_may_change() -> None:
    model = open_adapter("skywork-rm", {"max_length": "99"})
    assert isinstance(model, Classifier)
    assert model.reference == "Skywork/Skywork-Reward-V2-Llama-3.1-8B"
    assert (model.options.max_length, model.options.dtype, model.unit) == (99, "bfloat16", "response")
    assert open_adapter("skywork-rm", {"unit": "requirement"}).unit == "requirement"
    assert setting_names("skywork-rm") == tuple(ClassifierOptions.model_fields)


def test_a_reference_after_a_presets_name_takes_the_place_of_its_own() -> None:
    model = open_adapter("paper-rm:my/checkpoint", {})
    assert isinstance(model, Classifier)
    assert (model.reference, model.options.label) == ("my/checkpoint", 1)
    with pytest.raises(ConfigError, match="--model paper-rm: has no public weights; name yours"):
        open_adapter("paper-rm", {})


JUDGES_WITH_A_KEY = ("gpt-4o-judge", "claude-judge", "gemini-judge", "deepseek-judge")


@pytest.mark.parametrize("name", sorted(name for name in preset_names() if read_preset(name).family == "judge"))
@pytest.mark.parametrize("backend", ["server/x", "transformers/a/b", "openai/x", "anthropic/x", "inspect/mockllm/x"])
def test_a_judges_preset_runs_on_any_backend(name: str, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    if read_preset(name).reference.partition("/")[0] == backend.partition("/")[0]:
        return
    there = {"base_url": "http://127.0.0.1:9/v1"} if backend == "server/x" else {}
    monkeypatch.setattr("weval.textmodels.transformers.Transformers.fingerprint", {})
    model = open_adapter(f"{name}:{backend}", {"wording": "own", "parse": "strict"} | there)
    assert isinstance(model, Judge)
    options, settings = model.options, read_preset(name).settings
    assert (options.key_env, options.base_url) == (None, there.get("base_url"))
    assert options.temperature == settings.get("temperature") and options.prompt == settings["prompt"]
    assert (options.dtype == "bfloat16") == (backend.startswith("transformers") and "dtype" in settings)


@pytest.mark.parametrize("name", JUDGES_WITH_A_KEY)
def test_the_key_of_a_preset_is_shown_at_its_own_address_only(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = str(read_preset(name).settings["key_env"])
    monkeypatch.setenv(variable, "k")
    monkeypatch.setenv("MY_KEY", "mine")
    here = {"base_url": "http://127.0.0.1:9/v1"}
    own, elsewhere, said = (open_adapter(name, settings) for settings in ({}, here, here | {"key_env": "MY_KEY"}))
    assert isinstance(own, Judge) and isinstance(elsewhere, Judge) and isinstance(said, Judge)
    assert (own.options.key_env, elsewhere.options.key_env, said.options.key_env) == (variable, None, "MY_KEY")
    listed = setting_lines(f"{name}:inspect/mockllm/x")
    assert "key_env=" in listed and "base_url=" in listed


def test_a_preset_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(PRESET.replace("keywords", "classifier") + "reference: a/b\nsettings:\n  max_length: 7\n")
    model = open_adapter(f"preset:{path}", {})
    assert isinstance(model, Classifier)
    assert (model.reference, model.options.max_length) == ("a/b", 7)
    path.write_text(PRESET + "settings:\n  colour: red\n")
    with pytest.raises(ConfigError, match="unknown setting 'colour'"):
        open_adapter(f"preset:{path}", {})
    path.write_text(PRESET.replace("keywords", "classifier") + "reference: a/b\nsettings:\n  unit: pair\n")
    with pytest.raises(DataError, match=r"mine.yaml: settings: unit=pair: "):
        open_adapter(f"preset:{path}", {"head": "logit"})
    path.write_text(PRESET.replace("keywords", "magic"))
    with pytest.raises(ConfigError, match="unknown model 'magic'"):
        open_adapter(f"preset:{path}", {})
    path.write_text("family: [1]\n")
    with pytest.raises(DataError, match=r"mine.yaml:1: family: must be a string"):
        open_adapter(f"preset:{path}", {})
    with pytest.raises(DataError, match="no such file"):
        open_adapter(f"preset:{tmp_path / 'gone.yaml'}", {})


@pytest.mark.parametrize(
    "content",
    [
        {"family": "judge", "reference": "server/m", "settings": {"base_url": "https://evil.example/v1"}},
        {"family": "judge", "reference": "openai/m", "settings": {"base_url": "http://127.0.0.1.evil.example/v1"}},
        {"family": "judge", "reference": "server/m", "settings": {"base_url": "http://[::1/v1"}},
        {"family": "http", "reference": "https://evil.example/predict", "settings": {"unit": "response"}},
    ],
)
def test_a_file_that_says_who_is_asked_does_not_say_which_key_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    path = tmp_path / "theirs.yaml"
    said = {"about": "A model.", "licence": "none", "source": "here", **content}
    said["settings"] = {**content["settings"], "key_env": "OPENAI_API_KEY"}
    path.write_text(json.dumps(said))
    with pytest.raises(DataError, match=r"theirs\.yaml: settings: key_env: is not taken from a file that also"):
        open_adapter(f"preset:{path}", {})


def test_everything_is_described() -> None:
    assert set(families()) >= {"length", "random", "scores:FILE", "human:FILE", "plugin:MODULE:CLASS", "rules"}
    assert all(families().values())
