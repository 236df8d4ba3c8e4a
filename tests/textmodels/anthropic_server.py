"""A server on loopback that speaks Anthropic's Messages API, as far as it is documented, and breaks as it is told to.

What a prompt says first decides what happens to it; see `Messages`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.servers import BREAKS, Answer, Asked, Handler, Server, serving

__all__ = ["ROUTE", "Messages", "Server", "error", "last", "message", "serving"]

ROUTE = "/v1/messages"
KNOWN = {"model", "max_tokens", "messages", "system", "stop_sequences", "output_config"}


def message(text: str, ended: Any = "end_turn", **more: Any) -> dict[str, Any]:
    """The body of a reply, with some thinking before the text."""
    blocks = [{"type": "thinking", "thinking": "7 or 8?", "signature": "s"}, {"type": "text", "text": text}]
    usage = {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 3}
    said = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x-1", "content": blocks}
    return {**said, "stop_reason": ended, "stop_sequence": None, "usage": usage, **more}


def error(status: int, kind: str, text: str, code: str | None = None, **headers: str) -> Answer:
    """An error as Anthropic gives it."""
    details = {"details": {"error_code": code}} if code else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer({"type": "error", "error": {"type": kind, "message": text, **details}}, status, named)


def last(asked: Asked) -> str:
    """What the prompt says."""
    return str(asked.body["messages"][-1]["content"])


@dataclass
class Messages:
    """Says what it is told to; `answers` are for other first words, `once-` before one of them is for the first time.

    `takes` are sampling parameters that it takes, under the version of 2023-06-01 only; `old` is whether it knows that.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    takes: frozenset[str] = frozenset({"temperature", "top_p"})
    old: bool = True
    seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if asked.path != ROUTE:
            return error(404, "not_found_error", "Not found")
        version = headers["anthropic-version"]
        if version == "2023-06-01" and not self.old:
            return error(400, "invalid_request_error", f'anthropic-version: "{version}" is not a valid version')
        taken = KNOWN | (self.takes if version == "2023-06-01" else frozenset())
        if strange := sorted(asked.body.keys() - taken):
            return error(400, "invalid_request_error", f"{strange[0]}: Extra inputs are not permitted")
        word, _, rest = last(asked).partition(" ")
        if word.startswith("once-"):
            self.seen[last(asked)] += 1
            word = word.removeprefix("once-") if self.seen[last(asked)] == 1 else "say"
        if word in BREAKS:
            return BREAKS[word](handler)
        return self.answers.get(word) or Answer(message(rest))
