"""Trains a writer on the answers that were written to all requirements: the baseline of Table 5.

Source: "From Coarse to Fine" (arXiv 2604.27453), Table 5, SFT; of how it was trained nothing is published.

    weval train sft --profile tiny
    accelerate launch training_recipes/sft/train.py --profile paper      # the same by hand
"""

from pathlib import Path

from weval.training import begin


def main() -> None:
    """The same command goes on from the last checkpoint."""
    with begin(Path(__file__).parent) as training:
        from trl import SFTConfig, SFTTrainer

        from weval.training.curve import callbacks, train
        from weval.training.finishing import finish_writer
        from weval.training.supervised import (
            ONE_BY_ONE,
            TextLosses,
            held_told,
            measure_loss,
            prepare,
            read_written,
            reasons_told,
        )
        from weval.training.trl import sft_arguments

        class Trainer(TextLosses, SFTTrainer):
            """TRL's, with the loss of each text that it is tried on."""

        profile = training.profile
        texts = read_written(training)
        training.claim(texts.hashes)
        lessons = prepare(training, [text.lesson for text in texts.train], [text.lesson for text in texts.held])

        trainer = Trainer(
            model=lessons.model,
            processing_class=lessons.tokenizer,
            args=SFTConfig(**sft_arguments(profile, training.checkpoints, training.devices), **ONE_BY_ONE),
            train_dataset=lessons.train,
            callbacks=callbacks(training),
        )
        measure_loss(training, trainer, lessons.held, "before")
        train(training, trainer)
        measure_loss(training, trainer, lessons.held, "after")
        finish_writer(training, trainer, notes=[*reasons_told(texts.left_out), *lessons.told, *held_told(training)])


if __name__ == "__main__":
    main()
