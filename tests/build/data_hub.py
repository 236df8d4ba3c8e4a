"""A hub on loopback that serves the files of one data set to the real `datasets`, or refuses it as the Hub does.

Routes and shapes are those that datasets 5.2 and huggingface_hub 2.4 ask for where rows are streamed, or files of a
folder fetched: whether the user may read it, the commit, the listing of a folder, and the files, by ranges of bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from tests.loopback_hub import NOT_FOUND, Handler, LoopbackHub, Reply, served


class _Handler(Handler):
    server: DataHub

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        self.answer(self.server.reply(self.command, path, self.headers.get("Range")))

    do_HEAD = do_GET


class DataHub(LoopbackHub):
    """Serves `name` from a dict of files at one commit."""

    handler = _Handler

    def __init__(self, name: str, revision: str, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.name, self.revision, self.files = name, revision, dict(files)
        self.asked: list[str] = []

    def reply(self, method: str, path: str, wanted: str | None) -> Reply:
        """The hub's answer."""
        if (found := self.fault(method, path)) is not None:
            return found
        api = f"/api/datasets/{self.name}"
        if path == f"{api}/auth-check":
            return Reply()
        if path in (api, f"{api}/revision/{self.revision}"):
            return Reply(content={"id": self.name, "sha": self.revision})
        tree, files = f"{api}/tree/{self.revision}", f"/datasets/{self.name}/resolve/{self.revision}/"
        if path.startswith(tree):
            return Reply(content=self._listing(path.removeprefix(tree).strip("/")))
        name = path.removeprefix(files)
        return self._file(self.files[name], wanted) if path.startswith(files) and name in self.files else NOT_FOUND

    def _listing(self, folder: str) -> list[dict[str, object]]:
        """Files and folders right in a folder."""
        start = f"{folder}/" if folder else ""
        found: dict[str, dict[str, object]] = {}
        for name, content in self.files.items():
            if name.startswith(start):
                first, _, rest = name.removeprefix(start).partition("/")
                kind = {"type": "directory", "size": 0} if rest else {"type": "file", "size": len(content)}
                found[first] = {**kind, "oid": "0" * 40, "path": start + first}
        return list(found.values())

    def _file(self, content: bytes, wanted: str | None) -> Reply:
        headers = {"ETag": '"' + "0" * 40 + '"', "X-Repo-Commit": self.revision, "Accept-Ranges": "bytes"}
        if wanted is None:
            return Reply(200, content, headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        part = content[int(first) : int(last or len(content)) + 1]
        place = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
        return Reply(206, part, headers | {"Content-Range": place})


@contextmanager
def serving(name: str, revision: str, files: Mapping[str, bytes]) -> Iterator[DataHub]:
    """Such a hub while it answers."""
    with served(DataHub(name, revision, files)) as hub:
        yield hub
