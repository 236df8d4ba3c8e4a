"""Connections on which nothing is asked are ended, those that wait for an answer are not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.serving.scorers import Counting
from weval.serving import server
from weval.serving.options import ServeOptions
from weval.serving.server import running
from weval.serving.service import Service

IDLE_S = 0.3


@pytest.fixture
def adapter() -> Counting:
    return Counting()


@pytest.fixture
def url(adapter: Counting, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(server, "KEEP_ALIVE_S", IDLE_S)
    with running(Service("mine", adapter, ServeOptions(max_wait_ms=0.0, finish_s=5))) as found:
        yield found


def connected(url: str) -> socket.socket:
    place = urlsplit(url)
    assert place.hostname and place.port
    return socket.create_connection((place.hostname, place.port), timeout=10)


def ended_after_s(connection: socket.socket, byte: bytes = b"") -> float:
    """Seconds until the server ends the connection, which sends a byte now and then meanwhile."""
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < 10:
        try:
            if byte:
                connection.sendall(byte)
            if connection.recv(2**16) == b"":
                return time.monotonic() - began
        except TimeoutError:
            continue
        except OSError:  # it has ended while a byte was on its way
            return time.monotonic() - began
    raise AssertionError("the connection is still there")


@pytest.mark.parametrize(
    ("sent", "byte"),
    [
        (b"", b""),
        (b"POST /weval HTTP/1.1\r\nHost: localhost\r\nX: ", b"x"),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health", b"h"),
    ],
    ids=["nothing", "a head that never ends", "a head that never ends after an answer"],
)
def test_a_connection_that_asks_nothing_whole_is_ended(url: str, sent: bytes, byte: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        assert IDLE_S * 0.9 < ended_after_s(connection, byte) < IDLE_S * 8


def test_an_answer_may_take_longer_than_that(url: str, adapter: Counting) -> None:
    adapter.gate.clear()
    threading.Timer(IDLE_S * 3, adapter.gate.set).start()
    with httpx.Client(trust_env=False, timeout=20) as client:
        reply = client.post(f"{url}/predict", json={"question": "Tea.", "answer": "four"})
        assert reply.json() == {"value": 4.0, "model": "mine"}
        assert client.post(f"{url}/predict", json={"question": "Tea.", "answer": "ab"}).json()["value"] == 2.0
