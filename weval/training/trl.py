"""A profile as TRL's configurations take it. One source of truth, rendered twice: the other is weval/training/verl.py.

What TRL cannot be told is in weval/training/differences.py. Keys are those of TRL 1.16 and transformers 5.24; a test
holds every one of them, and every row of the table of both, against their dataclasses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from weval.errors import ConfigError
from weval.training.sections import Policy, Profile, RewardHead


def common_arguments(profile: Profile, checkpoints: Path, devices: int = 1) -> dict[str, Any]:
    """What all of TRL's configurations share, as keyword arguments. `devices` are all processes of the run.

    Raises ConfigError where the batch is not made of whole micro batches on all devices.
    """
    return _common(profile, checkpoints, accumulation(profile.optimisation.batch, profile, devices))


def reward_arguments(profile: Profile, checkpoints: Path, devices: int = 1) -> dict[str, Any]:
    """For RewardConfig; a batch is of pairs. TRL leaves out pairs longer than max_length: cut them before."""
    head = profile.reward_head or RewardHead()
    return common_arguments(profile, checkpoints, devices) | {
        "max_length": profile.optimisation.max_tokens,
        "center_rewards_coefficient": head.centre or None,
    }


def sft_arguments(profile: Profile, checkpoints: Path, devices: int = 1) -> dict[str, Any]:
    """For SFTConfig; a batch is of texts, and the loss of the completion alone where texts have a prompt."""
    return common_arguments(profile, checkpoints, devices) | {
        "max_length": profile.optimisation.max_tokens,
        "packing": False,
        "shuffle_dataset": False,  # the recipe has shuffled
    }


def grpo_arguments(profile: Profile, checkpoints: Path, devices: int = 1) -> dict[str, Any]:
    """For GRPOConfig; the batch of a profile is of prompts, TRL's batches are of texts.

    Raises ConfigError for PPO, which TRL has no more, for groups of one, for rollouts that are not whole batches, and
    for checkpoints within a rollout.
    """
    policy = policy_of(profile)
    if policy.algorithm != "grpo":
        raise ConfigError(f"policy.algorithm={policy.algorithm}: TRL trains by grpo only; --export verl has ppo")
    if policy.group_size < 2:
        raise ConfigError(f"policy.group_size={policy.group_size}: grpo compares two texts per prompt, or more")
    saved_rollouts(profile)
    texts = profile.optimisation.batch * policy.group_size
    return _common(profile, checkpoints, accumulation(texts, profile, devices)) | {
        "num_generations": policy.group_size,
        "generation_batch_size": policy.rollout_prompts * policy.group_size,
        "num_iterations": 1,
        "temperature": policy.temperature,
        "top_p": 1.0,
        "top_k": 0,
        "max_completion_length": policy.max_response_tokens,
        "mask_truncated_completions": False,
        "beta": policy.kl,
        "use_bias_correction_kl": False,  # on by default; the source's KL has no such factor
        "epsilon": policy.clip,
        "loss_type": "bnpo",  # the mean over the tokens of a micro batch, as the source
        "scale_rewards": "group",
        **_engine(policy),
    }


def check(profile: Profile, devices: int) -> None:
    """Raises ConfigError for what a recipe's script would refuse, once so many processes were started."""
    (common_arguments if profile.policy is None else grpo_arguments)(profile, Path(), devices)


def _engine(policy: Policy) -> dict[str, Any]:
    """Who writes the rollouts."""
    if policy.engine == "transformers":
        return {"use_vllm": False}
    mode = {"use_vllm": True, "vllm_importance_sampling_correction": False}
    if policy.engine == "vllm-server":
        # The rest is said where the server is started: launching.vllm_server.
        return mode | {"vllm_mode": "server", "vllm_server_base_url": policy.server}
    return mode | {
        "vllm_mode": "colocate",
        "vllm_tensor_parallel_size": policy.tensor_parallel,
        "vllm_gpu_memory_utilization": policy.gpu_memory,
        "vllm_max_model_length": policy.max_prompt_tokens + policy.max_response_tokens,
        "vllm_enable_sleep_mode": True,  # or its memory and the training's would have to be there at once
    }


def policy_of(profile: Profile) -> Policy:
    """The section of a writer that is trained by rewards. Raises ConfigError where there is none."""
    if profile.policy is None:
        raise ConfigError("policy: the profile has no such section; only writers trained by rewards do")
    return profile.policy


def rollout_steps(profile: Profile) -> int:
    """Optimiser steps per rollout. Raises ConfigError where a rollout is not made of whole batches."""
    prompts, batch = policy_of(profile).rollout_prompts, profile.optimisation.batch
    if prompts % batch:
        raise ConfigError(f"policy.rollout_prompts={prompts}: is no multiple of optimisation.batch={batch}")
    return prompts // batch


def saved_rollouts(profile: Profile) -> int:
    """Rollouts between two checkpoints. Raises ConfigError where that is no whole number: texts of a rollout are not
    saved, so a run that goes on in the middle of one would be another run.
    """
    steps, every = rollout_steps(profile), profile.optimisation.save_every
    if every % steps:
        raise ConfigError(f"optimisation.save_every={every}: is no multiple of {steps}, the steps of a rollout")
    return every // steps


def accumulation(texts: int, profile: Profile, devices: int) -> int:
    """How many micro batches a device adds up for one optimiser step over so many texts. Raises ConfigError."""
    at_once = profile.optimisation.micro_batch * devices
    if texts % at_once:
        raise ConfigError(
            f"optimisation.batch: {texts} per step is no multiple of micro_batch={profile.optimisation.micro_batch} "
            f"times {devices} device{'s' if devices > 1 else ''}"
        )
    return texts // at_once


def _common(profile: Profile, checkpoints: Path, accumulated: int) -> dict[str, Any]:
    how = profile.optimisation
    return {
        "output_dir": str(checkpoints),
        "seed": profile.seed,
        "num_train_epochs": how.epochs if how.epochs is not None else 1.0,
        "max_steps": how.max_steps or -1,
        "learning_rate": how.learning_rate,
        "lr_scheduler_type": how.schedule,
        "warmup_steps": how.warmup,  # below 1 it is a share of the steps; transformers 5 has no warmup_ratio
        "weight_decay": how.weight_decay,
        "max_grad_norm": how.max_grad_norm,
        "per_device_train_batch_size": how.micro_batch,
        "gradient_accumulation_steps": accumulated,
        "bf16": how.bf16,
        "activation_checkpointing": how.activation_checkpointing,
        "save_strategy": "steps",
        "save_steps": how.save_every,
        "save_total_limit": how.keep_checkpoints,
        "logging_steps": how.log_every,
        "use_cpu": profile.hardware.gpus == 0,
        "report_to": "none",
        "disable_tqdm": True,
    }
