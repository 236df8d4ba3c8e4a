"""Whether the machines that steps need can be reached: all asked at once, in a second whatever happens.

A connection is opened and closed again; nothing else is sent, but to a proxy the name of the machine. Threads do it,
as looking a name up can take as long as it likes, and nobody waits for those that are late.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from weval.build.perform import asked_steps
from weval.build.seeding.sources import HUB_SETS
from weval.machine import is_here
from weval.pins import RAW_HOST
from weval.remote.posting import is_loopback
from weval.reproduce.asked import asked_of, recipe_of
from weval.reproduce.fetched import is_fetched
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Build, Doing, Fetch

TIMEOUT_S = 1.0

PORTS = {"http": 80, "https": 443}

HUB = "https://huggingface.co"
"""Unless HF_ENDPOINT names another."""

Opens = Callable[[str, float], bool]
"""Whether a machine, HOST:PORT, answers within so many seconds."""


def address_of(url: str) -> str:
    """Where a URL leads, as HOST:PORT.

    >>> address_of("https://api.openai.com/v1"), address_of("http://127.0.0.1:8001/v1")
    ('api.openai.com:443', '127.0.0.1:8001')
    """
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or PORTS.get(parts.scheme, PORTS['https'])}"


def hub() -> str:
    """The address of the Hub."""
    return address_of(os.environ.get("HF_ENDPOINT") or HUB)


def addresses_of(step: Doing, graph: Graph) -> dict[str, str]:
    """The machines that a step has to reach, each with what for. What is here already is not asked for anywhere.

    Raises ConfigError, DataError.
    """
    found: dict[str, str] = {}
    if isinstance(step, Fetch) and not is_fetched(step.name):
        found[address_of(RAW_HOST)] = f"the files of {step.name}"
    for asked in asked_of(step, graph):
        if asked.preset.endpoint:
            found[address_of(asked.preset.endpoint)] = asked.name
        elif asked.repository and not asked.awaited and not is_here(asked.repository, asked.revision):
            found[hub()] = f"the weights of {asked.repository}"
    if isinstance(step, Build) and hub_sets(step, graph):
        found[hub()] = f"the data sets {', '.join(hub_sets(step, graph))}"
    if step.server is not None:
        found[address_of(step.server.url)] = "the server of this step"
    return found


def hub_sets(step: Build, graph: Graph) -> list[str]:
    """The data sets of the Hub that a build reads, none where it reads no seeds or has copies of them."""
    recipe = recipe_of(step, graph)
    if all(one.name != "seeds" for one in asked_steps(step.step, recipe)):
        return []
    return [HUB_SETS[one.source].name for one in recipe.seeds.sets if one.source in HUB_SETS and one.path is None]


def reachable(addresses: Iterable[str], timeout_s: float = TIMEOUT_S, opens: Opens | None = None) -> dict[str, bool]:
    """Which of these machines, each HOST:PORT, answer. Those that have not by then do not.

    `opens` asks one of them. All are asked at the same time; it takes hardly longer than `timeout_s`.
    """
    wanted, asks = list(dict.fromkeys(addresses)), opens or answers
    found: dict[str, bool] = {}

    def ask(address: str) -> None:
        try:
            found[address] = asks(address, timeout_s)
        except (OSError, ValueError, OverflowError, RuntimeError):  # no such name; no port; a guard around sockets
            found[address] = False

    threads = [threading.Thread(target=ask, args=(address,), daemon=True) for address in wanted]
    end = time.monotonic() + timeout_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return {address: found.get(address, False) for address in wanted}


def answers(address: str, timeout_s: float) -> bool:
    """Whether a machine takes a connection; where a proxy leads there, whether that opens one. Raises OSError."""
    host, _, port = address.rpartition(":")
    proxy = None if is_loopback(host) else _proxy(host)
    if proxy is None:
        with socket.create_connection((host, int(port)), timeout_s):
            return True
    if proxy.scheme not in PORTS:
        return True  # of a kind that is not spoken here, as SOCKS: nobody can say
    with socket.create_connection((proxy.hostname or "", proxy.port or PORTS[proxy.scheme]), timeout_s) as opened:
        if proxy.scheme == "https":
            return True  # it answers; what it would say takes a handshake
        opened.settimeout(timeout_s)
        opened.sendall(f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        return opened.recv(16).split()[1:2] in ([b"200"], [b"407"])  # 407: it wants a name, which is not ours to send


def _proxy(host: str) -> SplitResult | None:
    """The proxy that the environment names for a machine, as the clients that do the work read it."""
    named = getproxies()
    url = named.get("https") or named.get("all")
    if not url or proxy_bypass(host):
        return None
    return urlsplit(url if "://" in url else f"http://{url}")
