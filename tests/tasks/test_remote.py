"""Items that lie elsewhere: fetched once, read here, and never asked for because a run folder names them.

The stores are fsspec's memory://, a server and a hub on loopback; S3 and GCS speak through the same interface.
"""

from __future__ import annotations

import functools
import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.build import data_hub
from tests.factories import make_item, write_items
from weval.errors import ConfigError, DataError, WevalError
from weval.readback import read_back, rescore
from weval.run import RunSpec, run
from weval.tasks import fetch_data, is_data, load_data
from weval.tasks.remote import cached, fetched

fsspec = pytest.importorskip("fsspec")
URL = "memory://bucket/tea set"


def items_of(number: int) -> list[Any]:
    return [make_item(f"i{number}-{n}") for n in range(3)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Any]:
    """Three shards and a file beside them, and the same in a folder of this machine."""
    memory = fsspec.filesystem("memory")
    (tmp_path / "here").mkdir()
    for number in range(3):
        path = write_items(tmp_path / "here" / f"part-{number}.jsonl", items_of(number))
        memory.pipe(f"/bucket/tea set/{path.name}", path.read_bytes())
    memory.pipe("/bucket/tea set/README.md", b"about")
    yield memory
    memory.rm("/bucket", recursive=True)


@pytest.mark.parametrize("url", [URL, f"{URL}/*.jsonl", f"{URL}/part-?.jsonl"])
def test_shards_elsewhere_are_the_task_that_they_are_here(store: Any, tmp_path: Path, url: str) -> None:
    seen: list[tuple[int, int | None]] = []
    found, here = load_data(url, progress=lambda have, total: seen.append((have, total))), load_data(tmp_path / "here")
    assert list(found.items()) == list(here.items())
    assert (found.sha256, found.name, found.shards.names) == (here.sha256, "tea-set", here.shards.names)
    size = sum(path.stat().st_size for path in (tmp_path / "here").iterdir())
    assert seen[-1] == (size, size)


def test_one_file_elsewhere_has_its_own_hash_and_name(store: Any, tmp_path: Path) -> None:
    found = load_data(f"{URL}/part-1.jsonl")
    assert (found.name, found.sha256) == ("part-1", load_data(tmp_path / "here" / "part-1.jsonl").sha256)


