"""The table of one source of truth: a released setting, and how TRL and veRL say it. `None` is what cannot be said."""

from __future__ import annotations

from typing import Any, NamedTuple


class Mapped(NamedTuple):
    """A row: what the released configuration calls it, the keys for TRL, those for veRL.

    `differs` are the fields under which `differences` tells what a side cannot say.
    """

    released: str
    trl: dict[str, Any]
    verl: dict[str, Any]
    differs: dict[str, str] = {}  # noqa: RUF012 - read only


ACTOR, ROLLOUT, REFERENCE = (f"actor_rollout_ref.{part}" for part in ("actor", "rollout", "ref"))

TABLE = (
    Mapped("rollout_batch_size 384", {"generation_batch_size": 1920}, {"data.train_batch_size": 384}),
    Mapped(
        "global_batch_size 96",
        {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 30},  # times 8 devices: 480 texts
        {f"{ACTOR}.ppo_mini_batch_size": 96},
    ),
    Mapped(
        "micro_batch_size_per_device_for_update 2",
        {"per_device_train_batch_size": 2},
        {f"{ACTOR}.ppo_micro_batch_size_per_gpu": 2},
    ),
    Mapped(
        "micro_batch_size_per_device_for_experience 8",
        {},
        {f"{ROLLOUT}.log_prob_micro_batch_size_per_gpu": 8, f"{REFERENCE}.log_prob_micro_batch_size_per_gpu": 8},
        {"trl": "policy.experience_micro_batch"},
    ),
    Mapped("n 5", {"num_generations": 5}, {f"{ROLLOUT}.n": 5}),
    Mapped("tensor_parallel_size 2", {"vllm_tensor_parallel_size": 2}, {f"{ROLLOUT}.tensor_model_parallel_size": 2}),
    Mapped(
        "max_num_batched_tokens 25000",
        {},
        {f"{ROLLOUT}.max_num_batched_tokens": 25000},
        {"trl": "policy.max_batched_tokens"},
    ),
    Mapped(
        "enable_chunked_prefill false",
        {},
        {f"{ROLLOUT}.enable_chunked_prefill": False},
        {"trl": "policy.chunked_prefill"},
    ),
    Mapped(
        "gpu_memory_utilization 0.8",
        {"vllm_gpu_memory_utilization": 0.8, "vllm_enable_sleep_mode": True},
        {f"{ROLLOUT}.gpu_memory_utilization": 0.8},
    ),
    Mapped("temperature 1.0", {"temperature": 1.0}, {f"{ROLLOUT}.temperature": 1.0}),
    Mapped(
        "max_prompt_length 12000",  # TRL has no limit of its own: the recipe leaves longer prompts out
        {"vllm_max_model_length": 24000},
        {"data.max_prompt_length": 12000, "data.filter_overlong_prompts": True, f"{ROLLOUT}.max_model_len": 24000},
    ),
    Mapped("max_response_length 12000", {"max_completion_length": 12000}, {"data.max_response_length": 12000}),
    Mapped(
        "lr 1e-6, constant, no warm-up, decay 1e-2",
        {"learning_rate": 1e-6, "lr_scheduler_type": "constant", "warmup_steps": 0.0, "weight_decay": 0.01},
        {
            f"{ACTOR}.optim.lr": 1e-6,
            f"{ACTOR}.optim.lr_scheduler_type": "constant",
            f"{ACTOR}.optim.lr_warmup_steps_ratio": 0.0,
            f"{ACTOR}.optim.weight_decay": 0.01,
        },
    ),
    Mapped(
        "max_grad_norm 1.0, clip ratio 0.2",
        {"max_grad_norm": 1.0, "epsilon": 0.2},
        {
            f"{ACTOR}.optim.clip_grad": 1.0,
            f"{ACTOR}.clip_ratio": 0.2,
            f"{ACTOR}.clip_ratio_low": 0.2,
            f"{ACTOR}.clip_ratio_high": 0.2,
        },
    ),
    Mapped(
        "kl_loss_coef 1e-2, low_var_kl, clamped",
        {"beta": 0.01, "use_bias_correction_kl": False},
        {
            f"{ACTOR}.use_kl_loss": True,
            f"{ACTOR}.kl_loss_coef": 0.01,
            f"{ACTOR}.kl_loss_type": "low_var_kl",
            "algorithm.use_kl_in_reward": False,
        },
        {"trl": "policy.kl"},
    ),
    Mapped(
        "loss: mean over the tokens of a micro batch",
        {"loss_type": "bnpo"},
        {f"{ACTOR}.loss_agg_mode": "token-mean"},
        {"verl": "loss.average"},
    ),
    Mapped(
        "advantage: mean and standard deviation of the group, eps 1e-6",
        {"scale_rewards": "group"},
        {"algorithm.adv_estimator": "grpo", "algorithm.norm_adv_by_std_in_grpo": True},
        {"trl": "advantage.eps"},
    ),
    Mapped(
        "no correction between training and inference",
        {"vllm_importance_sampling_correction": False},
        {"algorithm.rollout_correction.rollout_is": None, "algorithm.rollout_correction.rollout_rs": None},
    ),
    Mapped("no dual clip", {}, {f"{ACTOR}.clip_ratio_c": 1e6}),
    Mapped("total_episodes 5", {"num_train_epochs": 5.0}, {"trainer.total_epochs": 5}),
    Mapped(
        "save_freq 34, val_freq 34",
        {"save_steps": 136, "save_total_limit": 5},
        {"trainer.save_freq": 34, "trainer.test_freq": 34, "trainer.val_before_train": True},
    ),
    Mapped(
        "val temperature 0.5, n 1",
        {},
        {
            f"{ROLLOUT}.val_kwargs.temperature": 0.5,
            f"{ROLLOUT}.val_kwargs.do_sample": True,
            f"{ROLLOUT}.val_kwargs.n": 1,
        },
        {"trl": "policy.validation_temperature"},
    ),
    Mapped(
        "padding_free",
        {},
        {"actor_rollout_ref.model.use_remove_padding": True},
        {"trl": "padding"},
    ),
    Mapped(
        "ref: enable_cpu_offload",
        {},
        {f"{REFERENCE}.fsdp_config.param_offload": True},
        {"trl": "reference.offload"},
    ),
    Mapped(
        "enable_gradient_checkpointing",
        {"activation_checkpointing": True},
        {"actor_rollout_ref.model.enable_gradient_checkpointing": True},
    ),
    Mapped("weights in float32, arithmetic in bfloat16", {"bf16": True}, {f"{ACTOR}.fsdp_config.model_dtype": "fp32"}),
    Mapped("data.seed 1", {"seed": 1}, {"data.seed": 1, "data.shuffle": True}),
    Mapped("8 H200", {}, {"trainer.nnodes": 1, "trainer.n_gpus_per_node": 8}),
    Mapped("Qwen2.5-7B-Instruct", {}, {"actor_rollout_ref.model.path": "Qwen/Qwen2.5-7B-Instruct"}),
)
"""Of the released WRL/verl/examples/config.yaml (EasyR1) and what its framework does where that is silent."""
