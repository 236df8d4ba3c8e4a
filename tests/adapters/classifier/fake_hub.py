"""A hub on loopback that serves one repository to the real huggingface_hub client, and fails in the ways the Hub does.

Routes, headers and error codes are those that huggingface_hub 2.4 asks for: the commit of a revision, the listing of
its files, and the files themselves, weights by way of a redirect as from large file storage. No xet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.loopback_hub import COMMIT, NOT_FOUND, Fault, Handler, LoopbackHub, Reply, served

__all__ = ["COMMIT", "Hub", "Reply", "refusal", "serving"]


def refusal(status: int, code: str | None = None, message: str | None = None, *, within: str = "/") -> Fault:
    """A hub that refuses whatever has `within` in its path, with the error code and message of the real one."""
    headers = {"X-Error-Code": code, "X-Error-Message": message}
    reply = Reply(status, {"error": message}, {name: said for name, said in headers.items() if said})
    return lambda _, path: reply if within in path else None


class _Handler(Handler):
    server: Hub

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path, self.headers.get("Authorization")))
        self.answer(self.server.reply(self.command, path))

    do_HEAD = do_GET


class Hub(LoopbackHub):
    """Serves `org/tiny` from a dict of files, at one commit, which `main` and the tag `v1` name."""

    handler = _Handler

    def __init__(self, files: Mapping[str, bytes], name: str = "org/tiny") -> None:
        super().__init__()
        self.files, self.name, self.commit = dict(files), name, COMMIT
        self.revisions = {"main", "v1", COMMIT}
        self.asked: list[tuple[str, str, str | None]] = []

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
        return NOT_FOUND

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


@contextmanager
def serving(folder: Path, **more: bytes) -> Iterator[Hub]:
    """A hub that serves a folder's files."""
    with served(Hub({path.name: path.read_bytes() for path in folder.iterdir()} | more)) as hub:
        yield hub
