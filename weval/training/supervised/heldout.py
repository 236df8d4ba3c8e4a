"""What training did for texts that it did not see: their loss before and after, paired over texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np

from weval.estimates import means
from weval.files import read_json, write_json, write_text
from weval.training.rewards.heldout import Change
from weval.training.start import Training
from weval.training.supervised.tokens import Tokenised
from weval.types import Record
from weval.wording import interval_of, value_of

HELDOUT = "heldout.json"

ONE_BY_ONE = {"per_device_eval_batch_size": 1, "prediction_loss_only": True}
"""For SFTConfig: a loss is a text's own only where it is by itself in its batch."""


class HeldOut(Record):
    """heldout.json: the loss per token of texts that were not trained on, in nats; lower is better."""

    n_texts: int
    loss: Change

    def told(self) -> str:
        """In words, for the card."""
        change = self.loss.change
        return (
            f"Loss per token on {self.n_texts:,} texts held out: {value_of(self.loss.before)} before training, "
            f"{value_of(self.loss.after)} after it (change {value_of(change)} [{interval_of(change)}])."
        )


class TextLosses:
    """What TRL's SFTTrainer lacks: the loss of each text that it is tried on. To be mixed into it."""

    def compute_loss(self, model: Any, inputs: Any, **said: Any) -> Any:  # noqa: ANN401 - as TRL's
        """TRL's, kept where nothing is trained."""
        trainer: Any = self
        found = super().compute_loss(model, inputs, **said)  # type: ignore[misc]
        if not trainer.model.training:
            loss = found[0] if isinstance(found, tuple) else found
            trainer.text_losses += trainer.accelerator.gather_for_metrics(loss.detach().reshape(1)).tolist()
        return found


def measure_loss(
    training: Training,
    trainer: Any,  # noqa: ANN401 - a trainer with TextLosses
    held: Tokenised,
    when: Literal["before", "after"],
) -> None:
    """Reads the texts that were held out with the model as it is. To be called by all processes of the run.

    "before" is measured once; a run that goes on has it. After "after" the two are compared, into heldout.json.
    """
    file = _file(training, when)
    if not held.places or (when == "before" and file.is_file()):
        return
    import torch
    from datasets import Dataset

    trainer.text_losses = []
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):  # the curve does not depend on whether this was measured before
        trainer.predict(Dataset.from_dict(held.columns))  # as `evaluate` does, but nothing comes into the curve
    trainer._metrics["eval"].clear()
    if not training.is_main:
        return
    write_text(file, json.dumps(trainer.text_losses) + "\n")
    if when == "after":
        before, after = (np.array(json.loads(_file(training, each).read_text("utf-8"))) for each in ("before", "after"))
        write_json(training.out / HELDOUT, HeldOut(n_texts=len(after), loss=compared(before, after)))


def compared(before: np.ndarray, after: np.ndarray) -> Change:
    """The means of losses before and after and of their differences, over texts, shape (texts,)."""
    table = np.column_stack([before, after, after - before])
    return Change.model_validate(means(("before", "after", "change"), table, limits=(np.nan, np.nan)))


def held_told(training: Training) -> list[str]:
    """What was measured so, in words, for the card. Raises DataError for a broken file."""
    file = training.out / HELDOUT
    return [read_json(file, HeldOut).told()] if file.is_file() else []


def _file(training: Training, when: str) -> Path:
    return training.out / f"heldout-{when}.json"
