"""A policy of some thousand weights that learns to write about tea, and what it is trained on."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from tests.factories import write_items
from weval.build.records import Message, TrainingPrompt
from weval.training.start import Training, begin
from weval.types import Candidate, ContainsCheck, EdgeCheck, Item, Requirement

RECIPES = Path(__file__).parents[3] / "training_recipes"

THINGS = ("tea", "milk", "cake", "jam", "toast", "rice", "soup", "bread", "fruit", "salt", "oats", "beans")
EXTRAS = ("sugar", "honey", "lemon", "ice")

SETTINGS = (
    "model.small.vocabulary=320", "model.small.hidden=32", "model.small.heads=2",
    "data.train=8", "data.holdout=4", "data.allow=",
    "policy.rollout_prompts=4", "policy.group_size=4", "policy.max_response_tokens=16", "policy.kl=0.2",
    "policy.warm_start.steps=80", "policy.warm_start.batch=8", "policy.warm_start.learning_rate=0.01",
    "optimisation.batch=4", "optimisation.micro_batch=16", "optimisation.learning_rate=0.004",
    "optimisation.max_steps=16", "optimisation.save_every=4", "optimisation.keep_checkpoints=4",
    "reward.alarms.window=4", "measure.benches=",
)  # fmt: skip
"""What makes the profile `tiny` of a recipe tinier."""


SUGAR = Requirement(id="c1", text="Mention sugar.", check=ContainsCheck(kind="contains", any=("sugar",)))
WE = Requirement(id="c1", text="Begin with We.", check=EdgeCheck(kind="starts_with", text="We"))
"""What a quarter of the answers do. Longer texts are more likely to have sugar in them, and no likelier to begin so."""


def make_items(first: Requirement = SUGAR) -> list[Item]:
    """Twelve items with answers of several lengths, which all want the same thing first."""
    return [_item(n, thing, first) for n, thing in enumerate(THINGS)]


def _item(n: int, thing: str, first: Requirement) -> Item:
    ends = [EXTRAS[(n + k) % len(EXTRAS)] for k in range(4)]
    answers = (f"We like {thing}.", f"Add {ends[0]}.", f"Take {ends[1]} and {ends[2]}.", f"{thing} with {ends[3]} now.")
    return Item(
        id=f"i{n}",
        language="en",
        instruction=f"Say how you like {thing}.",
        requirements=(
            first,
            Requirement(id="c2", text="Be brief."),
            Requirement(id="c3", text="Be kind."),
        ),
        candidates=tuple(
            Candidate(id=f"a{k}", kept=("c1", "c2", "c3")[:k], response=answer) for k, answer in enumerate(answers)
        ),
    )


def write_tea(folder: Path, first: Requirement = SUGAR) -> Path:
    """The items as a file."""
    return write_items(folder / "tea.jsonl", make_items(first))


def make_prompt(name: str = "p1", **more: object) -> TrainingPrompt:
    """A prompt with one requirement that a program can check, and one that it cannot."""
    said: dict[str, object] = {
        "id": name,
        "prompt": (Message(role="user", content="Say how you like tea. Mention sugar. Be brief."),),
        "instruction": "Say how you like tea.",
        "requirements": make_items()[0].requirements[:2],
        "language": "en",
    }
    return TrainingPrompt.model_validate(said | more)


def arguments(out: Path, source: Path, *settings: str) -> list[str]:
    """The command line of a recipe, tinier."""
    chosen = dict(setting.split("=", 1) for setting in (*SETTINGS, f"data.source={source}", *settings))
    return ["--out", str(out), *(part for pair in chosen.items() for part in ("--set", "=".join(pair)))]


def run_recipe(name: str, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """Runs the recipe's script as `python train.py` does."""
    script = RECIPES / name / "train.py"
    monkeypatch.setattr(sys, "argv", [str(script), *said])
    runpy.run_path(str(script), run_name="__main__")


def make_training(out: Path, source: Path, *settings: str, recipe: str = "grpo_wrl") -> Training:
    """A training run of a recipe that does not hold its folder any more."""
    with begin(RECIPES / recipe, arguments(out, source, *settings)) as training:
        return training
