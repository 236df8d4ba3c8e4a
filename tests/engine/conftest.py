"""A cluster of this machine, once for all tests of a process; whoever needs it is slow."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

from weval.engine.head import Head

PLUGINS = '''"""Models that are slow, that die, and that raise."""

import os
import signal
import time
from pathlib import Path

from weval.types import Score


class Slow:
    """The length, after a while."""

    unit = "response"

    def __init__(self, wait="0.01"):
        self.wait = float(wait)

    def score(self, requests):
        for request in requests:
            time.sleep(self.wait)
            yield Score.ok(request, len(request.responses[0]) + len(request.query) / 1000)


class Poisoned:
    """Ends the process whenever it is asked about one text, and by another signal once in all, in its fourth."""

    unit = "response"

    def __init__(self, dies):
        self.dies = Path(dies)

    def score(self, requests):
        for number, request in enumerate(requests):
            if number == 3 and not self.dies.exists():
                self.dies.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if "poison" in request.responses[0]:
                os._exit(1)
            yield Score.ok(request, len(request.responses[0]))


class Raising(Slow):
    """Raises after two answers."""

    def score(self, requests):
        for number, request in enumerate(requests):
            if number == 2:
                raise ValueError("the weights are gone")
            yield Score.ok(request, 1.0)
'''


@pytest.fixture
def cluster(running: str) -> str:
    """The same. Ray has it at this machine's own address, which tests may reach no more than others."""
    host = running.removeprefix("ray:").rpartition(":")[0]
    socket_allow_hosts(["127.0.0.1", "::1", "localhost", host], allow_unix_socket=True)
    return running


@pytest.fixture(scope="session")
def running() -> Iterator[str]:
    """Its address, as --set engine takes it. What connects needs its token, which is in the environment meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        with Head(2) as head:
            yield f"ray:{head.address()}"


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `plugin:models:…` is found: the folder in which a test stands."""
    (tmp_path / "models.py").write_text(PLUGINS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path
