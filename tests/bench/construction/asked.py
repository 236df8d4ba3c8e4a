"""A model on loopback that plays author: it answers by a word of the prompt, in turn, and can be stopped midway."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.adapters.servers import Answer, Asked, Handler
from tests.textmodels.servers import completion, error, last
from weval.bench.construction.records import FIELDS
from weval.run import Watcher

Says = str | Answer | Callable[[str], str]
"""A reply, or what makes one of the prompt."""


@dataclass
class Author:
    """Answers by the first word of `script` that is in the prompt, in turn; the last of the turns goes on for ever.

    After `n_more` answers the server is out of order, until it is set to None.
    """

    script: Mapping[str, Sequence[Says]]
    n_more: int | None = None
    seen: Counter[str] = field(default_factory=Counter)
    prompts: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer:
        text = last(asked)
        with self.lock:
            if self.n_more == 0:
                return error(500, "out of order")
            if self.n_more is not None:
                self.n_more -= 1
            self.prompts.append(text)
            self.bodies.append(asked.body)
            word = next(word for word in self.script if word in text)
            said = self.script[word][min(self.seen[word], len(self.script[word]) - 1)]
            self.seen[word] += 1
        if callable(said):
            said = said(text)
        return said if isinstance(said, Answer) else Answer(completion(said))


class Notices(Watcher):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.totals: list[int] = []
        self.n_scored = 0

    def started(self, total: int, done: int) -> None:
        self.totals.append(total)

    def scored(self) -> None:
        self.n_scored += 1

    def notice(self, text: str) -> None:
        self.said.append(text)


def criterion(name: str = "Tone", **fields: Any) -> dict[str, Any]:
    """A criterion in WritingBench's layout."""
    return {key: f"{key} of {name}" for key in FIELDS} | {"name": name} | fields


def five(*names: str) -> list[dict[str, Any]]:
    """Five criteria."""
    return [criterion(name) for name in names or ("Tone", "Plot", "Length", "Facts", "End")]


def replied(checklist: Any, **more: Any) -> str:
    """What a model would write."""
    return json.dumps({"checklist": checklist, **more}, ensure_ascii=False)


def put(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A file of JSON Lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def lines(path: Path) -> list[Any]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def settings(url: str, **more: str) -> dict[str, str]:
    """What --set would say."""
    return {"base_url": f"{url}/v1", "attempts": "1", "concurrency": "2"} | more
