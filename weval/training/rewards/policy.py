"""The policy and what it is trained on, ready for TRL's GRPOTrainer."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weval.errors import ConfigError
from weval.training.folder import COMPLETE
from weval.training.rewards.prompts import Example, Prompts, fitting, rows
from weval.training.rewards.warming import learn, learnt
from weval.training.sections import Policy, WarmStart
from weval.training.start import Training, in_step

WARM = "warm"
"""The folder of a training run with the policy as it begins, where it was given a little language first."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model with its tokenizer, and the data sets that TRL trains and measures it on."""

    model: Any
    tokenizer: Any
    train: Any
    held: Any


def prepare(training: Training, prompts: Prompts) -> Prepared:
    """Opens the policy and makes data sets of the prompts that it can read; says how many are too long.

    Raises ConfigError where none is left.
    """
    from datasets import Dataset

    from weval.training.bases import open_base

    # TRL 1.16 asks transformers for it by its old name, each time that it generates.
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
    policy = _policy(training)
    model, tokenizer = open_base(training, texts=prompts.texts, task="lm")
    short = {
        name: fitting(examples, tokenizer, policy.max_prompt_tokens, reasoning=policy.reasoning)
        for name, examples in {"train": prompts.train, "held": prompts.held}.items()
    }
    too_long = len(prompts.train) + len(prompts.held) - sum(map(len, short.values()))
    if too_long:
        training.watcher.notice(f"left out, as longer than {policy.max_prompt_tokens:,} tokens: {too_long:,} prompts")
    if len(short["train"]) < policy.rollout_prompts:
        raise ConfigError(
            f"policy.rollout_prompts={policy.rollout_prompts}: there are {len(short['train'])} prompts to train on"
        )
    if policy.warm_start:
        model = _warmed(training, model, tokenizer, short["train"], policy.warm_start)
    held = Dataset.from_list(rows(short["held"], reasoning=policy.reasoning)) if short["held"] else None
    return Prepared(model, tokenizer, Dataset.from_list(rows(short["train"], reasoning=policy.reasoning)), held)


def _warmed(
    training: Training,
    model: Any,  # noqa: ANN401 - transformers'
    tokenizer: Any,  # noqa: ANN401
    examples: Sequence[Example],
    how: WarmStart,
) -> Any:  # noqa: ANN401
    """The policy after its warm start, from its folder: there it is found again when the run goes on, and there TRL
    finds the reference model.
    """
    if training.profile.model.lora:
        raise ConfigError("policy.warm_start: trains all weights; leave out model.lora")
    folder = training.out / WARM
    if training.is_main and not (folder / COMPLETE).is_file():
        limit, n = _policy(training).max_response_tokens, how.steps * how.batch
        texts = list(learnt(examples, tokenizer, limit, n, training.profile.seed))
        if not texts:
            raise ConfigError(
                f"policy.warm_start: {training.profile.data.source} has no answers to learn to write from; "
                "items have, prompts have none"
            )
        losses = learn(model, texts, how)
        training.watcher.notice(f"warm start: loss {losses[0]:.2f} to {losses[-1]:.2f} in {how.steps} steps")
        model.save_pretrained(folder)
        (folder / COMPLETE).touch()  # last: a folder without it is made again
    in_step()
    return type(model).from_pretrained(folder, dtype=model.dtype)


def _policy(training: Training) -> Policy:
    if training.profile.policy is None:
        raise ConfigError("policy: the profile has no such section; a writer trained by rewards needs it")
    return training.profile.policy
