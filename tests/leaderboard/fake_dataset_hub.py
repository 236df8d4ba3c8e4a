"""A hub on loopback that takes a pull request from the real huggingface_hub client, or refuses it as the Hub does.

Routes and shapes are those that huggingface_hub 2.4 asks for: what a dataset is, how each file is to be sent, large
files by way of git-lfs (as *.gz are on the Hub), the commit as lines of JSON. No xet.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import disable_progress_bars

from tests.loopback_hub import COMMIT, NOT_FOUND, Fault, Handler, LoopbackHub, Reply, served

__all__ = ["COMMIT", "NAME", "Fault", "Hub", "Reply", "serving", "taken_for_the_real_one"]

NAME = "org/board"


class _Handler(Handler):
    server: Hub

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append((self.command, parts.path))
        self.server.queries.append(parse_qs(parts.query))
        if NAME in parts.path:  # not the storage, nor what the client asks for by itself
            self.server.tokens.add(self.headers.get("Authorization"))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(self.server.reply(self.command, parts.path, body))

    do_POST = do_PUT = do_GET


class Hub(LoopbackHub):
    """Takes pull requests on the dataset `org/board`. `files` is what the last one holds, `header` what it says."""

    handler = _Handler

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str | None] = set()
        self.queries: list[dict[str, list[str]]] = []
        self.stored: dict[str, bytes] = {}
        self.published: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.header: dict[str, str] = {}

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
        return NOT_FOUND

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


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that waits for a pull request."""
    with served(Hub()) as hub:
        yield hub


def taken_for_the_real_one(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The client in this process asks the hub at this address. It finds no token, and does not wait to try again."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(time, "sleep", lambda _: None)  # the client waits longer with every try
    disable_progress_bars()
