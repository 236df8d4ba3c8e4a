from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.training.mapping import TABLE, Mapped
from weval.errors import ConfigError
from weval.training import Profile, read_training
from weval.training.trl import (
    accumulation,
    grpo_arguments,
    policy_of,
    reward_arguments,
    rollout_steps,
    sft_arguments,
)

OUT = Path("checkpoints")


def paper(**settings: str) -> Profile:
    """The paper's profile of grpo_wrl, with settings whose dots are written as two underscores."""
    return read_training("grpo_wrl")[0].profile(
        "paper", {key.replace("__", "."): said for key, said in settings.items()}
    )


@pytest.mark.parametrize("row", TABLE, ids=[row.released for row in TABLE])
def test_every_row_of_the_table_is_what_trl_is_told(row: Mapped) -> None:
    told = grpo_arguments(paper(), OUT, devices=8)
    assert {key: told.get(key) for key in row.trl} == row.trl


def test_the_papers_rollout_is_of_four_steps_by_trls_own_arithmetic(tmp_path: Path) -> None:
    from trl import GRPOConfig

    told = grpo_arguments(paper(), tmp_path, devices=8) | {"use_cpu": True}
    found = GRPOConfig(**told)
    assert found.world_size == 1 and found.steps_per_generation == 960  # by itself; 120 by eight processes
    assert found.steps_per_generation / 8 == 4 * found.gradient_accumulation_steps
    assert found.activation_checkpointing and found.bf16


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("GRPOConfig", grpo_arguments(paper(), OUT, 8)),
        ("GRPOConfig", grpo_arguments(paper(policy__engine="transformers"), OUT, 8)),
        ("GRPOConfig", grpo_arguments(paper(policy__engine="vllm-server"), OUT, 8)),
        ("RewardConfig", reward_arguments(paper(reward_head__centre="0.01"), OUT, 8)),
        ("SFTConfig", sft_arguments(paper(optimisation__max_tokens="2048"), OUT, 8)),
    ],
)
def test_every_key_is_a_field_and_the_value_is_kept(
    config: str, told: dict[str, object], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    import trl

    kind = getattr(trl, config)
    assert told.keys() <= {field.name for field in dataclasses.fields(kind)}
    found = kind(**told | {"output_dir": str(tmp_path), "use_cpu": True})
    for key, value in told.items():
        if key not in ("output_dir", "use_cpu", "lr_scheduler_type", "save_strategy", "report_to"):
            assert getattr(found, key) == value, key
    assert not [one for one in recwarn if "deprecated" in str(one.message)]


def test_a_share_of_warm_up_is_a_share_of_the_steps(tmp_path: Path) -> None:
    from trl import SFTConfig

    told = sft_arguments(paper(optimisation__warmup="0.1"), tmp_path, 8) | {"use_cpu": True}
    assert SFTConfig(**told).get_warmup_steps(200) == 20


def test_a_server_is_told_where_it_is_and_nothing_that_it_was_started_with() -> None:
    told = grpo_arguments(paper(policy__engine="vllm-server", policy__server="http://gpu2:8000"), OUT, 8)
    assert told["vllm_mode"] == "server" and told["vllm_server_base_url"] == "http://gpu2:8000"
    assert "vllm_gpu_memory_utilization" not in told and told["vllm_importance_sampling_correction"] is False


def test_a_reward_model_is_centred_only_where_it_is_asked_for() -> None:
    assert reward_arguments(paper(), OUT)["center_rewards_coefficient"] is None
    assert reward_arguments(paper(reward_head__centre="0.01"), OUT)["center_rewards_coefficient"] == 0.01


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"policy__algorithm": "ppo"}, "TRL trains by grpo only"),
        ({"policy__group_size": "1"}, "two texts per prompt"),
        ({"optimisation__batch": "100"}, "policy.rollout_prompts=384: is no multiple of optimisation.batch=100"),
        ({"optimisation__save_every": "10"}, "save_every=10: is no multiple of 4, the steps of a rollout"),
        ({"optimisation__micro_batch": "7"}, "480 per step is no multiple of micro_batch=7 times 8 devices"),
    ],
)
def test_what_makes_no_whole_batches_is_said(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        grpo_arguments(paper(**settings), OUT, 8)


def test_what_belongs_to_policies_needs_one() -> None:
    profile = paper().model_copy(update={"policy": None})
    with pytest.raises(ConfigError, match="no such section"):
        policy_of(profile)
    assert rollout_steps(paper()) == 4 and accumulation(480, profile, 8) == 30
