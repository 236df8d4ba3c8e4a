"""Prompts that a policy is trained on, and those held out: rows of `weval build prompts`, or queries of items."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from weval.build.records import TrainingPrompt
from weval.build.starting import given_task
from weval.errors import ConfigError
from weval.files import Problems, is_file, is_folder, read_jsonl
from weval.hashes import sha256_of
from weval.training.clean import clean, kept_hash
from weval.training.rewards.reasoned import SYSTEM
from weval.training.rewards.reward import ABOUT
from weval.training.start import Training
from weval.types import Item

BUILT = Path("prompts") / "prompts.jsonl"
"""Where a folder of `weval build` has its prompts."""


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt, and texts that were written to it, where the source has any."""

    prompt: TrainingPrompt
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is trained on, what is held out, and how many were left out for which reason.

    `hashes` name the files by what is in them.
    """

    train: tuple[Example, ...]
    held: tuple[Example, ...]
    hashes: dict[str, str]
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """All prompts and answers that are trained on: what a tokenizer is made of."""
        return [text for each in self.train for text in (each.prompt.prompt[-1].content, *each.answers)]


def read_prompts(training: Training) -> Prompts:
    """The prompts of a profile without items of tasks, shuffled: `train` of them first, then `holdout` held out.

    Raises DataError for a broken file and where nothing is left, ConfigError where there are too few.
    """
    data = training.profile.data
    examples, hashes = _source(data.source)
    examples, left_out = clean(examples, data.allow, data.overlap, texts=_texts, watcher=training.watcher)
    hashes |= kept_hash(example.prompt.id for example in examples)
    random.Random(data.shuffle_seed).shuffle(examples)
    n_train = data.train if data.train is not None else len(examples) - data.holdout
    if n_train < 1 or n_train + data.holdout > len(examples):
        raise ConfigError(
            f"data.train, data.holdout: {data.source} has {len(examples):,} prompts, which is not enough for "
            f"{max(1, n_train):,} to train on and {data.holdout:,} held out"
        )
    return Prompts(tuple(examples[:n_train]), tuple(examples[n_train : n_train + data.holdout]), hashes, left_out)


def _texts(example: Example) -> tuple[str, ...]:
    """What tells whether a prompt is an item of a task."""
    return example.prompt.instruction, example.prompt.prompt[-1].content


def fitting(examples: Sequence[Example], tokenizer: Any, limit: int, *, reasoning: bool) -> list[Example]:  # noqa: ANN401
    """The examples whose prompts, as the policy reads them, have at most so many tokens: TRL has no such limit."""
    return [each for each in examples if len(prompt_ids(each.prompt, tokenizer, reasoning=reasoning)) <= limit]


def prompt_ids(prompt: TrainingPrompt, tokenizer: Any, *, reasoning: bool) -> list[int]:  # noqa: ANN401
    """A prompt as the policy reads it, up to where it begins to write."""
    said = tokenizer.apply_chat_template(
        chat_of(prompt, reasoning=reasoning), add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return list(said["input_ids"])


def chat_of(prompt: TrainingPrompt, *, reasoning: bool) -> list[dict[str, str]]:
    """A prompt as turns of a chat; a reasoning policy is told the form that it has to keep to."""
    turns = [turn.model_dump() for turn in prompt.prompt]
    return [{"role": "system", "content": SYSTEM}, *turns] if reasoning else turns


def rows(examples: Iterable[Example], *, reasoning: bool) -> list[dict[str, Any]]:
    """Rows of a data set for TRL: the chat, and all of the prompt for whoever rewards."""
    return [
        {"prompt": chat_of(each.prompt, reasoning=reasoning), ABOUT: each.prompt.model_dump_json()} for each in examples
    ]


def _source(source: str) -> tuple[list[Example], dict[str, str]]:
    """Everything in a file of prompts, a folder of `weval build`, a file of items or a task."""
    path = Path(source)
    if is_folder(path) and is_file(path / BUILT):
        path = path / BUILT
    if is_file(path) and _has_prompts(path):
        problems = Problems(path)
        prompts = [prompt for _, prompt in read_jsonl(path, TrainingPrompt, problems)]
        problems.check()
        return [Example(prompt) for prompt in prompts], {source: sha256_of(path)}
    task = given_task(source, Path())
    return [_example(item) for item in task.items()], {source: task.sha256}


def _has_prompts(path: Path) -> bool:
    """Whether the first line is a prompt; what is wrong with it is told by who reads the file."""
    with path.open("rb") as file:
        try:
            first = from_json(file.readline(2**20))
        except ValueError:
            return False
    return isinstance(first, dict) and "prompt" in first and "candidates" not in first


def _example(item: Item) -> Example:
    """An item's full query as a prompt, and what its candidates wrote."""
    return Example(TrainingPrompt.of_item(item), tuple(candidate.response for candidate in item.candidates))
