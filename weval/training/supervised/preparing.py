"""The model and what it learns, ready for TRL's SFTTrainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weval.training.start import Training
from weval.training.supervised.lessons import Lesson
from weval.training.supervised.tokens import Tokenised, tokenised


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model with its tokenizer, what it is trained on, what it is tried on, and what was cut, in words."""

    model: Any
    tokenizer: Any
    train: Any
    held: Tokenised
    told: list[str]


def prepare(training: Training, train: Sequence[Lesson], held: Sequence[Lesson]) -> Prepared:
    """Opens the base and puts lessons into tokens; says how many were cut or left out. After `Training.claim`.

    A `small` base has a tokenizer made of what is trained on. Raises ConfigError, AdapterError for a base that cannot
    be trained, ResultError where nothing is left to learn.
    """
    from datasets import Dataset

    from weval.training.bases import open_base

    texts = dict.fromkeys(text for lesson in train for text in lesson.texts)
    model, tokenizer = open_base(training, texts=texts, task="lm")
    profile = training.profile
    found, tried = (tokenised(lessons, tokenizer, profile) for lessons in (train, held))
    told = found.told(profile.optimisation.max_tokens)
    for line in told:
        training.watcher.notice(line)
    return Prepared(model, tokenizer, Dataset.from_dict(found.columns), tried, told)
