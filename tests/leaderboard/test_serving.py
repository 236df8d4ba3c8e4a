"""A folder on loopback: its files, no listings, nothing beside it, nothing under another name."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from weval.errors import ConfigError
from weval.leaderboard.serving import address_of, site_server


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    site = tmp_path / "site"
    (site / "models").mkdir(parents=True)
    (site / "empty").mkdir()
    (site / "index.html").write_text("<p>front</p>")
    (site / "models" / "index.html").write_text("<p>models</p>")
    (tmp_path / "secret.txt").write_text("secret")
    with site_server(site, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        assert address_of(server) == f"http://127.0.0.1:{server.server_port}/"
        yield server.server_port
        server.shutdown()
        thread.join()


def asked(port: int, path: str, host: str | None = None) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Host": host} if host is not None else {})
    reply = connection.getresponse()
    found = reply.status, reply.read().decode(), dict(reply.headers)
    connection.close()
    return found


def test_files_and_the_index_of_folders(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    status, text, headers = asked(port, "/")
    assert (status, text) == (200, "<p>front</p>")
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-type"] == "text/html"
    assert asked(port, "/models/")[1] == "<p>models</p>"
    assert asked(port, "/nothing")[0] == 404
    assert capfd.readouterr() == ("", "")


def test_no_listing_and_nothing_outside(port: int) -> None:
    assert asked(port, "/empty/")[0] == 404
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/models/../../secret.txt", "//secret.txt"):
        status, text, _ = asked(port, path)
        assert status == 404
        assert "secret" not in text.replace("secret.txt", "")


def test_a_page_of_another_host_that_leads_here_gets_nothing(port: int) -> None:
    assert asked(port, "/", host=f"localhost:{port}")[0] == 200
    for host in ("evil.example", f"evil.example:{port}", ""):
        status, text, _ = asked(port, "/", host=host)
        assert status == 403
        assert "front" not in text


def test_a_port_that_is_none_or_not_free(port: int, tmp_path: Path) -> None:
    for wrong in (-1, 65536):
        with pytest.raises(ConfigError, match=f"--port {wrong}: from 0 to 65535"):
            site_server(tmp_path, wrong)
    with pytest.raises(ConfigError, match=f"--port {port}: .*; --port 0 takes a free one"):
        site_server(tmp_path, port)
