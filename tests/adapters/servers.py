"""Servers on loopback that answer as reward-model servers do, and one that breaks in every way a server can.

They follow the documented shapes of the released Flask server, vLLM's /classify and SGLang's two routes; none of these
programs runs here.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BOS = "<bos>"


@dataclass
class Answer:
    """What goes back: JSON, or the bytes themselves."""

    content: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What came in."""

    path: str
    body: Any
    headers: Mapping[str, str]
    at: float


Behaviour = Callable[["Handler", Asked], Answer | None]
"""Answers a request; None where it has dealt with the connection itself."""


class Server(ThreadingHTTPServer):
    """Remembers what it was asked, and how many requests were inside at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behaviour: Behaviour, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.behaviour = behaviour
        self.asked: list[Asked] = []
        self.inside = self.most_inside = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """Clients that went away are no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "uvicorn"
    sys_version = ""
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(self.path, body, dict(self.headers), time.monotonic())
        with server.lock:
            server.asked.append(asked)
            server.inside += 1
            server.most_inside = max(server.most_inside, server.inside)
        try:
            answer = server.behaviour(self, asked)
        finally:
            with server.lock:
                server.inside -= 1
        if answer:
            self.answer(answer)

    def answer(self, answer: Answer) -> None:
        content = answer.content if isinstance(answer.content, bytes) else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(content)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        return self.server_version

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(behaviour: Behaviour, port: int = 0) -> Iterator[Server]:
    with Server(behaviour, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def liked(text: str) -> float:
    """A raw score between about -6 and 6: any number that texts differ in will do."""
    return math.log(1 + len(set(text.split()))) * 2 - 6 - text.count(BOS)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def softmax(values: list[float]) -> list[float]:
    highest = max(values)
    powers = [math.exp(value - highest) for value in values]
    return [power / sum(powers) for power in powers]


# --- the released protocol


def flask(handler: Handler, asked: Asked) -> Answer:
    """POST /predict of the released server: the probability of class 1, rounded to three decimals."""
    handler.protocol_version, handler.server_version = "HTTP/1.0", "Werkzeug/3.0.1 Python/3.11.7"
    handler.close_connection = True
    if asked.path != "/predict":
        return Answer(b"<!doctype html>\n<title>404 Not Found</title>", 404)
    if set(asked.body) != {"question", "answer"}:
        return Answer({"error": "question and answer are required"}, 400)
    value = round(sigmoid(liked(asked.body["answer"]) - len(asked.body["question"]) / 40), 3)
    return Answer({"value": value, "pred": int(value > 0.5), "question": asked.body["question"]})


# --- vLLM


@dataclass
class Vllm:
    """POST /classify. `n_labels` logits a text; an `old` one does not know `use_activation`, and takes a sigmoid."""

    model: str = "rm"
    n_labels: int = 1
    max_tokens: int = 1000
    old: bool = False

    def __call__(self, handler: Handler, asked: Asked) -> Answer:
        body = asked.body
        if asked.path != "/classify":
            return Answer({"detail": "Not Found"}, 404)
        if body.get("model", self.model) != self.model:
            return self._error(404, "NotFoundError", f"The model `{body['model']}` does not exist.")
        if ("messages" in body) == ("input" in body):
            return self._error(400, "BadRequestError", "messages or input")
        text = self._text(body)
        n = len(text.split())
        if n > self.max_tokens:
            said = f"This model's maximum context length is {self.max_tokens} tokens. However, you requested {n} tokens"
            return self._error(400, "BadRequestError", said)
        logits = [liked(text) * (-1) ** label for label in range(self.n_labels)]
        if self.old or body.get("use_activation") in (None, True):
            logits = [sigmoid(logits[0])] if self.n_labels == 1 else softmax(logits)
        data = [{"index": 0, "label": "LABEL_0", "probs": logits, "num_classes": self.n_labels}]
        usage = {"prompt_tokens": n, "total_tokens": n, "completion_tokens": 0, "prompt_tokens_details": None}
        return Answer({"id": "classify-1", "object": "list", "model": self.model, "data": data, "usage": usage})

    def _text(self, body: dict[str, Any]) -> str:
        """As the server tokenizes it: the template of a chat begins with BOS, a tokenizer that may adds one."""
        if "messages" in body:
            turns = "".join(f" <{turn['role']}> {turn['content']}" for turn in body["messages"])
            return (BOS if body.get("add_special_tokens", False) else "") + BOS + turns
        return (BOS if body.get("add_special_tokens", True) else "") + str(body["input"])

    def _error(self, status: int, kind: str, message: str) -> Answer:
        return Answer({"error": {"message": message, "type": kind, "param": None, "code": status}}, status)


# --- SGLang


def sglang(handler: Handler, asked: Asked) -> Answer:
    """POST /classify gives raw scores of texts; POST /v1/classify takes a softmax of them."""
    if asked.path == "/v1/classify":
        data = [{"index": 0, "label": "LABEL_0", "probs": softmax([liked(str(asked.body))]), "num_classes": 1}]
        return Answer({"object": "list", "data": data})
    if asked.path != "/classify":
        return Answer({"detail": "Not Found"}, 404)
    texts = asked.body.get("text")
    if texts is None:
        return Answer({"error": {"message": "Either text, input_ids or input_embeds should be provided."}}, 400)
    found = [_embedded(text) for text in ([texts] if isinstance(texts, str) else texts)]
    if any(one is None for one in found):
        said = "The input (2000 tokens) is longer than the model's context length (1000 tokens)."
        return Answer({"error": {"message": said}}, 400)
    return Answer(found[0] if isinstance(texts, str) else found)


def _embedded(text: str) -> dict[str, Any] | None:
    n = len(text.split())
    meta = {"id": "0", "finish_reason": None, "prompt_tokens": n, "e2e_latency": 0.01}
    return {"embedding": [liked(BOS + text)], "meta_info": meta} if n <= 1000 else None


# --- faults


@dataclass
class Faulty:
    """Breaks as the response says by its first word (`reset …`): each time, or only the first (`once-reset …`)."""

    sound: Behaviour
    seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        text = asked.body["answer"]
        fault = text.split()[0]
        with handler.server.lock:
            self.seen[text] += 1
            first = self.seen[text] == 1
        if fault.startswith("once-"):
            fault = fault.removeprefix("once-") if first else "sound"
        if fault.isdigit():
            return Answer({"error": {"message": f"trouble {fault}"}}, int(fault), {"Retry-After": "0"})
        if fault in REPLIES:
            return REPLIES[fault]
        return self.sound(handler, asked) if fault == "sound" else BREAKS[fault](handler)


def _reset(handler: Handler) -> None:
    """Ends the connection with RST, before a byte was sent."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def _hang(handler: Handler) -> None:
    handler.server.closing.wait(30)
    handler.close_connection = True


def _half(handler: Handler) -> None:
    """Promises more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"value": 0.')
    handler.close_connection = True


def _drip(handler: Handler) -> None:
    """Sends a byte every now and then: no single wait is long, all together are."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1000):
        if handler.server.closing.wait(0.02):
            break
        handler.wfile.write(b" ")
    handler.close_connection = True


def _babble(handler: Handler) -> None:
    """Does not speak HTTP."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


BREAKS: dict[str, Callable[[Handler], None]] = {
    "reset": _reset, "hang": _hang, "half": _half, "drip": _drip, "babble": _babble,
}  # fmt: skip
"""Ways to break a connection, all of which may pass."""

REPLIES: dict[str, Answer] = {
    "cut": Answer(b'{"value": 0.'),
    "empty": Answer(b""),
    "nothing": Answer({}),
    "null": Answer({"value": None}),
    "text": Answer({"value": "0.7"}),
    "true": Answer({"value": True}),
    "nan": Answer(b'{"value": NaN}'),
    "infinite": Answer(b'{"value": Infinity}'),
    "huge": Answer(b'{"value": 1e999}'),
    "long": Answer(b'{"value": ' + b"9" * 400 + b"}"),
    "list": Answer([0.7]),
    "inner": Answer({"value": [0.7]}),
    "number": Answer(0.7),
    "html": Answer(b"<html><h1>It works!</h1></html>"),
    "binary": Answer(b"\xff\xfe\x00"),
    "deep": Answer(b"[" * 100_000),
    "large": Answer(b" " * (10 * 2**20 + 10) + b'{"value": 0.7}'),
    "zipped": Answer(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}),
}
"""Replies with HTTP 200 that hold no score."""
