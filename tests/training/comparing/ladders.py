"""Prompts with references, made for tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tests.adapters.servers import Answer, Asked, Handler, Server
from tests.textmodels.servers import chatting, completion, last
from weval.build.records import Laddered, Message, Reference
from weval.training.sections import Comparison
from weval.types import Requirement


def made(name: str, *texts: str, grades: Sequence[float] | None = None) -> Laddered:
    """A prompt whose references are these texts, each better than the one before."""
    graded = grades or [float(n) for n in range(len(texts))]
    return Laddered(
        id=name,
        prompt=(Message(role="user", content=f"Write about {name}."),),
        instruction=f"Write about {name}.",
        requirements=(Requirement(id="c1", text=f"Mention {name}."),),
        language="en",
        references=tuple(
            Reference(writer=f"w{n}", response=text, grade=grade)
            for n, (text, grade) in enumerate(zip(texts, graded, strict=True))
        ),
    )


def comparison(judge: str = "length", **said: Any) -> Comparison:
    return Comparison(judge=judge, **said)


_SHOWN = re.compile(r"<response-([AB])-\w+>\n(.*?)\n</response-", re.DOTALL)


def judging(says: Callable[[str, str], Any]) -> AbstractContextManager[Server]:
    """A judge of pairs on loopback: what it says of the texts A and B."""

    def behaviour(handler: Handler, asked: Asked) -> Answer:
        texts = dict(_SHOWN.findall(last(asked)))
        said = says(texts["A"], texts["B"])
        return said if isinstance(said, Answer) else Answer(completion(said))

    return chatting(behaviour)


def pairwise(server: Server, **said: Any) -> Comparison:
    """Rewards by that judge."""
    settings = {"prompt": "writing-rl", "base_url": f"{server.url}/v1", "attempts": 1, "timeout_s": 10}
    return Comparison(judge="judge:server/m", settings=settings, **said)
