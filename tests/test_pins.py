"""Pinned files over a real loopback server that breaks in every way a server can."""

from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pydantic import ValidationError

from weval import pins
from weval.errors import ConfigError, DataError
from weval.pins import Pin

CONTENT = bytes(range(256)) * 400  # no text: what is fetched is bytes
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def make_pin(path: str = "data/eval.jsonl", content: bytes = CONTENT) -> Pin:
    return Pin(repository="owner/repo", commit=COMMIT, path=path, blob=blob(content))


class Server(ThreadingHTTPServer):
    """Serves one file. `script` holds what goes wrong with the next requests: a status, or bytes until it cuts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.ranges = True
        self.script: list[int | str] = []
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append((self.path, wanted))
        trouble = server.script.pop(0) if server.script else None
        if isinstance(trouble, int):
            self.send_error(trouble)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.ranges else 0
        if start >= len(server.content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        rest = server.content[start:]
        self.wfile.write(rest[: int(trouble)] if trouble else rest)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(pins, "RAW_HOST", running.url)
        monkeypatch.setattr(pins, "WAIT_S", 0.0)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        yield running
        running.shutdown()
        thread.join()


def in_cache(pin: Pin) -> list[str]:
    folder = pin.cached.parent
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock") if folder.exists() else []


def part_of(pin: Pin, content: bytes) -> Path:
    part = pin.cached.with_name(pin.cached.name + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    return part


# --- over the network


def test_a_file_is_fetched_once_and_verified(server: Server) -> None:
    pin = make_pin()
    assert pins.located(pin, "weval") == pin.cached
    assert pin.cached.read_bytes() == CONTENT
    assert in_cache(pin) == ["eval.jsonl"]
    assert pins.located(pin, "weval") == pin.cached
    assert server.asked == [(f"/owner/repo/{COMMIT}/data/eval.jsonl", None)]


def test_a_damaged_file_is_fetched_again(server: Server) -> None:
    pin = make_pin()
    pins.located(pin, "weval")
    pin.cached.write_bytes(b"damaged")
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    assert len(server.asked) == 2


@pytest.mark.parametrize("path", ["5c (1).jsonl", "a folder/b (2).jsonl"])
def test_names_with_spaces_and_parentheses(server: Server, path: str) -> None:
    pin = make_pin(path)
    assert pins.located(pin, "weval").name == Path(path).name
    ((asked, _),) = server.asked
    assert " " not in asked
    assert unquote(asked) == f"/owner/repo/{COMMIT}/{path}"


def test_a_broken_connection_is_continued_where_it_broke(server: Server) -> None:
    server.script = ["1000", "2000"]
    assert pins.located(make_pin(), "weval").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=1000-", "bytes=3000-"]


def test_a_download_broken_for_good_is_continued_next_time(server: Server) -> None:
    server.script = ["100", "100", "100"]
    pin = make_pin()
    with pytest.raises(ConfigError, match=r"cannot reach .*eval\.jsonl \("):
        pins.located(pin, "weval")
    assert in_cache(pin) == ["eval.jsonl.part"]
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    assert server.asked[-1][1] == "bytes=300-"
    assert in_cache(pin) == ["eval.jsonl"]


def test_a_server_without_ranges_is_asked_for_everything_again(server: Server) -> None:
    server.ranges = False
    server.script = ["1000"]
    pin = make_pin()
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    assert in_cache(pin) == ["eval.jsonl"]


def test_a_finished_but_not_renamed_download_is_used(server: Server) -> None:
    pin = make_pin()
    part_of(pin, CONTENT)
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("rubbish", [b"rubbish", b"x" * (len(CONTENT) + 5)], ids=["shorter", "longer"])
def test_rubbish_from_an_earlier_download_is_thrown_away(server: Server, rubbish: bytes) -> None:
    pin = make_pin()
    part_of(pin, rubbish)
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    assert in_cache(pin) == ["eval.jsonl"]


def test_a_server_error_is_tried_again(server: Server) -> None:
    server.script = [500, 503]
    assert pins.located(make_pin(), "weval").read_bytes() == CONTENT
    assert len(server.asked) == 3


@pytest.mark.parametrize(("script", "n_asked"), [([404], 1), ([403], 1), ([500, 502, 503], 3)])
def test_a_refusal_says_what_to_bring_by_hand(server: Server, script: list[int | str], n_asked: int) -> None:
    status = script[-1]
    server.script = list(script)
    pin = make_pin()
    with pytest.raises(ConfigError) as caught:
        pins.located(pin, "weval")
    said = str(caught.value)
    assert said.startswith(f"cannot reach {server.url}/owner/repo/{COMMIT}/data/eval.jsonl (HTTP {status}). ")
    assert "owner/repo/data/eval.jsonl of commit 0123456789ab by hand: weval fetch weval --from DIR" in said
    assert said.endswith("--from DIR")
    assert len(server.asked) == n_asked
    assert in_cache(pin) == []


def test_wrong_content_is_refused_and_not_kept(server: Server) -> None:
    server.content = b"other content"
    pin = make_pin()
    with pytest.raises(DataError, match=r"is not the pinned file \(git blob [0-9a-f]{12}, expected [0-9a-f]{12}\)"):
        pins.located(pin, "weval")
    assert in_cache(pin) == []


def test_a_file_that_never_ends_is_not_read_to_its_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "MAX_BYTES", 1000)
    pin = make_pin()
    with pytest.raises(DataError, match=r"eval\.jsonl: is larger than 0 MB, and not the pinned file$"):
        pins.fetch(pin, "weval")
    assert not pin.cached.exists()
    assert pin.cached.with_name("eval.jsonl.part").stat().st_size == 0


@pytest.mark.parametrize(
    ("there", "is_followed"), [("https://elsewhere.example/f", True), ("http://elsewhere.example/f", False)]
)
def test_a_download_stays_encrypted(monkeypatch: pytest.MonkeyPatch, there: str, is_followed: bool) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if len(asked) > 1:
            return httpx.Response(200, content=CONTENT)
        return httpx.Response(302, headers={"Location": there})

    def client(**said: Any) -> httpx.Client:
        return whole(**said, transport=httpx.MockTransport(answer))

    whole = httpx.Client
    monkeypatch.setattr(httpx, "Client", client)
    monkeypatch.setattr(pins, "ATTEMPTS", 1)
    pin = make_pin()
    if is_followed:
        assert pins.fetch(pin, "weval").read_bytes() == CONTENT
    else:
        with pytest.raises(ConfigError, match=r"leads to http://elsewhere\.example, which is not encrypted"):
            pins.fetch(pin, "weval")
    assert asked == [pin.url, there][: 2 if is_followed else 1]


def test_offline(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        monkeypatch.setattr(pins, "RAW_HOST", f"http://127.0.0.1:{closed.getsockname()[1]}")
        pin = make_pin()
        with pytest.raises(ConfigError) as caught:
            pins.located(pin, "dropout-real", instead="use the bundled set: --task weval-mini")
    said = str(caught.value)
    assert pin.url in said
    assert "refused" in said
    assert "weval fetch dropout-real --from DIR; or use the bundled set: --task weval-mini" in said
    assert in_cache(pin) == []


def test_progress_is_told_in_bytes(server: Server) -> None:
    server.script = ["1000"]
    told: list[tuple[int, int | None]] = []
    pins.located(make_pin(), "weval", lambda done, total: told.append((done, total)))
    assert told[0][0] <= 1000
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_the_environments_proxy_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setattr(pins, "RAW_HOST", "http://raw.example")
    pins.located(make_pin(), "weval")
    assert server.asked == [(f"http://raw.example/owner/repo/{COMMIT}/data/eval.jsonl", None)]


def test_no_proxy_is_respected(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert pins.located(make_pin(), "weval").read_bytes() == CONTENT


@pytest.mark.parametrize("proxy", ["gopher://x", "http://[", "::::"])
def test_an_impossible_proxy_is_said(server: Server, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(ConfigError) as caught:
        pins.located(make_pin(), "weval")
    assert len(str(caught.value).splitlines()) == 1


def test_missing_certificates_are_said(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="certificate settings"):
        pins.located(make_pin(), "weval")


def test_a_cache_that_cannot_be_written(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match=r"cannot write .*eval\.jsonl\.part: "):
        pins.located(make_pin(), "weval")
    assert server.asked == []


# --- hashes of which the beginning is known


@pytest.mark.parametrize("n_digits", [8, 12, 39])
def test_the_first_digits_of_a_hash_are_enough(server: Server, tmp_path: Path, n_digits: int) -> None:
    pin = make_pin().model_copy(update={"blob": blob(CONTENT)[:n_digits]})
    assert not pins.is_whole(pin)
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    assert pins.is_whole(pin)
    pin.cached.unlink()
    (tmp_path / "eval.jsonl").write_bytes(CONTENT)
    assert pins.fetch_from(pin, tmp_path).read_bytes() == CONTENT


def test_a_download_is_continued_and_then_known_by_its_first_digits(server: Server) -> None:
    pin = make_pin().model_copy(update={"blob": blob(CONTENT)[:8]})
    server.script = ["1000"]
    assert pins.located(pin, "weval").read_bytes() == CONTENT
    pin.cached.unlink()
    pin.cached.with_name("eval.jsonl.part").write_bytes(b"something else")
    assert pins.located(pin, "weval").read_bytes() == CONTENT


def test_a_digit_that_differs_is_a_mistake(server: Server, tmp_path: Path) -> None:
    known = blob(CONTENT)[:8]
    pin = make_pin().model_copy(update={"blob": known[:-1] + "0123456789abcdef"[int(known[-1], 16) - 1]})
    (tmp_path / "eval.jsonl").write_bytes(CONTENT)
    for bring in (lambda: pins.located(pin, "weval"), lambda: pins.fetch_from(pin, tmp_path)):
        with pytest.raises(DataError, match=rf"git blob {known}\w{{4}}, expected {pin.blob}\)"):
            bring()
    assert not pin.is_here


# --- from a folder


@pytest.mark.parametrize("place", ["owner/repo/data/eval.jsonl", "data/eval.jsonl", "eval.jsonl"])
def test_a_file_is_found_in_three_layouts(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(CONTENT)
    pin = make_pin()
    assert pins.fetch_from(pin, tmp_path) == pin.cached
    assert pin.cached.read_bytes() == CONTENT
    assert in_cache(pin) == ["eval.jsonl"]


def test_the_right_one_of_several_is_taken(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "eval.jsonl").write_bytes(b"an older one")
    (tmp_path / "eval.jsonl").write_bytes(CONTENT)
    assert pins.fetch_from(make_pin(), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [b"", b"other", CONTENT[:-1], CONTENT.replace(b"\n", b"\r\n")])
def test_another_file_is_refused(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "eval.jsonl").write_bytes(wrong)
    pin = make_pin()
    with pytest.raises(DataError, match=r"eval\.jsonl: is not the pinned file \(git blob"):
        pins.fetch_from(pin, tmp_path)
    assert in_cache(pin) == []


def test_a_folder_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds neither owner/repo/data/eval\.jsonl nor eval\.jsonl"):
        pins.fetch_from(make_pin(), tmp_path)
    with pytest.raises(DataError, match="nothing: is not a folder"):
        pins.fetch_from(make_pin(), tmp_path / "nothing")


def test_a_copy_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "eval.jsonl").write_bytes(CONTENT)

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(CONTENT[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    pin = make_pin()
    with pytest.raises(ConfigError, match="No space left on device"):
        pins.fetch_from(pin, tmp_path)
    assert in_cache(pin) == ["eval.jsonl.part"]


def test_a_published_file_is_found_where_its_repository_has_it(shared: Path) -> None:
    pin = Pin(
        repository="THUDM/LongWriter",
        commit=COMMIT,
        path="evaluation/longbench_write_en.jsonl",
        blob="42921cf8a2a3895db463b669f8860ee85dc38939",
    )
    assert pins.fetch_from(pin, shared / "data" / "upstream") == pin.cached


# --- pins


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "owner"},
        {"repository": "owner/repo/more"},
        {"repository": "../repo"},
        {"repository": ".."},
        {"commit": "main"},
        {"commit": COMMIT.upper()},
        {"path": "../eval.jsonl"},
        {"path": "a/../../eval.jsonl"},
        {"path": "/etc/passwd"},
        {"path": ""},
        {"path": "a//b"},
        {"path": "a\nb"},
        {"path": "a?b"},
        {"path": "a\n"},
        {"blob": "0" * 64},
        {"blob": "0" * 7},
        {"blob": ""},
        {"more": 1},
    ],
    ids=str,
)
def test_a_pin_can_only_name_a_file_inside_a_repository(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Pin.model_validate(make_pin().model_dump() | change)


def test_a_cache_that_cannot_be_looked_into_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    pin = make_pin()
    assert not pin.is_here
    monkeypatch.setattr(Path, "is_file", refuse)
    assert not pin.is_here
    for use in (lambda: pins.located(pin, "weval"), lambda: pins.fetch_from(pin, Path("somewhere"))):
        with pytest.raises(DataError, match=r"eval\.jsonl: Permission denied"):
            use()


def test_a_second_process_waits_and_then_finds_the_file(server: Server) -> None:
    pin = make_pin()
    threads = [threading.Thread(target=pins.located, args=(pin, "weval")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pin.cached.read_bytes() == CONTENT
    assert len(server.asked) == 1
