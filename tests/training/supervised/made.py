"""A few lines of everything that is learnt from, and recipes run on them through their own train.py."""

from __future__ import annotations

import json
import runpy
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bench.writingbench.made import criterion
from weval.rooms import room
from weval.run import Watcher
from weval.training.curve import read_curve
from weval.training.recipe import read_training

ANIMALS = ("cat", "dog", "owl", "fox", "hen", "cow", "pig", "bat")
THINGS = ("tea", "rain", "salt", "wool")

SMALL = {
    "model.small.vocabulary": "400", "model.small.hidden": "32", "model.small.heads": "2",
    "optimisation.batch": "4", "optimisation.micro_batch": "2", "optimisation.save_every": "4",
    "optimisation.learning_rate": "0.02", "data.allow": "",
}  # fmt: skip
"""Settings of a run that takes a second."""


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def queries(folder: Path) -> Path:
    """Queries with a response each, in WritingBench's layout; every other response uses the word that is asked for."""
    said = [
        {
            "id": f"{animal}-{thing}",
            "query": f"Say what the {animal} thinks of {thing}, in one line.",
            "response": f"The {animal} likes {thing if n % 2 else 'nothing'} a lot.",
            "checklist": [criterion(thing)],
        }
        for animal in ANIMALS
        for n, thing in enumerate(THINGS)
    ]
    return write(folder / "texts.jsonl", said)


def instances(folder: Path) -> Path:
    """Scored responses: 9 where the thing is in them, else 2."""
    said = [
        {
            "id": f"{animal}-{thing}-{n}",
            "query": f"Write about the {animal}.",
            "criterion": thing,
            "response": f"The {animal} likes {thing if n else 'nothing'}.",
            "score": 9 if n else 2,
            "reason": "It is there." if n else "It is not there.",
        }
        for animal in ANIMALS
        for thing in THINGS
        for n in (0, 1)
    ]
    return write(folder / "instances.jsonl", said)


def judge_folder(folder: Path) -> Path:
    """A judge of few words that asks for a score from 1 to 10."""
    folder.mkdir(parents=True)
    (folder / "judge.yaml").write_text(
        'version: "1"\nabout: "Short."\nunit: requirement\nreads: [query, response, requirement]\n'
        "reply: {form: json, field: score, reason: reason, low: 1, high: 10}\n"
        "answers: {reasoned: A JSON object.}\nsampling: {temperature: 1.0}\n",
        encoding="utf-8",
    )
    (folder / "user.txt").write_text("{query}\n{response}\n{requirement}\n{answer}\n", encoding="utf-8")
    return folder


class Noting(Watcher):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str) -> None:
        self.said.append(text)


def training(recipe: str, out: Path, **settings: str) -> Any:
    """As much of a training run as data need: profile tiny with settings, whose names have __ for a dot."""
    said = {name.replace("__", "."): value for name, value in settings.items()}
    profile = read_training(recipe)[0].profile("tiny", SMALL | said)
    return SimpleNamespace(profile=profile, out=out, watcher=Noting(), is_main=True)


def script(recipe: str) -> Path:
    return room("training_recipes") / recipe / "train.py"


def arguments(out: Path, settings: Mapping[str, str]) -> list[str]:
    said = [f"{name}={value}" for name, value in (SMALL | dict(settings)).items()]
    return ["--out", str(out), *(part for one in said for part in ("--set", one))]


def run_recipe(recipe: str, out: Path, settings: Mapping[str, str]) -> Path:
    """Trains in this process, where the libraries are loaded already."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say of each other
        patch.setattr(sys, "argv", [str(script(recipe)), *arguments(out, settings)])
        runpy.run_path(str(script(recipe)), run_name="__main__")
    return out


def losses(out: Path) -> list[float]:
    return [line["loss"] for line in read_curve(out / "curve.jsonl")]
