"""A hub on loopback that serves one repository to the real huggingface_hub client, and fails in the ways the Hub does.

Routes, headers and error codes are those that huggingface_hub 2.4 asks for: the commit of a revision, the listing of
its files, and the files themselves, weights by way of a redirect as from large file storage. No xet.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    content: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Callable[[str, str], Reply | None]
"""Answers (method, path) in place of the hub; None where the hub is to answer."""


def refusal(status: int, code: str | None = None, message: str | None = None, *, within: str = "/") -> Fault:
    """A hub that refuses whatever has `within` in its path, with the error code and message of the real one."""
    headers = {"X-Error-Code": code, "X-Error-Message": message}
    reply = Reply(status, {"error": message}, {name: said for name, said in headers.items() if said})
    return lambda _, path: reply if within in path else None


class Hub(ThreadingHTTPServer):
    """Serves `org/tiny` from a dict of files, at one commit, which `main` and the tag `v1` name."""

    daemon_threads = True

    def __init__(self, files: Mapping[str, bytes], name: str = "org/tiny") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.name, self.commit = dict(files), name, COMMIT
        self.revisions = {"main", "v1", COMMIT}
        self.fault: Fault = lambda method, path: None
        self.asked: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def downloads(self) -> set[str]:
        """The files whose content was sent."""
        return {path.rpartition("/")[2] for method, path, _ in self.asked if method == "GET" and "/api/" not in path}

    def reply(self, method: str, path: str) -> Reply:
        """The hub's answer."""
        if (found := self.fault(method, path)) is not None:
            return found
        api, tree = f"/api/models/{self.name}/revision/", f"/api/models/{self.name}/tree/"
        if path == f"/api/models/{self.name}":
            return Reply(content={"id": self.name, "sha": self.commit})
        for start in (api, tree, f"/{self.name}/resolve/"):
            if path.startswith(start):
                revision, _, file = path.removeprefix(start).partition("/")
                if revision not in self.revisions:
                    return Reply(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
                if start == api:
                    return Reply(content={"id": self.name, "sha": self.commit})
                return Reply(content=self._listing()) if start == tree else self._file(file)
        if path.startswith("/cdn/") and (name := path.removeprefix("/cdn/")) in self.files:
            return Reply(content=self.files[name])
        return Reply(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

    def _listing(self) -> list[dict[str, Any]]:
        return [
            {"type": "file", "path": name, "size": len(said), "oid": hashlib.sha1(said).hexdigest()}
            for name, said in self.files.items()
        ]

    def _file(self, name: str) -> Reply:
        if name not in self.files:
            return Reply(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
        said = self.files[name]
        tag = f'"{hashlib.sha256(said).hexdigest()}"'
        headers = {"X-Repo-Commit": self.commit, "ETag": tag}
        if not name.endswith(".safetensors"):
            return Reply(content=said, headers=headers)
        linked = {
            "X-Linked-Etag": tag,
            "X-Linked-Size": str(len(said)),
            "Location": f"http://localhost:{self.server_port}/cdn/{name}",
        }
        return Reply(302, headers=headers | linked)


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.0"  # no connection outlives the server

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path, self.headers.get("Authorization")))
        reply = self.server.reply(self.command, path)
        said = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
        self.send_response(reply.status)
        for name, value in ({"Content-Length": str(len(said))} | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(said)

    do_HEAD = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serving(folder: Path, **more: bytes) -> Iterator[Hub]:
    """A hub that serves a folder's files."""
    hub = Hub({path.name: path.read_bytes() for path in folder.iterdir()} | more)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
