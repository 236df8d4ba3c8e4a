"""Trains a critic on scored responses: one criterion at a time, a reason and a score from 1 to 10 (WritingBench's).

Source: arXiv 2503.05244: 50K scored instances, three epochs at 7e-6, ZeRO-3 on eight A100.

    weval train critic_sft --profile tiny
    accelerate launch training_recipes/critic_sft/train.py --profile paper      # the same by hand
"""

from pathlib import Path

from weval.training import begin


def main() -> None:
    """The same command goes on from the last checkpoint."""
    with begin(Path(__file__).parent) as training:
        from trl import SFTConfig, SFTTrainer

        from weval.training.curve import callbacks, train
        from weval.training.finishing import finish_judge
        from weval.training.supervised import (
            ONE_BY_ONE,
            TextLosses,
            asking_of,
            critic_of,
            held_told,
            judge_settings,
            lessons_of,
            measure_critic,
            measure_loss,
            prepare,
            read_instances,
            reasons_told,
        )
        from weval.training.trl import sft_arguments

        class Trainer(TextLosses, SFTTrainer):
            """TRL's, with the loss of each text that it is tried on."""

        profile = training.profile
        asking = asking_of(critic_of(profile))
        instances = read_instances(training)
        training.claim(instances.hashes | {"asked by": asking.fingerprint})
        lessons = prepare(training, lessons_of(instances.train, asking), lessons_of(instances.held, asking))

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
        told = [*reasons_told(instances.left_out), *lessons.told, *held_told(training)]
        finish_judge(
            training,
            trainer,
            settings=judge_settings(profile),
            notes=told,
            also=lambda: measure_critic(training, instances.held, instances.train, asking),
        )


if __name__ == "__main__":
    main()
