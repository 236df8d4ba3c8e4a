"""A hub on loopback that takes a pull request from the real huggingface_hub client, or refuses it as the Hub does.

Routes and shapes are those that huggingface_hub 2.4 asks for: what a dataset is, how each file is to be sent, large
files by way of git-lfs (as *.gz are on the Hub), the commit as lines of JSON. No xet.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAME = "org/board"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    content: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Callable[[str, str], Reply | None]
"""Answers (method, path) in place of the hub; None where the hub is to answer."""


class Hub(ThreadingHTTPServer):
    """Takes pull requests on the dataset `org/board`. `files` is what the last one holds, `header` what it says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault: Fault = lambda method, path: None
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str | None] = set()
        self.queries: list[dict[str, list[str]]] = []
        self.stored: dict[str, bytes] = {}
        self.published: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.header: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reply(self, method: str, path: str, body: bytes) -> Reply:
        """The hub's answer."""
        if (found := self.fault(method, path)) is not None:
            return found
        match method, path:
            case "GET", "/api/datasets/org/board" | "/api/datasets/org/board/revision/main":
                return Reply(content={"id": NAME, "sha": COMMIT, "private": False, "tags": [], "downloads": 0})
            case "POST", "/api/datasets/org/board/preupload/main":
                return Reply(content={"files": [self._mode(one["path"]) for one in json.loads(body)["files"]]})
            case "POST", "/datasets/org/board.git/info/lfs/objects/batch":
                return Reply(content={"objects": [self._place(one) for one in json.loads(body)["objects"]]})
            case "PUT", _ if path.startswith("/storage/"):
                self.stored[path.removeprefix("/storage/")] = body
                return Reply()
            case "POST", "/api/datasets/org/board/commit/main":
                return self._commit([json.loads(line) for line in body.splitlines()])
        return Reply(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

    def _mode(self, path: str) -> dict[str, Any]:
        same = self.published.get(path)
        if path.endswith(".gz"):
            oid = None if same is None else hashlib.sha256(same).hexdigest()
            return {"path": path, "uploadMode": "lfs", "shouldIgnore": False, "oid": oid}
        oid = None if same is None else hashlib.sha1(b"blob %d\0" % len(same) + same).hexdigest()
        return {"path": path, "uploadMode": "regular", "shouldIgnore": False, "oid": oid}

    def _place(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, "actions": {"upload": {"href": f"{self.url}/storage/{one['oid']}"}}}

    def _commit(self, lines: list[dict[str, Any]]) -> Reply:
        self.header = lines[0]["value"]
        self.files = {}
        for line in lines[1:]:
            value = line["value"]
            large = line["key"] == "lfsFile"
            said = self.stored[value["oid"]] if large else base64.b64decode(value["content"])
            assert not large or hashlib.sha256(said).hexdigest() == value["oid"]
            self.files[value["path"]] = said
        address = f"{self.url}/datasets/{NAME}/discussions/7"
        return Reply(
            content={
                "commitUrl": f"{self.url}/datasets/{NAME}/commit/{COMMIT}",
                "commitOid": COMMIT,
                "pullRequestUrl": address,
            }
        )


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.0"  # no connection outlives the server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append((self.command, parts.path))
        self.server.queries.append(parse_qs(parts.query))
        if NAME in parts.path:  # not the storage, nor what the client asks for by itself
            self.server.tokens.add(self.headers.get("Authorization"))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.server.reply(self.command, parts.path, body)
        said = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
        self.send_response(reply.status)
        for name, value in ({"Content-Length": str(len(said))} | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_PUT = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that waits for a pull request."""
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
