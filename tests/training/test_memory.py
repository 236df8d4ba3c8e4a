"""What a device holds, against what is known of models of this size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.test_estimate import SEVEN, found, gb
from tests.training.test_trl import paper
from weval.training import Profile, read_training
from weval.training.estimate import estimate
from weval.training.memory import texts_of_row


def test_seven_billion_weights_in_bfloat16_take_15_gb_on_one_device() -> None:
    memory = gb(found(hardware__gpus="1", policy__tensor_parallel="1", model__dtype="bfloat16"))
    assert memory["weights"] == pytest.approx(15.2, abs=0.05)


def test_training_in_float32_takes_sixteen_bytes_per_weight_divided_among_all() -> None:
    memory = gb(found())
    states = memory["weights"] + memory["gradients"] + memory["Adam"]
    assert states == pytest.approx(16 * SEVEN.parameters / 8 / 1e9)
    assert memory["reference"] == memory["weights"]


def test_an_adapter_needs_no_reference_and_hardly_any_optimiser() -> None:
    one = found(model__lora__rank="16", model__dtype="bfloat16")
    memory = gb(one)
    assert not one.divided and "reference" not in memory  # by DDP: each device has all
    assert memory["weights"] == pytest.approx(15.4, abs=0.1) and memory["Adam"] < 0.4
    assert one.trained == SEVEN.lora_parameters(paper(model__lora__rank="16").model.lora or pytest.fail())


def test_checkpointing_saves_activations() -> None:
    full, kept = (gb(found(optimisation__activation_checkpointing=said))["activations"] for said in ("false", "true"))
    assert full > 8 * kept


def test_the_cache_of_a_long_text_takes_more_than_a_gigabyte() -> None:
    assert SEVEN.cache_bytes * 24_000 == pytest.approx(1.38e9, rel=0.01)
    assert "on 2 devices vLLM has room for 152 texts of full length at once" in found().notes
    assert any("room for 0 texts" in note for note in found(policy__gpu_memory="0.05").notes)


def test_a_critic_doubles_what_is_trained() -> None:
    settings = {"policy__algorithm": "ppo", "policy__kl": "0"}
    assert gb(found(**settings))["Adam"] == pytest.approx(2 * gb(found())["Adam"])


def test_a_reward_model_has_no_head_over_the_vocabulary() -> None:
    profile = paper(reward_head__head="logit").model_copy(update={"policy": None})
    one = estimate(profile, Path("base"), 1000)
    assert one.parameters == SEVEN.parameters - SEVEN.vocabulary * SEVEN.hidden
    assert "logits" not in gb(one)


def test_frozen_layers_are_not_trained() -> None:
    recipe, _ = read_training("rm_bradley_terry")
    profile: Profile = recipe.profile("tiny", {"model.freeze_layers": "3"})
    one = estimate(profile, Path("base"), 100)
    assert one.trained is not None and one.parameters is not None and one.trained < one.parameters / 2


def test_a_row_is_a_text_a_pair_or_two_pairs() -> None:
    pairs = {"reward_head__unit": "requirement"}
    assert texts_of_row(paper()) == 1 and texts_of_row(paper(**pairs)) == 2
    assert texts_of_row(paper(**pairs, reward_head__objective="double-difference")) == 4
