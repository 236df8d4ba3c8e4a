"""Training runs made for tests: a small policy, prompts with references, and a judge that likes long texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.training.comparing.ladders import made
from weval.build.records import Laddered
from weval.run import Watcher
from weval.training.recipe import Recipe
from weval.training.sections import Profile
from weval.training.start import Training

WORDS = ["tea", "rain", "bread", "river", "moon", "garden", "letter", "winter"]


def profile(**said: Any) -> Profile:
    """A profile of a few steps; `said` are sections that differ."""
    content: dict[str, Any] = {
        "seed": 1,
        "model": {"base": "small", "dtype": "float32",
                  "small": {"vocabulary": 300, "hidden": 32, "layers": 2, "heads": 2}},
        "data": {"source": "prompts.jsonl", "train": 6, "holdout": 2},
        "optimisation": {"max_steps": 8, "learning_rate": 0.02, "batch": 4, "micro_batch": 32, "bf16": False,
                         "activation_checkpointing": False, "save_every": 2},
        "policy": {"rollout_prompts": 4, "group_size": 8, "kl": 0.0,
                   "max_prompt_tokens": 64, "max_response_tokens": 16},
        "comparison": {"judge": "length", "selection": "all"},
    }  # fmt: skip
    for name, section in said.items():
        both = isinstance(content.get(name), dict) and isinstance(section, dict)
        content[name] = content[name] | section if both else section
    return Profile.model_validate(content, strict=False)


def training(out: Path, about: Profile | None = None, watcher: Watcher | None = None) -> Training:
    """A run of that profile, in a folder."""
    about = about or profile()
    recipe = Recipe(name="r", title="R", about="For tests.", kind="writer", profiles={"tiny": about})
    out.mkdir(parents=True, exist_ok=True)
    return Training(recipe, out, "tiny", about, out, "a test", watcher=watcher or Watcher())


def prompts(n: int = 8) -> list[Laddered]:
    """Prompts with references of rising length."""
    return [made(WORDS[number], "x" * 8, "x" * 24, "x" * 60) for number in range(n)]


def write(path: Path, rows: Sequence[Laddered]) -> Path:
    """A file as `weval build references` makes it."""
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows), encoding="utf-8")
    return path


class Notices(Watcher):
    """Remembers what the user is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str) -> None:
        self.said.append(text)


def play(run: Training, **events: Any) -> Any:
    """What train.py does, but for the end; `events` are methods of one more callback, by name. Gives the trainer."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    from weval.training import comparing
    from weval.training.curve import callbacks, train
    from weval.training.rewards import bell, held_out_arguments, in_order, measure_held_out, prepare
    from weval.training.trl import grpo_arguments

    about = run.profile
    data = comparing.read_ladders(run)
    judges = comparing.open_judges(about)
    run.claim(data.hashes | comparing.hashes(about, judges))
    judges.keep_in(run.out)
    policy = prepare(run, data)
    ladders = comparing.choose(run, data, policy, judges.grader)
    schedule = comparing.open_schedule(run, ladders.train)
    rewards = comparing.open_comparisons(about, judges.judge, schedule)
    more = type("More", (TrainerCallback,), events)()
    trainer = GRPOTrainer(
        model=policy.model,
        processing_class=policy.tokenizer,
        args=GRPOConfig(**grpo_arguments(about, run.checkpoints), **held_out_arguments(about)),
        reward_funcs=rewards,
        train_dataset=Dataset.from_list(comparing.as_rows(ladders.train)),
        eval_dataset=Dataset.from_list(comparing.as_rows(ladders.held)),
        callbacks=[*comparing.keeper(run, schedule), *callbacks(run), *in_order(), *bell(run), more],
    )
    measure_held_out(run, trainer, rewards, "before")
    train(run, trainer)
    measure_held_out(run, trainer, rewards, "after")
    return trainer


def lengthy(source: Path, **said: Any) -> Profile:
    """A profile that trains on a file of prompts, rewarded for length."""
    return profile(**{"data": {"source": str(source)}, **said})
