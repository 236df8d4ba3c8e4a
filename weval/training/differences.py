"""What a framework cannot be told of a profile: never silent, and readable by machines as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from weval.training.sections import Policy, Profile
from weval.types import Record, Text

Target = Literal["trl", "verl"]

NO_CLAMP = "the KL of a token counts as it is, where the source stops at 10"
COLOCATED_TOKENS = 4096
"""What TRL 1.16 gives vLLM in its own process (trl/generation/vllm_generation.py), whatever it is told."""


class Difference(Record):
    """One setting that a framework takes otherwise than the profile has it, or not at all.

    `changes` says what it is for: what is learnt, how fast and in how much memory, or only what is seen while it runs.
    """

    field: Text
    target: Target
    wanted: Text
    gets: Text
    changes: Literal["learning", "speed", "watching"]
    why: Text


def differences(profile: Profile, target: Target) -> list[Difference]:
    """What `target` does otherwise, what changes learning first.

    Of profiles without a policy there is nothing: what they set, TRL takes as it is.

    >>> from weval.training.recipe import read_training
    >>> paper = read_training("grpo_wrl")[0].profile("paper")
    >>> [one.field for one in differences(paper, "verl") if one.changes == "learning"]
    ['loss.average']
    """
    if profile.policy is None:
        return []
    found = list((_trl if target == "trl" else _verl)(profile, profile.policy))
    return sorted(found, key=lambda one: ("learning", "speed", "watching").index(one.changes))


def _trl(profile: Profile, policy: Policy) -> Iterator[Difference]:
    if policy.kl:
        yield Difference(
            field="policy.kl", target="trl", wanted="k3, at most 10 per token", gets="k3 without a limit",
            changes="learning", why=f"TRL has no setting for it; {NO_CLAMP}",
        )  # fmt: skip
    yield Difference(
        field="advantage.eps", target="trl", wanted="1e-6", gets="1e-4", changes="learning",
        why="added to the standard deviation of a group; TRL has it in its code",
    )  # fmt: skip
    if policy.experience_micro_batch != profile.optimisation.micro_batch:
        yield Difference(
            field="policy.experience_micro_batch", target="trl", wanted=str(policy.experience_micro_batch),
            gets=str(profile.optimisation.micro_batch), changes="speed",
            why="TRL takes log-probabilities in the micro batches that it trains in",
        )  # fmt: skip
    if policy.engine == "vllm-colocate":
        yield from _colocated(policy)
    if policy.engine != "transformers":
        yield Difference(
            field="reference.offload", target="trl", wanted="in main memory", gets="on the GPUs, in shares",
            changes="speed", why="FSDP2 and ZeRO-3 divide it as they do the policy",
        )  # fmt: skip
        yield Difference(
            field="padding", target="trl", wanted="none", gets="micro batches are padded", changes="speed",
            why="TRL's GRPOTrainer has no padding-free batches",
        )  # fmt: skip
    yield Difference(
        field="policy.validation_temperature", target="trl", wanted=f"{policy.validation_temperature:g}, at each save",
        gets="held prompts, before and after training", changes="watching",
        why="TRL's evaluation samples as training does; the recipe measures by itself",
    )  # fmt: skip


def _colocated(policy: Policy) -> Iterator[Difference]:
    """What vLLM is not told in TRL's own process; a server of its own is (engine: vllm-server)."""
    if policy.max_batched_tokens not in (None, COLOCATED_TOKENS):
        yield Difference(
            field="policy.max_batched_tokens", target="trl", wanted=str(policy.max_batched_tokens),
            gets=str(COLOCATED_TOKENS), changes="speed",
            why="fixed in TRL's code for vllm-colocate; --set policy.engine=vllm-server takes it",
        )  # fmt: skip
    if not policy.chunked_prefill:
        yield Difference(
            field="policy.chunked_prefill", target="trl", wanted="off", gets="on, vLLM's default", changes="speed",
            why="no setting for vllm-colocate; --set policy.engine=vllm-server takes it",
        )  # fmt: skip


def _verl(profile: Profile, policy: Policy) -> Iterator[Difference]:
    how, lora = profile.optimisation, profile.model.lora
    yield Difference(
        field="loss.average", target="verl", wanted="over the tokens of a micro batch",
        gets="over the tokens of the batch of a step", changes="learning",
        why="token-mean is over all devices and micro batches; a micro batch of long texts weighs more",
    )  # fmt: skip
    if lora is not None and lora.dropout:
        yield Difference(
            field="model.lora.dropout", target="verl", wanted=f"{lora.dropout:g}", gets="0", changes="learning",
            why="veRL's FSDP engine has no setting for it",
        )  # fmt: skip
    if not how.bf16:
        yield Difference(
            field="optimisation.bf16", target="verl", wanted="off", gets="on", changes="learning",
            why="veRL's FSDP engine computes in bfloat16 or float16",
        )  # fmt: skip
    if policy.engine == "transformers":
        yield Difference(
            field="policy.engine", target="verl", wanted="transformers", gets="vllm", changes="speed",
            why="veRL writes by vLLM or SGLang only",
        )  # fmt: skip
    if profile.reward is not None:
        yield Difference(
            field="reward.alarms", target="verl", wanted="alarms and statistics", gets="veRL's own metrics",
            changes="watching", why="what watches for cheating runs in our reward functions for TRL only",
        )  # fmt: skip
