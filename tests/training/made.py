"""A training recipe made on the spot: a reward model of six thousand weights that learns to like one word."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from weval.training.curve import read_curve
from weval.training.outcome import TrainingResult

CURVE_LENGTH = 10
"""Steps."""

PROFILE = """
    seed: 3
    model: {base: small, dtype: float32, small: {vocabulary: 300, hidden: 32, layers: 2, heads: 2}}
    data: {source: made}
    optimisation:
      {max_steps: 10, learning_rate: 0.01, schedule: linear, batch: 4, micro_batch: 2, bf16: false,
       activation_checkpointing: false, save_every: 4}
    reward_head: {unit: response, wire: "{response}"}
"""

RECIPE = f"""
name: likes-cats
title: A model that likes cats
about: For tests.
kind: reward_model
published:
  optimisation.learning_rate: {{value: 0.01, source: a test}}
profiles:
  tiny:{PROFILE}
  paper:{PROFILE}
"""

SCRIPT = f'''"""Learns to like cats."""

import sys
from pathlib import Path

from weval.training import begin


def main() -> None:
    """The same command goes on."""
    with begin(Path(__file__).parent) as training:
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})  # some packages bring a `tests` of their own
        from tests.training.made import learn

        learn(training)


if __name__ == "__main__":
    main()
'''


def make_recipe(folder: Path) -> Path:
    """A recipe's folder."""
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "train.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "README.md").write_text("# Cats\n", encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Cats:
    """A run of the recipe: the recipe's folder, its own, and what came of it."""

    recipe: Path
    out: Path
    result: TrainingResult


def same_curves(one: Path, other: Path) -> None:
    """Asserts that two runs have the same curve, but for how long they took."""
    for left, right in zip(read_curve(one / "curve.jsonl"), read_curve(other / "curve.jsonl"), strict=True):
        assert {**left, "seconds": 0} == pytest.approx({**right, "seconds": 0}, rel=1e-6, abs=1e-6)


TEXTS = [f"a {animal} {n} {verb}" for n in range(20) for animal in ("cat", "dog") for verb in ("sat", "ran")]


def learn(training, texts=TEXTS, **events) -> None:
    """Trains from wherever the run stands, and finishes. `events` are further callbacks' methods, by name."""
    training.claim({"texts": "0" * 64})
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import RewardConfig, RewardTrainer

    from weval.training.bases import open_base
    from weval.training.curve import callbacks, train
    from weval.training.finishing import finish_reward_model
    from weval.training.trl import reward_arguments

    model, tokenizer = open_base(training, texts=texts, task="classifier")
    cats, dogs = ([text for text in texts if animal in text] for animal in ("cat", "dog"))
    rows = [
        {"chosen_ids": tokenizer(cat)["input_ids"], "rejected_ids": tokenizer(dog)["input_ids"]}
        for cat, dog in zip(cats, dogs, strict=True)
    ]
    trainer = RewardTrainer(
        model=model,
        args=RewardConfig(**reward_arguments(training.profile, training.checkpoints, training.devices)),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[*callbacks(training), type("More", (TrainerCallback,), events)()],
    )
    train(training, trainer)
    settings = {"unit": "response", "wire": "{response}", "max_length": "64", "truncation": "right"}
    finish_reward_model(training, trainer, settings=settings, notes=["Cats are better."])
