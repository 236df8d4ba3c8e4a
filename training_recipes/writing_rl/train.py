"""Trains a writer by comparison with references that get better as it does (Writing-RL): GRPO through TRL.

Source: arXiv 2506.05760, and Tongyi-Zhiwen/Writing-RL at 3f16f298, which trains by PPO (--export verl).

    weval train writing_rl --profile tiny
    accelerate launch training_recipes/writing_rl/train.py --profile paper --set policy.algorithm=grpo ... (README.md)
"""

from pathlib import Path

from weval.training import begin


def main() -> None:
    """The same command goes on from the last checkpoint, with the references of its step."""
    with begin(Path(__file__).parent) as training:
        from datasets import Dataset
        from trl import GRPOConfig, GRPOTrainer

        from weval.training.comparing import (
            as_rows,
            choose,
            hashes,
            keeper,
            open_comparisons,
            open_judges,
            open_schedule,
            read_ladders,
            told,
        )
        from weval.training.curve import callbacks, train
        from weval.training.finishing import finish_writer
        from weval.training.rewards import bell, held_out_arguments, in_order, measure_held_out, prepare
        from weval.training.trl import grpo_arguments

        profile = training.profile
        arguments = grpo_arguments(profile, training.checkpoints, training.devices) | held_out_arguments(profile)
        prompts = read_ladders(training)
        judges = open_judges(profile)
        training.claim(prompts.hashes | hashes(profile, judges))
        judges.keep_in(training.out)
        policy = prepare(training, prompts)

        ladders = choose(training, prompts, policy, judges.grader)  # own texts, grades, selection: done once
        schedule = open_schedule(training, ladders.train)
        rewards = open_comparisons(profile, judges.judge, schedule)

        trainer = GRPOTrainer(
            model=policy.model,
            processing_class=policy.tokenizer,
            args=GRPOConfig(**arguments),
            reward_funcs=rewards,
            train_dataset=Dataset.from_list(as_rows(ladders.train)),
            eval_dataset=Dataset.from_list(as_rows(ladders.held)) if ladders.held else None,
            callbacks=[*keeper(training, schedule), *callbacks(training), *in_order(), *bell(training)],
        )
        measure_held_out(training, trainer, rewards, "before")
        train(training, trainer)
        measure_held_out(training, trainer, rewards, "after")
        finish_writer(training, trainer, notes=told(training))


if __name__ == "__main__":
    main()
