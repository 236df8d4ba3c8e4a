"""Trains a writer on synthetic texts that a critic found good (WritingBench's writer).

Source: arXiv 2503.05244: 24K texts, filtered to 12K by its critic; five epochs at 7e-6.

    weval train writing_sft --profile tiny
    accelerate launch training_recipes/writing_sft/train.py --profile paper      # the same by hand
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
            filtered,
            held_told,
            measure_loss,
            open_grader,
            prepare,
            read_written,
            reasons_told,
        )
        from weval.training.trl import sft_arguments

        class Trainer(TextLosses, SFTTrainer):
            """TRL's, with the loss of each text that it is tried on."""

        profile = training.profile
        texts = read_written(training)
        grader = open_grader(profile)
        training.claim(texts.hashes | {"grades": grader.fingerprint})
        kept, filtering = filtered(training, texts.train, grader)  # grades are asked for once
        lessons = prepare(training, [text.lesson for text in kept], [text.lesson for text in texts.held])

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
        told = [filtering.told(), *reasons_told(texts.left_out), *lessons.told, *held_told(training)]
        finish_writer(training, trainer, notes=told)


if __name__ == "__main__":
    main()
