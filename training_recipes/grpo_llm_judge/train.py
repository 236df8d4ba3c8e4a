"""Trains a writer by GRPO with a language model as judge: is each requirement met, yes or no?

Source: "From Coarse to Fine", Table 5, "LLM-as-judge RL"; all else is as in grpo_wrl, whose settings are published.

    weval train grpo_llm_judge --profile tiny --set reward.settings.base_url=http://localhost:11434/v1
    accelerate launch training_recipes/grpo_llm_judge/train.py --profile paper      # the same by hand
"""

from pathlib import Path

from weval.training import begin


def main() -> None:
    """The same command goes on from the last checkpoint."""
    with begin(Path(__file__).parent) as training:
        from trl import GRPOConfig, GRPOTrainer

        from weval.training.curve import callbacks, train
        from weval.training.finishing import finish_writer
        from weval.training.rewards import (
            bell,
            held_out_arguments,
            in_order,
            measure_held_out,
            open_rewards,
            prepare,
            read_prompts,
            told,
        )
        from weval.training.trl import grpo_arguments

        profile = training.profile
        arguments = grpo_arguments(profile, training.checkpoints, training.devices) | held_out_arguments(profile)
        prompts = read_prompts(training)
        rewards = open_rewards(profile)
        training.claim(prompts.hashes | {"rewards": rewards.fingerprint})
        rewards.keep_in(training.out)
        policy = prepare(training, prompts)

        trainer = GRPOTrainer(
            model=policy.model,
            processing_class=policy.tokenizer,
            args=GRPOConfig(**arguments),
            reward_funcs=rewards,
            train_dataset=policy.train,
            eval_dataset=policy.held,
            callbacks=[*callbacks(training), *in_order(), *bell(training)],
        )
        measure_held_out(training, trainer, rewards, "before")
        train(training, trainer)
        measure_held_out(training, trainer, rewards, "after")
        finish_writer(training, trainer, notes=told(training))


if __name__ == "__main__":
    main()
