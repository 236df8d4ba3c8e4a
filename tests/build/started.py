"""A build whose drafts were put there by hand, and a teacher on loopback that answers what its prompts say."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.adapters.servers import Answer, Asked, Handler
from tests.textmodels.servers import completion, last
from weval.build import BuildSpec, Done, build
from weval.run import Watcher

RECIPE = """\
name: small
title: Small
description: A few requests.
answer: {model: server/teacher}
"""


@dataclass
class Teacher:
    """Answers every prompt with a text of its own, and counts what it was asked.

    `faults` answer otherwise, by a word of the prompt. Of `n_more` prompts it answers so many, and lets others wait.
    """

    faults: Mapping[str, Answer] = field(default_factory=dict)
    n_more: int | None = None
    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        text = last(asked)
        with self.lock:
            self.asked[text] += 1
            passes = self.n_more is None or self.n_more > 0
            if self.n_more is not None:
                self.n_more -= 1
        if not passes:
            handler.server.closing.wait(30)
            return None
        for word, answer in self.faults.items():
            if word in text:
                return answer
        with self.lock:
            self.answered[text] += 1
        return Answer(completion(f"An answer of {len(text)} to: {text}"))


class Notices(Watcher):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str) -> None:
        self.said.append(text)


def draft(number: int, n: int = 3, **fields: Any) -> dict[str, Any]:
    """One draft of n requirements."""
    requirements = [{"id": f"c{k}", "type": "style", "text": f"Do {k} of {number}."} for k in range(1, n + 1)]
    return {"id": f"i{number}", "instruction": f"Write {number}.", "requirements": requirements, **fields}


def put(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A file of JSON Lines, in a folder that is made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def lines(path: Path) -> list[Any]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


@dataclass
class Started:
    """A recipe in a folder, its build in `build/` beside it, and what the last build noticed."""

    home: Path
    url: str = "http://127.0.0.1:9"
    said: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.home / "build"

    @property
    def recipe(self) -> Path:
        return self.home / "recipe.yaml"

    def write(self, drafts: list[dict[str, Any]], recipe: str = RECIPE) -> Started:
        """Puts the drafts where `requirements` would, and the recipe."""
        put(self.root / "requirements" / "drafts.jsonl", drafts)
        self.recipe.write_text(recipe, encoding="utf-8")
        return self

    def spec(self, step: str, fresh: bool = False, **settings: str) -> BuildSpec:
        """What `weval build` would be told; `answer__failed` is answer.failed."""
        given = {name.replace("__", "."): value for name, value in settings.items()}
        usual = {"answer.settings.base_url": f"{self.url}/v1", "answer.settings.attempts": "1"}
        return BuildSpec(step, str(self.recipe), usual | given, self.root, fresh)

    def make(self, step: str, fresh: bool = False, **settings: str) -> Done:
        """The step, made or found."""
        watcher = Notices()
        self.said = watcher.said
        return build(self.spec(step, fresh, **settings), watcher)[-1]

    def rows(self, step: str, file: str) -> list[Any]:
        """What lies in a step's folder."""
        return lines(self.root / step / file)
