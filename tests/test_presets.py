"""Every file in weval/presets/ is a whole preset: a data-only change is fully tested here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from weval.adapters import ADAPTERS
from weval.adapters.classifier.options import ClassifierOptions, HeadOptions
from weval.adapters.judge import JudgeOptions
from weval.adapters.judge.folder import read_judge
from weval.errors import ConfigError, DataError
from weval.presets import FOLDER, Preset, preset_names, read_preset, read_preset_file
from weval.settings import updated
from weval.textmodels import TextModelOptions, backend_of
from weval.types import Request, Requirement

OPTIONS: dict[str, Any] = {"classifier": ClassifierOptions, "judge": JudgeOptions}
"""The record behind the settings of each family."""

HALF = ("bfloat16", "float16")
PRESETS = {name: read_preset(name) for name in preset_names()}

REWARD_MODELS = {name: preset for name, preset in PRESETS.items() if preset.family == "classifier"}
JUDGES = {name: preset for name, preset in PRESETS.items() if preset.family == "judge"}

preset_param = pytest.mark.parametrize("name", PRESETS)
reward_model_param = pytest.mark.parametrize("name", REWARD_MODELS)
judge_param = pytest.mark.parametrize("name", JUDGES)


def options(preset: Preset) -> HeadOptions:
    """The settings as the adapter of a reward model gets them."""
    return updated(ClassifierOptions(), preset.strings())


def asked_about(requirement: Requirement | None) -> Request:
    """A request for all requirements, or for one."""
    requirements = (Requirement(id="c1", text="Be brief."), Requirement(id="c2", text="Be kind."))
    return Request("1", "g", "Write. Be brief. Be kind.", "Write.", "en", requirements, ("Hi {query}.",), requirement)


def test_the_room_holds_presets_only() -> None:
    others = {path.name for path in FOLDER.iterdir() if path.suffix != ".yaml"} - {"__pycache__"}
    assert others == {"__init__.py"}
    assert {f"{name}.yaml" for name in PRESETS} == {path.name for path in FOLDER.glob("*.yaml")}


@preset_param
def test_a_name_is_short_and_no_family(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9.-]{1,29}", name)
    assert name not in ADAPTERS


@preset_param
def test_settings_are_those_of_the_family(name: str) -> None:
    preset = PRESETS[name]
    record = OPTIONS[preset.family]
    assert updated(record(), preset.strings()) == record(**preset.settings)


@reward_model_param
def test_settings_of_reward_models_make_sense_together(name: str) -> None:
    preset, chosen = PRESETS[name], options(PRESETS[name])
    assert "unit" in preset.settings, "what one score is about is said, not left to a default"
    chosen.check(preset.reference or "a folder")


@reward_model_param
def test_a_preset_says_where_it_comes_from_and_what_it_needs(name: str) -> None:
    preset = PRESETS[name]
    if preset.reference is None:
        assert preset.memory_gb is None
        return
    assert preset.source == f"https://huggingface.co/{preset.reference}"
    assert preset.parameters_b and preset.memory_gb
    assert options(preset).dtype in HALF
    assert preset.memory_gb == pytest.approx(2 * preset.parameters_b, abs=0.11)


@reward_model_param
def test_no_text_is_longer_than_the_model_was_made_for(name: str) -> None:
    preset, length = PRESETS[name], options(PRESETS[name]).max_length
    assert length is None or (preset.context is not None and length <= preset.context)


def test_no_two_presets_are_the_same_model_with_the_same_settings() -> None:
    seen: dict[str, str] = {}
    for name, preset in PRESETS.items():
        key = f"{preset.reference} {updated(OPTIONS[preset.family](), preset.strings()).model_dump_json()}"
        assert key not in seen, f"{name} is {seen[key]}"
        seen[key] = name


@reward_model_param
def test_code_of_a_repository_waits_for_a_commit_of_the_users_choice(name: str) -> None:
    chosen = options(PRESETS[name])
    assert isinstance(chosen, ClassifierOptions)
    assert chosen.remote_code == chosen.head.startswith("remote_")
    if chosen.remote_code:
        assert chosen.revision is None


@judge_param
def test_a_judge_says_what_it_is_asked_and_whose_terms_hold(name: str) -> None:
    preset = PRESETS[name]
    assert preset.reference
    backend, model = backend_of(preset.reference)
    chosen = updated(JudgeOptions(), preset.strings())
    chosen.check()
    folder = read_judge(str(preset.settings["prompt"]))
    folder.check(chosen.answer)
    used = {key for key in preset.settings if key in TextModelOptions.model_fields}
    assert used <= backend.uses
    if preset.endpoint:
        assert chosen.key_env and (chosen.base_url or preset.endpoint) == preset.endpoint
        assert "terms" in preset.licence
        price = preset.price
        assert price and price.as_of and price.source, "a price has a date and a source"
    else:
        assert preset.source == f"https://huggingface.co/{model}"
        assert preset.parameters_b and preset.memory_gb == pytest.approx(2 * preset.parameters_b, abs=0.11)


def test_the_papers_judges_are_asked_and_read_as_the_paper_did() -> None:
    for name in ("qwen2.5-7b-judge", "qwen2.5-72b-judge", "writing-critic"):
        chosen = updated(JudgeOptions(), PRESETS[name].strings())
        assert chosen.wording == "official" and chosen.reads_as_released
        assert (chosen.temperature, chosen.stop) == (0.6, "<|eot_id|>")


def test_the_papers_text_is_the_one_it_was_trained_on() -> None:
    request = asked_about(Requirement(id="c1", text="Be brief."))
    start = (
        b"You need to determine whether the response adheres to this constraint. Only output  1 if it does, otherwise "
        b"only output  0.  Response: Hi {query}.. Constraint: "
    )
    paper = options(PRESETS["paper-rm"])
    assert paper.text(request).encode() == start + b"Be brief."
    assert options(PRESETS["paper-rm-whole"]).text(asked_about(None)).encode() == start + b"Write. Be brief. Be kind."
    assert (paper.unit, paper.head, paper.label, paper.bounded) == ("requirement", "class", 1, True)
    assert (paper.truncation, paper.max_length, paper.dtype) == ("right", None, "auto")
    assert paper.sends_special_tokens()


@pytest.mark.parametrize("name", ["skywork-rm", "skywork-rm-qwen3"])
def test_skywork_is_offered_for_both_units(name: str) -> None:
    whole, single = options(PRESETS[name]), options(PRESETS[f"{name}-requirement"])
    assert single == whole.model_copy(update={"unit": "requirement"})
    assert whole.messages(asked_about(None))[0]["content"] == "Write. Be brief. Be kind."
    assert single.messages(asked_about(Requirement(id="c2", text="Be kind.")))[0]["content"] == "Write. Be kind."
    assert [turn["role"] for turn in single.messages(asked_about(None))] == ["user", "assistant"]


def test_nemotron_is_asked_not_to_think() -> None:
    assert options(PRESETS["nemotron-32b"]).messages(asked_about(None)) == [
        {"role": "user", "content": "Write. Be brief. Be kind. /nothink"},
        {"role": "assistant", "content": "<think>\n\n</think>\n\nHi {query}."},
    ]


def test_gemma_2_does_without_sdpa() -> None:
    for name in ("skywork-v0.2-gemma-27b", "grm-gemma2-2b"):
        assert PRESETS[name].settings["attention"] == "eager"


def test_settings_are_strings_as_the_command_line_gives_them() -> None:
    assert PRESETS["armorm"].strings()["remote_code"] == "true"
    assert PRESETS["nemotron-70b"].strings()["label"] == "0"


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"unknown model 'skywork-rn'; did you mean skywork-rm"):
        read_preset("skywork-rn")


def test_a_bad_file_is_told_by_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("family: classifier\nabout: mine\nlicence: MIT\nsource: here\nmemory_gb: -1\nsize: 3\n")
    with pytest.raises(DataError) as found:
        read_preset_file(file)
    assert [problem.split(": ")[:2] for problem in found.value.problems] == [
        [f"{file}:5", "memory_gb"], [f"{file}:6", "size"],
    ]  # fmt: skip
