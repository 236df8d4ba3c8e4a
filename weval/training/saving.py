"""The model that training came to: whole or not at all, without optimizer and pickles, LoRA put into its weights."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weval.adapters.classifier.loading import explained
from weval.files import part_of
from weval.repository import located
from weval.training.bases import Task, load, where
from weval.training.start import Training, in_step

if TYPE_CHECKING:
    from transformers import Trainer

PICKLED = ("training_args.bin",)
"""What a trainer puts beside a model and nobody should load: pickles, with paths of this machine in them."""


def save_model(training: Training, trainer: Trainer) -> None:
    """Writes the model and its tokenizer to `training.model`. To be called by all processes: each has a part of it.

    Raises AdapterError where a LoRA base cannot be opened again.
    """
    part = part_of(training.model)
    if training.is_main:
        shutil.rmtree(part, ignore_errors=True)
    in_step()
    trainer.save_model(str(part))
    in_step()
    if not training.is_main:
        return
    for name in PICKLED:
        (part / name).unlink(missing_ok=True)
    if (part / "adapter_config.json").is_file():
        merge(training, part, trainer.model)
    shutil.rmtree(training.model, ignore_errors=True)
    part.replace(training.model)


def merge(training: Training, folder: Path, trained: Any) -> None:  # noqa: ANN401 - PEFT's
    """Puts a LoRA adapter in a folder into the weights of its base, and leaves the whole model there.

    So that it can be opened by whatever opens models; the adapter by itself is in each checkpoint.
    """
    from peft import PeftModel

    about = training.profile.model
    task: Task = "classifier" if training.recipe.kind == "reward_model" else "lm"
    base = located(where(about.base, training.base), about.revision)
    model, tokenizer = load(base, about, task, labels=trained.config.num_labels, seed=training.profile.seed)
    with explained(about.base, "with its LoRA"):
        merged: Any = PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    shutil.rmtree(folder)
    merged.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
