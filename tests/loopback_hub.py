"""What all stand-ins of the Hugging Face Hub share: a server on loopback, its answers, and faults in place of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
from huggingface_hub import constants

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    content: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Callable[[str, str], Reply | None]
"""Answers (method, path) in place of the hub; None where the hub is to answer."""

NOT_FOUND = Reply(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})


class LoopbackHub(ThreadingHTTPServer):
    """A hub that answers by its `reply`, unless `fault` does."""

    daemon_threads = True
    handler: type[BaseHTTPRequestHandler]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        self.fault: Fault = lambda method, path: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stand_in(self, patch: pytest.MonkeyPatch, cache: Path) -> None:
        """The client in this process takes it for the real one, and has another cache."""
        patch.setattr(constants, "ENDPOINT", self.url)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", self.url + "/{repo_id}/resolve/{revision}/{filename}")
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)


class Handler(BaseHTTPRequestHandler):
    """One connection to the hub; none outlives the server, and nothing is printed."""

    protocol_version = "HTTP/1.0"

    def answer(self, reply: Reply) -> None:
        """Sends a reply, without its body where only the head was asked for."""
        said = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
        self.send_response(reply.status)
        for name, value in ({"Content-Length": str(len(said))} | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


H = TypeVar("H", bound=LoopbackHub)


@contextmanager
def served(hub: H) -> Iterator[H]:
    """The hub while it answers."""
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
