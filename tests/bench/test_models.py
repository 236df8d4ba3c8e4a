"""Who writes and who judges: names, whose settings are whose, and what is a model here."""

from __future__ import annotations

from pathlib import Path

import pytest

from weval.bench.items import Step
from weval.bench.models import JUDGE, Cast, named, rater, shares, wording_of
from weval.bench.voice import Voice
from weval.errors import ConfigError


def test_settings_go_to_whom_they_are_for() -> None:
    given = {"writer.temperature": "1", "judge.temperature": "0", "judge.max_tokens": "9", "mode": "original"}
    assert shares(given) == ({"temperature": "1"}, {"temperature": "0", "max_tokens": "9"}, {"mode": "original"})


@pytest.mark.parametrize("key", ["writer.", "judge.prompt", "writer.samples", "judge.mode", "writer.writer.stop"])
def test_what_no_text_model_takes_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown setting '{key}'"):
        shares({key: "1"})


def test_a_name_is_a_backend_and_a_model_or_a_judge_s_preset() -> None:
    found = named("judge:server/m", {"temperature": "0"})
    assert (found.name, found.reference, dict(found.settings)) == ("judge:server/m", "server/m", {"temperature": "0"})
    critic = named("writing-critic-official", {"temperature": "0", "max_tokens": "5"})
    assert critic.reference == "vllm/AQuarterMile/WritingBench-Critic-Model-Qwen-7B"
    assert dict(critic.settings) == {"temperature": "0", "top_p": "0.95", "max_tokens": "5", "dtype": "bfloat16"}
    with pytest.raises(ConfigError, match="writing: a text model is written BACKEND/MODEL, as openai/gpt-4o"):
        named("writing", {})


def test_messages_name_settings_as_they_are_called_here() -> None:
    with pytest.raises(ConfigError, match=r"--set judge\.base_url"):
        named("server/m", {}, JUDGE).opened({})
    with pytest.raises(ConfigError, match=r"--set writer\.dtype: has no effect with server/"):
        named("server/m", {"base_url": "http://127.0.0.1:9/v1", "dtype": "float16"}).opened({})


def test_defaults_are_under_the_settings_and_only_where_the_backend_has_a_use_for_them() -> None:
    model = named("server/m", {"temperature": "1", "base_url": "http://127.0.0.1:9/v1"})
    opened = model.opened({"temperature": 0.5, "max_tokens": 7, "dtype": "float16"})
    assert opened.fingerprint["temperature"] == 1
    assert opened.fingerprint["max_tokens"] == 7
    assert "dtype" not in opened.fingerprint


@pytest.mark.parametrize(
    ("judge", "prompt", "wording"),
    [
        ("writing-critic-official", "critic-10", "official"),
        ("judge:writing-critic-official", "critic-10", "official"),
        ("writing-critic-official", "writing-quality-6", "own"),
        ("writing-critic-paper", "critic-10", "own"),
        ("openai/gpt-4o", "critic-10", "own"),
        ("writing-critic-official", None, "own"),
        ("skywork-rm", "critic-10", "own"),
    ],
)
def test_the_wording_is_the_preset_s_for_its_own_prompt_alone(judge: str, prompt: str | None, wording: str) -> None:
    assert wording_of(judge, prompt) == wording


def test_a_cast_knows_what_could_change_a_reply_step_by_step(tmp_path: Path) -> None:
    steps = (Step("texts", "writer"), Step("replies", "judge", prompt="writing-quality-6"))
    model = named("server/m", {"base_url": "http://127.0.0.1:9/v1"}).opened({})
    voices = {"replies": Voice.of("writing-quality-6")}
    found = Cast({"texts": model, "replies": model}, voices).fingerprints(steps)
    assert set(found["texts"]) == {"model"} and set(found["replies"]) == {"model", "judge", "sha256"}
    assert Cast({"texts": None, "replies": None}, voices).fingerprints(steps) == {"texts": {}, "replies": {}}


def test_a_rater_judges_a_response_or_a_pair() -> None:
    assert rater("length", {}).unit == "response"
    for name, said in (("keywords", "judges by requirement"), ("lenght", "unknown model")):
        with pytest.raises(ConfigError, match=said):
            rater(name, {})
