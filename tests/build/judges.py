"""A judge on loopback: a real server that finds the requirement and the response in the prompt, and decides."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.adapters.servers import Answer, Asked, Handler
from tests.textmodels.servers import completion, error, last

Says = Callable[[dict[str, str]], str | None]
"""From the texts of a prompt by tag (response, requirement, response-A …) to a verdict; None: the server is down."""


def texts_in(prompt: str) -> dict[str, str]:
    """What stands between the marked tags."""
    return {
        name: text for name, _, text in re.findall(r"<([A-Za-z-]+?)-([0-9a-f]{8})>\n(.*?)\n</\1-\2>", prompt, re.DOTALL)
    }


@dataclass
class JudgeServer:
    """Answers by `says`, and counts how often each prompt came."""

    says: Says
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer:
        prompt = last(asked)
        with self.lock:
            self.seen.append(prompt)
        verdict = self.says(texts_in(prompt))
        return error(500, "out of order") if verdict is None else Answer(completion(f"Because.\n{verdict}"))
