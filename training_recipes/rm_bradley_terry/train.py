"""Trains a reward model on answers that kept a requirement over answers that dropped it (Bradley and Terry).

Source: "From Coarse to Fine" (arXiv 2604.27453), section 3.2: -log sigmoid(r(q, a) - r(q, a_dropped)); TRL's trainer.

    weval train rm_bradley_terry --profile tiny
    accelerate launch training_recipes/rm_bradley_terry/train.py --profile paper      # the same by hand
"""

from pathlib import Path

from weval.training import begin


def main() -> None:
    """The same command goes on from the last checkpoint."""
    with begin(Path(__file__).parent) as training:
        from datasets import Dataset
        from trl import RewardConfig, RewardTrainer

        from weval.training.bases import open_base
        from weval.training.curve import callbacks, train
        from weval.training.finishing import finish_reward_model
        from weval.training.rewardmodels.data import prepared
        from weval.training.rewardmodels.measured import measure_reward_model
        from weval.training.rewardmodels.preferences import tokenised
        from weval.training.rewardmodels.reading import LABELS, batching, head_of, scoring_settings, training_reader
        from weval.training.rewardmodels.trainer import RewardModelling, share_right
        from weval.training.trl import reward_arguments

        class Trainer(RewardModelling, RewardTrainer):
            """TRL's, with a head of two classes and the double difference."""

        profile = training.profile
        head = head_of(profile)
        data = prepared(profile, training.watcher)
        training.claim(data.hashes)
        if training.is_main:
            data.write_held_items(training.out)

        model, tokenizer = open_base(training, texts=data.texts(), task="classifier", labels=LABELS[head.head])
        reader = training_reader(profile, tokenizer, model.config)
        pairs, held = (tokenised(part, reader, margins=head.margin != "none") for part in (data.train, data.held))
        training.watcher.notice(pairs.told())
        if head.by_length:
            pairs = pairs.in_batches(profile.optimisation.micro_batch, profile.seed)

        arguments = reward_arguments(profile, training.checkpoints, devices=training.devices)
        trainer = Trainer(
            model=model,
            processing_class=tokenizer,
            args=RewardConfig(**arguments | batching(head)),
            train_dataset=Dataset.from_dict(pairs.columns),
            callbacks=callbacks(training),
        )
        train(training, trainer)

        right = share_right(trainer, Dataset.from_dict(held.columns))
        notes = [pairs.told(), *data.told()]
        finish_reward_model(
            training,
            trainer,
            settings=scoring_settings(profile),
            notes=notes,
            also=lambda: measure_reward_model(training, right),
        )


if __name__ == "__main__":
    main()
