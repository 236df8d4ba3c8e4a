"""Both batch protocols on loopback, by their documented shapes. `python -m tests.textmodels.fake_batches` serves them.

What a prompt says first decides what its request comes to: `say TEXT` is answered; `expire`, `cancel`, `500`, `bad`,
`long`, `missing`, `broken`, `twice TEXT`, `filtered` are not, or oddly; with `once-` before it only the first time.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-secret-of-the-tests"


@dataclass
class Batch:
    """One batch: its requests as they came, where it is, and the lines of its results."""

    id: str
    kind: str
    requests: list[dict[str, Any]]
    created: float
    version: str
    metadata: Any = None
    input_file: str = ""
    ended: bool = False
    refused: dict[str, Any] | None = None
    outputs: list[bytes] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)
    expired: bool = False


class Fake(ThreadingHTTPServer):
    """Remembers all batches. `ends`: batches end at once. `at_create` is what happens to the next one that is created.

    At creation: `hang-before` and `reset-before` before it is there, `hang-after`, `reset-after`, `500-after` and
    `nonsense-after` when it is there; `429` and `400 MESSAGE` refuse it. `refuse` has code and message with which whole
    batches of more than `refuse_above` requests fail.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.batches: dict[str, Batch] = {}
        self.files: dict[str, bytes] = {}
        self.n_uploads = 0
        self.seen: Counter[str] = Counter()
        self.ends = True
        self.at_create: list[str] = []
        self.at_results: list[str] = []
        self.refuse: tuple[str, str] | None = None
        self.refuse_above = 0
        self.takes_temperature = True
        self.knows_old_version = True
        self.key = KEY
        self.reached = threading.Event()
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *_: Any) -> None:
        """Clients that went away are no news."""

    def end(self) -> None:
        """Ends all batches."""
        for batch in self.batches.values():
            self.finish(batch)

    def create(self, kind: str, requests: list[dict[str, Any]], version: str, **about: Any) -> Batch:
        """A new batch. As at the providers, ids of requests are unique, and short."""
        ids = [request["custom_id"] for request in requests]
        assert len({*ids}) == len(ids)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", one) for one in ids)
        with self.lock:
            name = f"{'msgbatch' if kind == 'anthropic' else 'batch'}_{len(self.batches)}"
            batch = self.batches[name] = Batch(name, kind, requests, time.time(), version, **about)
        if self.refuse and len(requests) > self.refuse_above:
            batch.refused = {"code": self.refuse[0], "message": self.refuse[1], "line": 1}
        if self.ends:
            self.finish(batch)
        return batch

    def finish(self, batch: Batch) -> None:
        """Answers all requests of a batch; the last comes first, and a line is in between that nobody asked for."""
        if batch.ended:
            return
        batch.ended = True
        answer = self.of_anthropic if batch.kind == "anthropic" else self.of_openai
        for request in reversed(batch.requests):
            answer(batch, request)
        foreign = {"custom_id": "foreign", "result": {"type": "succeeded", "message": {}}, "response": None}
        batch.outputs.insert(len(batch.outputs) // 2, json.dumps(foreign).encode())

    def word(self, text: str) -> tuple[str, str]:
        """What is to be done with a prompt, and the rest of it."""
        word, _, rest = text.partition(" ")
        if word.startswith("once-"):
            with self.lock:
                self.seen[text] += 1
            word = word.removeprefix("once-") if self.seen[text] == 1 else "say"
        return word, rest

    def of_openai(self, batch: Batch, request: dict[str, Any]) -> None:
        body = request["body"]
        word, rest = self.word(body["messages"][-1]["content"])
        if "temperature" in body and not self.takes_temperature:
            word = "temperature"

        def respond(status: int, content: Any) -> None:
            response = {"status_code": status, "request_id": "r", "body": content}
            line = {"id": "x", "custom_id": request["custom_id"], "response": response, "error": None}
            (batch.outputs if status == 200 else batch.errors).append(json.dumps(line).encode())

        for text in texts(word, rest):
            respond(200, openai_reply(text))
        if word in OPENAI_ERRORS:
            status, message, code, param = OPENAI_ERRORS[word]
            said = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
            respond(status, {"error": said})
        elif word in ("expire", "cancel"):
            batch.expired = True
            error = {"code": f"batch_{word}d", "message": "This request could not be executed."}
            line = {"id": "x", "custom_id": request["custom_id"], "response": None, "error": error}
            batch.errors.append(json.dumps(line).encode())
        elif word == "broken":
            batch.outputs.append(b'{"custom_id": "' + request["custom_id"].encode() + b'", "resp')

    def of_anthropic(self, batch: Batch, request: dict[str, Any]) -> None:
        params = request["params"]
        word, rest = self.word(params["messages"][-1]["content"])
        if "temperature" in params and not (self.takes_temperature and batch.version == "2023-06-01"):
            word = "temperature"

        def result(content: dict[str, Any]) -> None:
            batch.outputs.append(json.dumps({"custom_id": request["custom_id"], "result": content}).encode())

        for text in texts(word, rest):
            result({"type": "succeeded", "message": anthropic_reply(text)})
        if word in ANTHROPIC_ERRORS:
            kind, message = ANTHROPIC_ERRORS[word]
            error = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
            result({"type": "errored", "error": error})
        elif word in ("expire", "cancel"):
            result({"type": {"expire": "expired", "cancel": "canceled"}[word]})
        elif word == "broken":
            batch.outputs.append(b'{"custom_id": "' + request["custom_id"].encode() + b'", "resu')


OPENAI_ERRORS = {
    "temperature": (400, "Unsupported value: 'temperature' does not support 0.5.", "unsupported_value", "temperature"),
    "500": (500, "The server had an error", None, None),
    "bad": (400, "Invalid content", None, "messages"),
    "long": (400, "This model's maximum context length is 8 tokens", "context_length_exceeded", "messages"),
    "filtered": (400, "flagged by content_filter", "content_filter", None),
}
ANTHROPIC_ERRORS = {
    "temperature": ("invalid_request_error", "temperature: Extra inputs are not permitted"),
    "500": ("api_error", "Internal server error"),
    "bad": ("invalid_request_error", "messages: text content blocks must be non-empty"),
    "long": ("invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum"),
    "filtered": ("invalid_request_error", "Output blocked by content filtering policy"),
}


def texts(word: str, rest: str) -> list[str]:
    """What a request is answered, once or, by mistake, twice."""
    return {"say": [rest], "twice": [rest, "another"]}.get(word, [])


def openai_reply(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    return {"id": "c", "object": "chat.completion", "model": "gpt-4o-2024-08-06", "choices": [choice], "usage": usage}


def anthropic_reply(text: str, **more: Any) -> dict[str, Any]:
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": text}]
    usage = {"input_tokens": 1000, "output_tokens": 100}
    said = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": blocks}
    return {**said, "stop_reason": "end_turn", "stop_sequence": None, "usage": usage, **more}


LIVE = {"/v1/chat/completions": openai_reply, "/v1/messages": anthropic_reply}
"""Routes for replies at once."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Fake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, content: Any) -> None:
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(sent)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def admitted(self) -> bool:
        self.server.asked.append(f"{self.command} {self.path}")
        if self.headers.get("anthropic-version") == "2023-06-01" and not self.server.knows_old_version:
            said = 'anthropic-version: "2023-06-01" is not a valid version'
            self.answer(400, {"type": "error", "error": {"type": "invalid_request_error", "message": said}})
            return False
        if self.headers.get("Authorization") == f"Bearer {self.server.key}":
            return True
        self.answer(401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid key"}})
        return False

    def do_GET(self) -> None:
        if not self.admitted():
            return
        path, _, query = self.path.partition("?")
        fake = self.server
        if path == "/v1/files" or path == "/v1/batches":
            self.answer(200, self.page("openai", query))
        elif path == "/v1/messages/batches":
            self.answer(200, self.page("anthropic", query))
        elif found := re.fullmatch(r"/v1/messages/batches/(\w+)/results", path):
            self.results(fake.batches[found[1]].outputs)
        elif found := re.fullmatch(r"/v1/(?:messages/)?batches/(\w+)", path):
            batch = fake.batches.get(found[1])
            self.answer(200, told(batch)) if batch else self.answer(404, {"error": {"type": "not_found_error"}})
        elif found := re.fullmatch(r"/v1/files/(out|err)-(\w+)/content", path):
            batch = fake.batches[found[2]]
            self.results(batch.outputs if found[1] == "out" else batch.errors)
        else:
            self.answer(404, {"error": {"message": "no such route"}})

    def results(self, lines: list[bytes]) -> None:
        sent = b"\n".join(lines) + b"\n"
        if self.server.at_results:
            self.server.at_results.pop(0)
            self.send_response(200)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent[: len(sent) // 2])
            self.reset()
            return
        self.answer(200, sent)

    def page(self, kind: str, query: str) -> dict[str, Any]:
        """Two at a time, the newest first."""
        rows = [batch for batch in reversed(self.server.batches.values()) if batch.kind == kind]
        after = re.search(r"after(?:_id)?=(\w+)", query)
        if after:
            rows = rows[[batch.id for batch in rows].index(after[1]) + 1 :]
        shown = [told(batch) for batch in rows[:2]]
        return {"data": shown, "has_more": len(rows) > 2, "last_id": shown[-1]["id"] if shown else None}

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.admitted():
            return
        if self.path == "/v1/files":
            self.upload(content)
        elif self.path in ("/v1/batches", "/v1/messages/batches"):
            self.create(content)
        elif self.path in LIVE:
            _, text = self.server.word(json.loads(content)["messages"][-1]["content"])
            self.answer(200, LIVE[self.path](text))
        else:
            self.answer(404, {"error": {"message": "no such route"}})

    def upload(self, content: bytes) -> None:
        fake = self.server
        assert b'name="purpose"\r\n\r\nbatch' in content
        found = re.search(rb'name="file"; filename="[^"]+"\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--', content, re.DOTALL)
        assert found
        with fake.lock:
            fake.n_uploads += 1
            name = f"file-{fake.n_uploads}"
            fake.files[name] = found[1]
        self.answer(200, {"id": name, "object": "file", "purpose": "batch", "bytes": len(found[1])})

    def create(self, content: bytes) -> None:
        fake = self.server
        how = fake.at_create.pop(0) if fake.at_create else ""
        if how == "429":
            return self.answer(429, {"error": {"type": "rate_limit_error", "message": "slow down"}})
        if how.startswith("400 "):
            return self.answer(400, {"error": {"type": "invalid_request_error", "message": how[4:]}})
        if how == "reset-before":
            return self.reset()
        if how == "hang-before":
            return self.hang()
        batch = self.made(json.loads(content))
        if how == "hang-after":
            return self.hang()
        if how == "reset-after":
            return self.reset()
        if how == "500-after":
            return self.answer(500, {"error": {"type": "api_error", "message": "sorry"}})
        if how == "nonsense-after":
            return self.answer(200, b"<html>")
        self.answer(200, told(batch))

    def hang(self) -> None:
        self.server.reached.set()
        self.server.closing.wait(20)
        self.reset()

    def made(self, body: Any) -> Batch:
        fake, version = self.server, self.headers.get("anthropic-version", "")
        if self.path.startswith("/v1/messages"):
            return fake.create("anthropic", body["requests"], version)
        lines = fake.files[body["input_file_id"]].splitlines()
        assert body["completion_window"] == "24h"
        requests = [json.loads(line) for line in lines]
        assert all((one["method"], one["url"]) == ("POST", body["endpoint"]) for one in requests)
        return fake.create("openai", requests, version, metadata=body["metadata"], input_file=body["input_file_id"])


def told(batch: Batch) -> dict[str, Any]:
    """What a provider tells about a batch."""
    if batch.kind == "anthropic":
        counts = dict.fromkeys(("canceled", "errored", "expired", "processing", "succeeded"), 0)
        counts["succeeded" if batch.ended else "processing"] = len(batch.requests)
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if batch.ended else "in_progress",
            "request_counts": counts,
            "created_at": datetime.fromtimestamp(batch.created, UTC).isoformat().replace("+00:00", "Z"),
            "archived_at": None,
            "results_url": f"http://127.0.0.1:9/v1/messages/batches/{batch.id}/results" if batch.ended else None,
        }
    status = ("expired" if batch.expired else "completed") if batch.ended else "in_progress"
    is_told = batch.ended and not batch.refused
    return {
        "id": batch.id,
        "object": "batch",
        "status": "failed" if batch.refused else status,
        "metadata": batch.metadata,
        "created_at": int(batch.created),
        "input_file_id": batch.input_file,
        "errors": {"object": "list", "data": [batch.refused]} if batch.refused else None,
        "output_file_id": f"out-{batch.id}" if is_told and batch.outputs else None,
        "error_file_id": f"err-{batch.id}" if is_told and batch.errors else None,
    }


@contextmanager
def serving(port: int = 0) -> Iterator[Fake]:
    with Fake(port) as fake:
        thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            fake.closing.set()
            fake.shutdown()
            thread.join()


def main() -> None:
    """Serves until it is killed, on a port that it prints; batches end when their time in seconds has passed."""
    import sys

    wait_s = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    with serving() as fake:
        fake.ends = not wait_s
        print(fake.url, flush=True)
        while True:
            time.sleep(0.05)
            for batch in [*fake.batches.values()]:
                if time.time() - batch.created >= wait_s:
                    fake.finish(batch)


if __name__ == "__main__":
    main()
