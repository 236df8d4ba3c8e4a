"""The policy, warm and with data that it can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.rewards.tea import make_prompt, make_training, write_tea
from weval.errors import ConfigError
from weval.training.rewards.policy import prepare
from weval.training.rewards.prompts import read_prompts

FEW = ("policy.warm_start.steps=2", "policy.warm_start.batch=2")


def test_a_warm_policy_is_found_again(tmp_path: Path) -> None:
    training = make_training(tmp_path / "out", write_tea(tmp_path), *FEW)
    prompts = read_prompts(training)
    first = prepare(training, prompts)
    written = (training.out / "warm" / "model.safetensors").stat().st_mtime_ns
    again = prepare(training, prompts)
    assert (training.out / "warm" / "model.safetensors").stat().st_mtime_ns == written
    assert first.model.config._name_or_path == str(training.out / "warm")  # where TRL finds the reference model
    for one, other in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert one.equal(other)
    assert (len(first.train), len(first.held)) == (8, 4)
    assert first.train.column_names == ["prompt", "about"]


def test_a_half_warmed_policy_is_warmed_again(tmp_path: Path) -> None:
    training = make_training(tmp_path / "out", write_tea(tmp_path), *FEW)
    prompts = read_prompts(training)
    prepare(training, prompts)
    (training.out / "warm" / "complete").unlink()
    (training.out / "warm" / "model.safetensors").write_bytes(b"half")
    prepare(training, prompts)


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    source = write_tea(tmp_path)
    training = make_training(tmp_path / "out", source, *FEW, "policy.max_prompt_tokens=3")
    with pytest.raises(ConfigError, match=r"policy\.rollout_prompts=4: there are 0 prompts"):
        prepare(training, read_prompts(training))
    training = make_training(tmp_path / "lora", source, *FEW, "model.lora.rank=2")
    with pytest.raises(ConfigError, match=r"leave out model\.lora"):
        prepare(training, read_prompts(training))
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(make_prompt(f"p{n}").model_dump_json() + "\n" for n in range(12)))
    training = make_training(tmp_path / "answers", prompts, *FEW)
    with pytest.raises(ConfigError, match="has no answers to learn to write from"):
        prepare(training, read_prompts(training))
