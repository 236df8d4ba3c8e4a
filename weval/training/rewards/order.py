"""The order of prompts: drawn anew in each epoch, and the same when a run goes on.

TRL 1.16's sampler draws one order after the other, and begins with the first again when a run goes on from a
checkpoint: other prompts would be together in its steps than if it had not been stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


def in_order() -> list[TrainerCallback]:
    """What a GRPOTrainer is told to do when an epoch begins: draw its order by the seed and the epoch."""
    from transformers import TrainerCallback

    class _Order(TrainerCallback):
        def on_epoch_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **said: object
        ) -> None:
            generator = getattr(sampler_of(said["train_dataloader"]), "generator", None)
            if generator is not None:
                generator.manual_seed(args.seed + int(state.epoch or 0))

    return [_Order()]


def sampler_of(loader: Any) -> Any:  # noqa: ANN401 - accelerate's, which may wrap several times
    """What draws the rows of a data loader; several processes share the batches of one."""
    batches = loader.batch_sampler
    while hasattr(batches, "batch_sampler"):
        batches = batches.batch_sampler
    return batches.sampler
