from __future__ import annotations

import pytest

from weval.adapters import family_settings, open_adapter, setting_names
from weval.adapters.judge import Judge, JudgeOptions
from weval.errors import ConfigError
from weval.leaderboard.trusted import distrusted
from weval.run import setting_lines


def test_it_is_the_judge_of_lm_eval() -> None:
    settings = {"temperature": "0", "prompt": "critic-10"}
    one = open_adapter("lm-eval:hf,pretrained=a/b,dtype=float32", settings)
    other = open_adapter("judge:lm-eval/hf", settings | {"model_args": "pretrained=a/b,dtype=float32"})
    assert isinstance(one, Judge) and isinstance(other, Judge)
    assert one.name == other.name == "lm-eval/hf"
    assert one.options == other.options
    assert one.fingerprint == other.fingerprint


def test_arguments_are_given_once() -> None:
    bare = open_adapter("lm-eval:hf", {"model_args": "pretrained=a/b"})
    assert bare.fingerprint == open_adapter("lm-eval:hf,pretrained=a/b", {}).fingerprint
    with pytest.raises(ConfigError, match="--set model_args: --model lm-eval:hf,… says them already"):
        open_adapter("lm-eval:hf,pretrained=a/b", {"model_args": "pretrained=c/d"})


def test_no_secret_is_written_down() -> None:
    with pytest.raises(ConfigError, match="reads keys from the environment"):
        open_adapter("lm-eval:local-chat-completions,model=m,api_key=sk-1", {})


def test_its_settings_are_those_of_its_backend() -> None:
    assert setting_names("lm-eval:hf,pretrained=x") == tuple(JudgeOptions.model_fields)
    assert setting_lines("lm-eval:hf,pretrained=x") == setting_lines("judge:lm-eval/hf")
    assert "base_url" not in family_settings("lm-eval", "hf") and "samples" in family_settings("lm-eval", "hf")
    with pytest.raises(ConfigError, match="--set base_url: has no effect with lm-eval/"):
        open_adapter("lm-eval:hf", {"base_url": "http://127.0.0.1:9/v1"})


def test_a_submission_that_names_one_is_not_repeated_unasked() -> None:
    assert [*distrusted("lm-eval:hf,pretrained=a/b", {})]
    assert [*distrusted("judge:lm-eval/hf", {"model_args": "pretrained=a/b"})]
