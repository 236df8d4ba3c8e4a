"""A profile as veRL's command line takes it (python -m verl.trainer.main_ppo key=value …): GRPO, or PPO with a critic.

The other rendering of the same profile is weval/training/trl.py; what veRL cannot be told is in differences.py. Keys
are those of veRL 0.9.1; a test holds all of them against its own schema, where that is installed, and every row of the
table of both against the released settings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from weval.errors import ConfigError
from weval.training.bases import PACKAGE, SMALL
from weval.training.launching import devices_of
from weval.training.sections import Policy, Profile
from weval.training.trl import accumulation, policy_of, rollout_steps, saved_rollouts

Value = str | int | float | bool | tuple[str, ...] | None

VERSION = "0.9.1"
"""Of veRL, whose keys these are."""

NO_DUAL_CLIP = 1e6
"""veRL clips once more where an advantage is negative, from a ratio of 3 on; it can only be moved out of the way."""

ENDLESS_EPOCHS = 1000
"""Where only steps are said: more epochs than they can take."""

_PLAIN = re.compile(r"[\w./:@-]+")
_BEFORE_QUOTE = re.compile(r"(\\*)('|$)")
"""Hydra takes a backslash for itself, unless a quote follows those that stand in a row."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where a run's files lie, as veRL's workers see them. Without `val` nothing is validated.

    `reward` is a file with a function compute_score, or `pkg://` and a module; `reward_settings` are its further
    arguments.
    """

    train: str
    reward: str
    checkpoints: str
    val: str | None = None
    reward_settings: Mapping[str, Value] | None = None


def verl_arguments(profile: Profile, name: str, files: Files) -> dict[str, Value]:
    """All keys of a run and their values, in the order of veRL's own configuration. `name` is the experiment's.

    Raises ConfigError for what veRL cannot do at all; what it does otherwise is told by `differences`.
    """
    policy = policy_of(profile)
    _check(profile, policy)
    return {
        **_data(profile, policy, files),
        **_model(profile),
        **_actor(profile, policy),
        **_rollout(policy),
        **_reference(policy),
        **(_critic(profile, policy) if policy.algorithm == "ppo" else {}),
        **_algorithm(policy),
        **_reward(files),
        **_trainer(profile, name, files),
    }


def override(key: str, value: Value) -> str:
    """One `key=value` in Hydra's grammar; what is not plain is quoted.

    >>> override("trainer.logger", ("console",)), override("critic.enable", None), override("a.b", "it's 1, 2")
    ('trainer.logger=[console]', 'critic.enable=null', "a.b='it\\\\'s 1, 2'")
    """
    return f"{key}={_said(value)}"


def _said(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(map(_said, value))}]"
    if value is None:
        return "null"
    if isinstance(value, str) and (not _PLAIN.fullmatch(value) or value.lower() in ("null", "true", "false")):
        return f"'{_BEFORE_QUOTE.sub(_escaped, value)}'"
    return str(value)


def _escaped(found: re.Match[str]) -> str:
    return found[1] * 2 + ("\\'" if found[2] else "")


def _check(profile: Profile, policy: Policy) -> None:
    devices = devices_of(profile.hardware)
    if profile.optimisation.schedule == "linear":
        raise ConfigError("optimisation.schedule=linear: veRL has constant and cosine")
    if profile.model.base == SMALL or profile.model.base.startswith(PACKAGE):
        raise ConfigError(
            f"model.base={profile.model.base}: is made by our own train.py; veRL opens folders and the Hub"
        )
    if profile.model.revision:
        raise ConfigError("model.revision: veRL takes none; download it (hf download --revision), and name the folder")
    if policy.warm_start:
        raise ConfigError("policy.warm_start: is given by our own train.py; veRL begins with model.base as it is")
    if profile.model.freeze_layers:
        raise ConfigError("model.freeze_layers: veRL trains all layers, or a model.lora")
    if policy.algorithm == "grpo" and policy.group_size < 2:
        raise ConfigError(f"policy.group_size={policy.group_size}: grpo compares two texts per prompt, or more")
    if devices % policy.tensor_parallel:
        raise ConfigError(f"policy.tensor_parallel={policy.tensor_parallel}: does not divide {devices} devices")
    saved_rollouts(profile)
    accumulation(profile.optimisation.batch * policy.group_size, profile, devices)


def _data(profile: Profile, policy: Policy, files: Files) -> dict[str, Value]:
    return {
        "data.train_files": files.train,
        "data.val_files": files.val or files.train,  # it wants a file in any case
        "data.train_batch_size": policy.rollout_prompts,
        "data.max_prompt_length": policy.max_prompt_tokens,
        "data.max_response_length": policy.max_response_tokens,
        "data.filter_overlong_prompts": True,
        "data.truncation": "error",
        "data.shuffle": True,
        "data.seed": profile.data.shuffle_seed,
    }


def _model(profile: Profile) -> dict[str, Value]:
    model, lora = profile.model, profile.model.lora
    found: dict[str, Value] = {
        "actor_rollout_ref.model.path": model.base,
        "actor_rollout_ref.model.enable_gradient_checkpointing": profile.optimisation.activation_checkpointing,
        "actor_rollout_ref.model.use_remove_padding": True,
        "actor_rollout_ref.model.trust_remote_code": False,
    }
    if lora is not None:
        found |= {
            "actor_rollout_ref.model.lora_rank": lora.rank,
            "actor_rollout_ref.model.lora_alpha": lora.alpha,
            "actor_rollout_ref.model.target_modules": lora.targets,
            "actor_rollout_ref.rollout.load_format": "safetensors",  # the base under the adapter is not sent over
            "actor_rollout_ref.rollout.layered_summon": True,
        }
    return found


def _actor(profile: Profile, policy: Policy) -> dict[str, Value]:
    how, actor = profile.optimisation, "actor_rollout_ref.actor"
    in_loss = policy.algorithm == "grpo" and policy.kl > 0
    return {
        f"{actor}.ppo_mini_batch_size": how.batch,
        f"{actor}.ppo_micro_batch_size_per_gpu": how.micro_batch,
        f"{actor}.ppo_epochs": 1,
        f"{actor}.clip_ratio": policy.clip,
        f"{actor}.clip_ratio_low": policy.clip,  # both have values of their own, which would win
        f"{actor}.clip_ratio_high": policy.clip,
        f"{actor}.clip_ratio_c": NO_DUAL_CLIP,
        f"{actor}.loss_agg_mode": "token-mean",
        f"{actor}.entropy_coeff": 0,
        f"{actor}.use_kl_loss": in_loss,
        f"{actor}.kl_loss_coef": policy.kl if in_loss else 0.0,
        f"{actor}.kl_loss_type": "low_var_kl",
        f"{actor}.data_loader_seed": profile.seed,
        **_optimiser(f"{actor}.optim", profile, how.learning_rate, how.warmup),
        f"{actor}.fsdp_config.model_dtype": "fp32" if profile.model.dtype == "float32" else "bf16",
        f"{actor}.fsdp_config.param_offload": False,
        f"{actor}.fsdp_config.optimizer_offload": False,
    }


def _optimiser(where: str, profile: Profile, rate: float, warmup: float) -> dict[str, Value]:
    return {
        f"{where}.lr": rate,
        f"{where}.lr_scheduler_type": profile.optimisation.schedule,
        f"{where}.lr_warmup_steps_ratio": warmup,
        f"{where}.weight_decay": profile.optimisation.weight_decay,
        f"{where}.clip_grad": profile.optimisation.max_grad_norm,  # what the FSDP engine reads; grad_clip it does not
    }


def _rollout(policy: Policy) -> dict[str, Value]:
    rollout = "actor_rollout_ref.rollout"
    batched: dict[str, Value] = {}
    if policy.max_batched_tokens is not None:
        batched = {f"{rollout}.max_num_batched_tokens": policy.max_batched_tokens}
    return {
        f"{rollout}.name": "vllm",
        f"{rollout}.n": policy.group_size,
        f"{rollout}.temperature": policy.temperature,
        f"{rollout}.top_p": 1.0,
        f"{rollout}.top_k": -1,
        f"{rollout}.tensor_model_parallel_size": policy.tensor_parallel,
        f"{rollout}.gpu_memory_utilization": policy.gpu_memory,
        f"{rollout}.max_model_len": policy.max_prompt_tokens + policy.max_response_tokens,
        **batched,
        f"{rollout}.enable_chunked_prefill": policy.chunked_prefill,
        f"{rollout}.log_prob_micro_batch_size_per_gpu": policy.experience_micro_batch,
        f"{rollout}.val_kwargs.temperature": policy.validation_temperature,
        f"{rollout}.val_kwargs.do_sample": policy.validation_temperature > 0,
        f"{rollout}.val_kwargs.n": 1,
    }


def _reference(policy: Policy) -> dict[str, Value]:
    """The model that a policy is not to drift from; without KL there is none."""
    if not policy.kl:
        return {}
    return {
        "actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu": policy.experience_micro_batch,
        "actor_rollout_ref.ref.fsdp_config.param_offload": True,
    }


def _critic(profile: Profile, policy: Policy) -> dict[str, Value]:
    how = profile.optimisation
    return {
        "critic.model.path": profile.model.base,
        "critic.model.enable_gradient_checkpointing": how.activation_checkpointing,
        "critic.model.use_remove_padding": True,
        "critic.model.trust_remote_code": False,
        **_optimiser("critic.optim", profile, policy.critic_learning_rate, policy.critic_warmup),
        "critic.ppo_mini_batch_size": how.batch,
        "critic.ppo_micro_batch_size_per_gpu": how.micro_batch,
        "critic.fsdp.model_dtype": "fp32" if profile.model.dtype == "float32" else "bf16",
    }


def _algorithm(policy: Policy) -> dict[str, Value]:
    if policy.algorithm == "grpo":
        return {
            "algorithm.adv_estimator": "grpo",
            "algorithm.norm_adv_by_std_in_grpo": True,
            "algorithm.use_kl_in_reward": False,
            "algorithm.rollout_correction.rollout_is": None,
            "algorithm.rollout_correction.rollout_rs": None,
        }
    return {
        "algorithm.adv_estimator": "gae",
        "algorithm.gamma": 1.0,
        "algorithm.lam": 1.0,
        "algorithm.use_kl_in_reward": policy.kl > 0,
        "algorithm.kl_penalty": "kl",
        "algorithm.kl_ctrl.type": "fixed",
        "algorithm.kl_ctrl.kl_coef": policy.kl,
        "algorithm.rollout_correction.rollout_is": None,
        "algorithm.rollout_correction.rollout_rs": None,
    }


def _reward(files: Files) -> dict[str, Value]:
    """The function that rewards. Its further arguments are no keys of the schema, so they are added by a plus."""
    function = "reward.custom_reward_function"
    return {
        f"{function}.path": files.reward,
        f"{function}.name": "compute_score",
        **{f"+{function}.reward_kwargs.{key}": value for key, value in (files.reward_settings or {}).items()},
    }


def _trainer(profile: Profile, name: str, files: Files) -> dict[str, Value]:
    how, hardware = profile.optimisation, profile.hardware
    steps, every = rollout_steps(profile), saved_rollouts(profile)
    limit = {} if how.max_steps is None else {"trainer.total_training_steps": math.ceil(how.max_steps / steps)}
    epochs = how.epochs if how.epochs is not None else 1 if how.max_steps is None else ENDLESS_EPOCHS
    if epochs != int(epochs):
        raise ConfigError(f"optimisation.epochs={epochs:g}: veRL counts whole epochs; say optimisation.max_steps")
    return {
        "trainer.nnodes": hardware.nodes,
        "trainer.n_gpus_per_node": max(1, hardware.gpus),
        "trainer.total_epochs": int(epochs),
        **limit,
        "trainer.save_freq": every,
        "trainer.test_freq": every if files.val else -1,
        "trainer.val_before_train": files.val is not None,
        "trainer.max_actor_ckpt_to_keep": how.keep_checkpoints,
        "trainer.max_critic_ckpt_to_keep": how.keep_checkpoints,
        "trainer.default_local_dir": files.checkpoints,
        "trainer.resume_mode": "auto",
        "trainer.project_name": "weval",
        "trainer.experiment_name": name,
        "trainer.logger": ("console",),
    }
