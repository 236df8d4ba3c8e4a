"""A writer and a judge behind one server on loopback, told apart by the model's name, and a small file of requests."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.adapters.servers import Answer, Asked, Handler, Server
from tests.textmodels.servers import Faulty, completion, last
from weval.bench.finish import BenchOutcome
from weval.bench.longbench_write import DIMENSIONS
from weval.bench.result import BenchResult
from weval.bench.run import BenchRun
from weval.run import Watcher

NAME = "longbench-write"


def number(text: str) -> int:
    """A number that a text always has."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4])


def verdict(*scores: int) -> str:
    """What a judge says; one score stands for all six."""
    six = scores * 6 if len(scores) == 1 else scores
    return json.dumps({"Analysis": "Fine.", **dict(zip(DIMENSIONS, six, strict=True))})


def text_of(prompt: str) -> str:
    """A text that depends on its prompt."""
    return " ".join(["word"] * (20 + number(prompt) % 200))


def verdict_on(prompt: str) -> str:
    """A verdict that depends on what is judged."""
    return verdict(*(1 + (number(prompt) >> 3 * k) % 5 for k in range(6)))


Says = Callable[[str], Any]
"""What is said to a prompt: a text, or an Answer."""


@dataclass
class Scripted:
    """Says what it is told to, or answers so many prompts more and leaves the others waiting.

    `answered` counts by model and prompt.
    """

    writes: Says = text_of
    judges: Says = verdict_on
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    hangs: threading.Event = field(default_factory=threading.Event)
    left: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        model, text = str(asked.body["model"]), last(asked)
        with self.lock:
            waits = self.left == 0
            if not waits:
                self.answered[model, text] += 1
                self.left = None if self.left is None else self.left - 1
        if waits:
            self.hangs.set()
            handler.server.closing.wait(1)
            return Answer(b"", 503)
        said = (self.judges if model == "judge" else self.writes)(text)
        return said if isinstance(said, Answer) else Answer(completion(said))

    def hang_after(self, prompts: int) -> None:
        """From now on so many prompts are answered, and no more."""
        self.hangs.clear()
        self.left = prompts

    def stop_hanging(self) -> None:
        """From now on all are answered."""
        self.left = None

    def n_asked(self, model: str) -> int:
        """How many prompts of a model were answered, counting those that were answered twice."""
        return sum(n for (name, _), n in self.answered.items() if name == model)


@dataclass
class Breaking:
    """As Scripted, but where a prompt says `fault=NAME`, writer or judge break so."""

    sound: Scripted = field(default_factory=Scripted)
    whom: str = "writer"
    faulty: Faulty = field(default_factory=Faulty)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        found = re.search(r"fault=([\w-]+)", last(asked))
        if found is None or asked.body["model"] != self.whom:
            return self.sound(handler, asked)
        self.faulty.sound = lambda handler, _: self.sound(handler, asked)
        named = {**asked.body, "messages": [{"role": "user", "content": f"{found[1]} {last(asked)}"}]}
        return self.faulty(handler, Asked(asked.path, named, asked.headers, asked.at))


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A JSON Lines file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def requests(folder: Path, prompts: int | Sequence[str] = 6) -> Path:
    """A file of the layout of LongBench-Write's."""
    texts = [f"Write text number {n}." for n in range(1, prompts + 1)] if isinstance(prompts, int) else prompts
    rows = [{"prompt": text, "type": "note" if n % 2 else "tale", "length": 100 + n} for n, text in enumerate(texts)]
    return write_rows(folder / "requests.jsonl", rows)


def settings_for(server: Server, **more: Any) -> dict[str, str]:
    """Settings that lead writer and judge to a server, one prompt after the other; `judge__stop=x` is judge.stop."""
    said: dict[str, str] = {"resamples": "100"}
    for role in ("writer", "judge"):
        said |= {f"{role}.base_url": f"{server.url}/v1", f"{role}.concurrency": "1"}
    return said | {name.replace("__", "."): str(value) for name, value in more.items()}


def spec_for(server: Server, data: Path, out: Path, **more: Any) -> BenchRun:
    """A run with writer and judge on a server. `settings` are added to those that lead there."""
    settings = settings_for(server) | more.pop("settings", {})
    said: dict[str, Any] = {"benchmark": NAME, "model": "server/writer", "judge": "server/judge", "data": data}
    return BenchRun(**{**said, "out": out, "settings": settings, **more})


class Stopping(Watcher):
    """Ends the run as Ctrl-C would, after so many replies."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.notices: list[str] = []

    def scored(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def notice(self, text: str) -> None:
        self.notices.append(text)


class Noting(Watcher):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.begun: list[tuple[str, int, int]] = []
        self._doing = ""

    def counts(self, doing: str, past: str) -> None:
        self._doing = doing

    def started(self, total: int, done: int) -> None:
        self.begun.append((self._doing, total, done))

    def notice(self, text: str) -> None:
        self.notices.append(text)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def values(result: BenchResult) -> dict[str, float | None]:
    """The figures by name, None for what is undefined."""
    return {name: found.estimate.value if found.estimate else None for name, found in result.figures.items()}


def effects(result: BenchResult) -> dict[str, int]:
    """On how many items each repair made a difference, without those that made none."""
    return {repair.name: repair.n_items for repair in result.repairs if repair.n_items}


def told(outcome: BenchOutcome) -> dict[str, Any]:
    """What a result says, without what no two runs have in common: how long it took."""
    content = outcome.result.model_dump(mode="json", by_alias=True)
    for step in content["steps"].values():
        step["cost"].pop("seconds")
    return content
