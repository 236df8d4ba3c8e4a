"""Reward models for tests, and a writer whose texts depend on its seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.adapters.servers import Answer, Asked, Handler, Server
from tests.bench.scripted import Scripted, spec_for, verdict
from tests.textmodels.servers import last
from weval.bench.best_of import BestOfRun
from weval.types import Request, Score, Unit

WORDS = (20, 40, 60, 80)
"""How long the texts of the four seeds are; the judge gives a mark for every twenty words."""


@dataclass
class Seeded(Scripted):
    """Shows the writer's script the seed, in front of the prompt."""

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        if asked.body["model"] == "writer":
            content = f"{asked.body.get('seed')}: {last(asked)}"
            body = {**asked.body, "messages": [{"role": "user", "content": content}]}
            asked = Asked(asked.path, body, asked.headers, asked.at)
        return super().__call__(handler, asked)


def written(prompt: str) -> str:
    """A text as long as its seed says, which ends in what was asked."""
    seed, _, asked = prompt.partition(": ")
    return " ".join(["word"] * (WORDS[int(seed) % 4] - 4)) + " " + asked.removesuffix(".")


def judged(prompt: str) -> str:
    """One more for every twenty words of the text."""
    return verdict(max(1, min(5, (prompt.count("word ") + 4) // 20)))


def best_of_run(server: Server, data: Path, out: Path, **more: Any) -> BestOfRun:
    """A best of four by length, or by another."""
    n, reward = more.pop("n", 4), more.pop("reward", "length")
    return BestOfRun(spec_for(server, data, out, **more), n, reward)


class Picky:
    """The length, but no reward for texts of sixty words, and none at all for the second request."""

    unit: ClassVar[Unit] = "requirement"
    reads_ids: ClassVar[bool] = False
    fingerprint: ClassVar[Mapping[str, Any]] = {"picky": 1}
    asked: ClassVar[list[Request]] = []

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            self.asked.append(request)
            n = len(request.responses[0].split())
            if n == 60 or "number 2" in request.query:
                yield Score.missing(request, "refused", "I would rather not")
            else:
                yield Score.ok(request, n)