def test_only_what_is_new_or_changed_is_fetched(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[str] = []
    whole = type(store).get_file
    monkeypatch.setattr(
        type(store), "get_file", lambda self, name, *a, **k: (got.append(name), whole(self, name, *a, **k))
    )
    before = fetch_data(URL)
    assert len(got) == 3
    assert fetch_data(URL) == before and len(got) == 3
    store.pipe("/bucket/tea set/part-1.jsonl", before[2].read_bytes())
    after = fetch_data(URL)
    assert got[3:] == ["/bucket/tea set/part-1.jsonl"]
    assert after[1] != before[1] and after[1].read_bytes() == before[2].read_bytes()


def test_a_file_that_comes_short_is_not_taken(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(store), "get_file", lambda self, name, path, **k: Path(path).write_bytes(b"{"))
    with pytest.raises(DataError, match=r"part-0.jsonl: came with 1 bytes of [\d,]+; try again"):
        fetched(URL)
    assert not is_data(URL)


def test_reading_back_asks_nobody(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = RunSpec("length", data=URL, out=tmp_path / "run")
    before = run(spec).result
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda *a, **k: pytest.fail("asked"))
    assert rescore(tmp_path / "run").result == before
    for path in cached(URL).files:
        path.unlink()
    with pytest.raises(DataError, match=r"is not here; bring it: weval fetch 'memory://bucket/tea set'"):
        read_back(tmp_path / "run")


def test_a_changed_file_is_another_data_set(store: Any, tmp_path: Path) -> None:
    run(RunSpec("length", data=URL, out=tmp_path / "run"))
    write_items(tmp_path / "other", items_of(7))
    store.pipe("/bucket/tea set/part-1.jsonl", (tmp_path / "other").read_bytes())
    fetch_data(URL)
    with pytest.raises(WevalError, match="was scored on another file"):
        read_back(tmp_path / "run")
    with pytest.raises(WevalError, match=r"holds a different run; task.sha256 was"):
        run(RunSpec("length", data=URL, out=tmp_path / "run"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("memory://bucket/none", "memory://bucket/none: no such file"),
        (f"{URL}/*.arrow", "no file fits this pattern"),
        ("simplecache::memory://bucket", r"one address in another \(::\) is not read"),
        ("zip://x::s3://b/y.zip", r"one address in another \(::\) is not read"),
        ("https://me:secret@host/x.jsonl", "^https://…: an address with a password would stand in run.json"),
        ("nowhere://x", r"nowhere://x: unknown protocol 'nowhere' \(usual are s3, gs, hf, https\)"),
        ("htps://example.com/a.jsonl", r"unknown protocol 'htps'; did you mean https or http\?"),
        ("s3x://bucket/a.jsonl", "unknown protocol 's3x'; did you mean s3"),
        ("HF://datasets/a/b", "unknown protocol 'HF'; did you mean hf"),
        (
            "s3:/bucket/x.parquet",
            "s3:/bucket/x.parquet: no such file; an address has two slashes, as s3://bucket/x.par",
        ),
        ("https:/x", "an address has two slashes, as https://x"),
        ("s3://", "s3://: names no place; an address has one"),
        ("memory:///", "memory:///: names no place"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(store: Any, url: str, words: str) -> None:
    with pytest.raises(WevalError, match=words) as caught:
        load_data(url)
    assert "\n" not in str(caught.value)
    assert not is_data(url)


def refused(status: int) -> Exception:
    error = Exception("as aiohttp has it")
    error.__dict__["status"] = status
    return error


@pytest.mark.parametrize(
    ("url", "error", "cause", "words"),
    [
        (
            "hf://datasets/a/b/x.jsonl",
            OSError("no"),
            socket.gaierror(-2, "?"),
            "its host is not known, or there is no net",
        ),
        (
            "http://h/x.jsonl",
            FileNotFoundError("h"),
            socket.gaierror(-2, "?"),
            "its host is not known, or there is no net",
        ),
        ("http://h/x.jsonl", FileNotFoundError("h"), TimeoutError(), "nobody answers there"),
        ("http://h/x.jsonl", FileNotFoundError("h"), refused(410), "^http://h/x.jsonl: no such file$"),
        ("http://h/x.jsonl", FileNotFoundError("h"), refused(403), "its server answers 403"),
        ("http://h/x.jsonl", FileNotFoundError("h"), ValueError("bad\nseal"), r"\(ValueError: bad\)"),
        ("s3://b/x.jsonl", type("NoCredentialsError", (Exception,), {})(), None, "AWS_PROFILE, or FSSPEC_S3_ANON=true"),
    ],
)
def test_what_goes_wrong_on_the_way_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, url: str, error: Exception, cause: Exception | None, words: str
) -> None:
    error.__cause__ = cause

    def reach(*args: Any, **settings: Any) -> Any:
        raise error

    monkeypatch.setattr(fsspec.core, "url_to_fs", reach)
    with pytest.raises(WevalError, match=words):
        load_data(url)


def test_problems_name_the_address(store: Any, tmp_path: Path) -> None:
    path = tmp_path / "here" / "part-1.jsonl"
    bad = path.read_bytes() + b'{"id": 1}\n'
    store.pipe("/bucket/tea set/part-1.jsonl", bad)
    for url in (URL, f"{URL}/part-*", f"{URL}/part-1.jsonl"):
        with pytest.raises(DataError) as caught:
            load_data(url)
        assert caught.value.problems[0].startswith(f"{URL}/part-1.jsonl:4: ")
    store.pipe("/bucket/tea set/part-1.jsonl", path.read_bytes().replace(b"i1-2", b"i0-1"))
    with pytest.raises(
        DataError, match=rf"^{URL}/part-1.jsonl:3: id: 'i0-1' is already the id of {URL}/part-0.jsonl:2$"
    ):
        load_data(URL)
    store.pipe("/bucket/tea set/part-0.jsonl", b"\n<!DOCTYPE html>\n"[1:])
    with pytest.raises(DataError, match=rf"^{URL}/part-0.jsonl: is a web page, not a file of items$"):
        load_data(URL)
    store.pipe("/bucket/tea set/part-0.jsonl", b"PAR1 and no more")
    with pytest.raises(DataError, match=rf"^{URL}/part-0.jsonl: is not a readable Parquet file"):
        load_data(URL)


def test_a_store_in_which_no_items_lie(store: Any) -> None:
    store.pipe("/bucket/other/README.md", b"")
    with pytest.raises(DataError, match="memory://bucket/other: holds no file of items"):
        load_data("memory://bucket/other")


def test_a_package_that_is_not_here_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(ConfigError, match="reading gs://… needs gcsfs: pip install gcsfs"):
        load_data("gs://bucket/x.jsonl")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ConfigError, match=r"needs fsspec: pip install 'weval\[remote\]'"):
        load_data("s3://bucket/x.jsonl")


class _Files(http.server.SimpleHTTPRequestHandler):
    """A folder over HTTP, which names a version of each file."""

    asked: ClassVar[list[str]] = []

    def end_headers(self) -> None:
        self.send_header("ETag", '"1"')
        super().end_headers()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *said: Any) -> None:
        pass


def test_a_file_over_http(store: Any, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    _Files.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=tmp_path / "here"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/part-0.jsonl?version=*"
    try:
        found = load_data(url)
        assert (found.name, list(found.items())) == ("part-0", items_of(0))
        assert load_data(url).sha256 == found.sha256 and len(_Files.asked) == 1  # the second time it was not fetched
        with pytest.raises(DataError, match=r"none\.jsonl: no such file$"):
            load_data(f"http://127.0.0.1:{server.server_port}/none.jsonl")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    with pytest.raises(ConfigError, match=f"cannot read {url[:-10]}: nobody answers there"):
        load_data(url[:-10])
    assert load_data(url, reach=False).sha256 == found.sha256


def test_files_of_the_hub(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"data/{path.name}": path.read_bytes() for path in (tmp_path / "here").iterdir()}
    with data_hub.serving("org/tea", "main", files) as hub:
        hub.stand_in(monkeypatch, tmp_path / "hub")
        found = load_data("hf://datasets/org/tea/data")
        assert (found.sha256, found.shards.names) == (
            load_data(tmp_path / "here").sha256,
            ("part-0.jsonl", "part-1.jsonl", "part-2.jsonl"),
        )
        assert (
            load_data("hf://datasets/org/tea/data/*-1.jsonl").sha256 == load_data(tmp_path / "here/part-1.jsonl").sha256
        )
        n_asked = len(hub.asked)
        assert load_data("hf://datasets/org/tea/data").sha256 == found.sha256
        assert not any("resolve" in path for path in hub.asked[n_asked:])  # what has not changed is not fetched
        for missing in ("hf://datasets/org/tea/data/none.jsonl", "hf://datasets/org/coffee/part.jsonl"):
            with pytest.raises(DataError, match=f"^{missing}: no such file$"):
                load_data(missing)
