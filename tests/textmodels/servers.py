"""A server on loopback that speaks OpenAI's chat protocol, and one that breaks it in every way a server can.

What a prompt says first decides what happens to it: `say TEXT` is answered, `429 …` is refused, `half …` breaks off.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.servers import BREAKS, Answer, Asked, Behaviour, Handler, Server, serving

ROUTE = "/v1/chat/completions"

TAKEN = frozenset(
    {"model", "messages", "temperature", "top_p", "max_tokens", "stop", "seed", "reasoning_effort", "response_format"}
    | {"logprobs", "top_logprobs", "max_completion_tokens"}
)


def completion(text: Any, *, ended: Any = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    """The body of a reply."""
    counted = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13} if usage is None else usage
    said = {"role": "assistant", "content": text, "refusal": None, **message}
    choice = {"index": 0, "message": said, "finish_reason": ended, "logprobs": None}
    return {"id": "c-1", "object": "chat.completion", "model": "m-1", "choices": [choice], "usage": counted}


def with_logprobs(body: dict[str, Any], tokens: Mapping[str, float], drawn: str) -> dict[str, Any]:
    """The body with the probabilities of its first token."""
    top = [{"token": token, "logprob": math.log(value), "bytes": None} for token, value in tokens.items()]
    first = {"token": drawn, "logprob": math.log(tokens.get(drawn, 0.01)), "bytes": None, "top_logprobs": top}
    body["choices"][0]["logprobs"] = {"content": [first], "refusal": None}
    return body


def error(status: int, message: str, *, code: Any = None, param: str | None = None, **headers: str) -> Answer:
    """An error as OpenAI gives it."""
    kind = "invalid_request_error"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer({"error": {"message": message, "type": kind, "param": param, "code": code}}, status, named)


def last(asked: Asked) -> str:
    """What the prompt says."""
    return str(asked.body["messages"][-1]["content"])


def header(asked: Asked, name: str) -> str | None:
    """A header of the request; its name is written as the client likes."""
    return {each.lower(): value for each, value in asked.headers.items()}.get(name.lower())


@dataclass
class Chat:
    """Takes the parameters in `taken`, and complains of others as OpenAI does; says what it is told to."""

    taken: frozenset[str] = TAKEN
    wording: Callable[[str], Answer] = lambda name: error(
        400,
        f"Unsupported parameter: '{name}' is not supported with this model.",
        code="unsupported_parameter",
        param=name,
    )

    def __call__(self, handler: Handler, asked: Asked) -> Answer:
        if asked.path != ROUTE:
            return Answer({"detail": "Not Found"}, 404)
        if strange := sorted(asked.body.keys() - self.taken):
            return self.wording(strange[0])
        body = completion(last(asked).removeprefix("say "))
        if asked.body.get("logprobs"):
            with_logprobs(body, {"7": 0.6, " 7": 0.1, "8": 0.2}, last(asked).removeprefix("say ")[:1])
        return Answer(body)


@dataclass
class Faulty:
    """Breaks as the prompt says by its first word: each time, or only the first (`once-reset …`)."""

    sound: Behaviour = field(default_factory=Chat)
    seen: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        text = last(asked)
        fault = text.split()[0]
        with self.lock:
            self.seen[text] += 1
            first = self.seen[text] == 1
        if fault.startswith("once-"):
            fault = fault.removeprefix("once-") if first else "say"
        if fault.isdigit():
            return error(int(fault), f"trouble {fault}", retry_after="0")
        if fault in REPLIES:
            return REPLIES[fault]
        if fault in BREAKS:
            return BREAKS[fault](handler)
        with self.lock:
            self.answered[text] += 1
        return self.sound(handler, asked)


REPLIES: dict[str, Answer] = {
    "wait": error(429, "Rate limit reached", code="rate_limit_exceeded", retry_after="0.05"),
    "cut": Answer(b'{"choices": [{"message": {"content": "Te'),
    "nobody": Answer(b""),
    "html": Answer(b"<html><h1>It works!</h1></html>"),
    "binary": Answer(b"\xff\xfe\x00"),
    "deep": Answer(b"[" * 100_000),
    "large": Answer(b" " * (10 * 2**20 + 10) + b"{}"),
    "zipped": Answer(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}),
    "zipped-400": Answer(b"\x1f\x8b\x08", 400, headers={"Content-Encoding": "gzip"}),
    "large-400": Answer(b"x" * (12 * 2**20), 400),
    "number": Answer(0.7),
    "list": Answer([1]),
    "nothing": Answer({}),
    "choiceless": Answer({"choices": []}),
    "choices": Answer({"choices": {"0": 1}}),
    "choice": Answer({"choices": [7]}),
    "messageless": Answer({"choices": [{"index": 0}]}),
    "null": Answer(completion(None)),
    "parts": Answer(completion([{"type": "text", "text": "Tea."}])),
    "integer": Answer(completion(7)),
    "empty": Answer(completion("")),
    "refusal": Answer(completion(None, refusal="I cannot help with that.")),
    "filtered": Answer(completion("Te", ended="content_filter")),
    "length": Answer(completion("Te", ended="length")),
    "thought": Answer(completion(None, ended="length", reasoning_content="Hm")),
    "tools": Answer(completion(None, ended="tool_calls", tool_calls=[{}])),
    "strange": Answer(completion("Tea.", ended="abort")),
    "unended": Answer(completion("Tea.", ended=None)),
    "inside": Answer({"error": {"message": "upstream failed", "code": 502}}),
    "busy": Answer(completion("", ended="insufficient_system_resource")),
    "azure": error(400, "The response was filtered due to the prompt triggering Azure's policy", code="content_filter"),
    "context": error(400, "This model's maximum context length is 9 tokens.", code="context_length_exceeded"),
    "bad": error(400, "messages: this cannot be read"),
    "redirect": Answer(b"", 307, headers={"Location": "http://127.0.0.1:1/v1?key=x"}),
}
"""Answers with a fault that does not depend on what was asked."""


def chatting(behaviour: Behaviour | None = None, port: int = 0) -> AbstractContextManager[Server]:
    """The server, while it is needed; its `url` lacks the /v1."""
    return serving(behaviour or Chat(), port)
