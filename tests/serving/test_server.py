"""A real server: the same scores as in this process, really in batches, and an end that loses nothing in work."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.factories import make_item, write_items
from tests.serving.scorers import Counting, asking
from weval.adapters import open_adapter
from weval.errors import ConfigError
from weval.remote import retrying
from weval.remote.posting import Key
from weval.run import RunSpec, run
from weval.serving.client import RemoteReward
from weval.serving.options import ServeOptions
from weval.serving.server import running, serve
from weval.serving.service import Service, open_service
from weval.types import Adapter, Request, Score

Asked = Callable[[Any, int], list[Request]]


def quick(adapter: Adapter, **said: float) -> Service:
    return Service("mine", adapter, ServeOptions.model_validate({"finish_s": 5, **said}, strict=False))


class Watched:
    """An adapter that counts its calls; otherwise the one that it watches."""

    reads_ids = False

    def __init__(self, inner: Adapter) -> None:
        self.inner, self.unit = inner, inner.unit
        self.sizes: list[int] = []

    @property
    def fingerprint(self) -> Any:
        return self.inner.fingerprint

    def score(self, requests: Any) -> Iterator[Score]:
        batch = list(requests)
        self.sizes.append(len(batch))
        return self.inner.score(batch)


@pytest.mark.parametrize("unit", ["response", "requirement"])
def test_a_reward_model_gives_the_same_scores_as_in_this_process(rm: Path, asked: Asked, unit: str) -> None:
    settings = {"unit": unit, "max_length": "650"}
    inside = open_adapter(f"classifier:{rm}", settings)
    requests = asked(unit, 2 if unit == "response" else 1)
    wanted = {score.request_id: score for score in inside.score(requests)}
    assert {score.status for score in wanted.values()} == {"ok", "truncated"}
    watched = Watched(inside)
    with running(quick(watched, max_wait_ms=30)) as url:
        by_one = {
            score.request_id: score for score in open_adapter(f"http:{url}/weval", {"unit": unit}).score(requests)
        }
        n_calls = len(watched.sizes)
        together = RemoteReward(url).score(requests)
    assert n_calls < len(requests) / 2  # 16 are on their way at once
    assert len(watched.sizes) == n_calls + 1
    for found in (by_one, {score.request_id: score for score in together}):
        assert found.keys() == wanted.keys()
        for name, score in found.items():
            one = wanted[name]
            assert (score.status, score.reason, score.tokens_in) == (one.status, one.reason, one.tokens_in)
            assert score.values == pytest.approx(one.values, abs=1e-4)  # as in any other batch
    assert [score.request_id for score in together] == [request.id for request in requests]


@pytest.mark.parametrize("model", ["length", "keywords", "rules", "random"])
def test_baselines_give_exactly_the_same(model: str, asked: Asked) -> None:
    adapter = open_adapter(model, {})
    requests = asked(adapter.unit, 10)
    with running(open_service(model, {})) as url:
        found = RemoteReward(url).score(requests)
    assert [replace(score, seconds=None) for score in found] == list(adapter.score(requests))


@pytest.mark.parametrize(("model", "settings"), [("length", {}), ("keywords", {"unit": "requirement"})])
def test_a_run_over_the_server_has_the_same_figures(tmp_path: Path, model: str, settings: dict[str, str]) -> None:
    inside = run(RunSpec(model, "weval-mini", limit=8, out=tmp_path / "inside")).result
    with running(open_service(model, {})) as url:
        spec = RunSpec(f"http:{url}/weval", "weval-mini", limit=8, out=tmp_path / "served", settings=settings)
        served = run(spec).result
    assert served.metrics == inside.metrics
    assert served.n_missing == inside.n_missing == 0


def test_a_run_asks_for_the_unit_that_is_served(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [make_item()])
    with running(open_service("keywords", {})) as url, pytest.raises(Exception, match="unit=requirement"):
        run(RunSpec(f"http:{url}/weval", data=data, out=tmp_path / "run"))


def test_32_clients_at_once() -> None:
    adapter = Counting()
    found: dict[int, list[Score]] = {}

    def ask(n: int, url: str) -> None:
        found[n] = RemoteReward(url, group=3).score(asking(*(f"{n} {'x' * m}" for m in range(8))))

    with running(quick(adapter, max_wait_ms=50)) as url:
        threads = [threading.Thread(target=ask, args=(n, url)) for n in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 32
    for n, scores in found.items():
        assert [score.values for score in scores] == [(float(len(f"{n} {'x' * m}")),) for m in range(8)]
        assert [score.request_id for score in scores] == [f"r{m}" for m in range(8)]
    assert sum(map(len, adapter.batches)) == 256
    assert len(adapter.batches) < 256 / 4


def test_a_reply_is_sent_at_once() -> None:
    took = []
    with running(quick(Counting(), max_wait_ms=0)) as url, httpx.Client(trust_env=False) as client:
        for _ in range(30):
            began = time.perf_counter()
            client.post(f"{url}/predict", json={"question": "Tea.", "answer": "a"})
            took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.03  # the kernels' delayed acknowledgement takes 0.04


def test_the_end_waits_for_what_is_in_work() -> None:
    adapter = Counting()
    adapter.gate.clear()
    found: list[Score] = []
    with running(quick(adapter, max_wait_ms=0)) as url:
        thread = threading.Thread(target=lambda: found.extend(RemoteReward(url).score(asking("a", "bb"))))
        thread.start()
        assert adapter.entered.wait(10)
        threading.Timer(0.3, adapter.gate.set).start()
    thread.join(10)
    assert [score.values for score in found] == [(1.0,), (2.0,)]
    assert not any(thread.name in ("weval-serving", "weval-scoring") for thread in threading.enumerate())


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "rm.example.org", "", "0", "localhost.", "::ffff:0.0.0.0", "2130706433"]
)
def test_a_network_needs_a_key(host: str) -> None:
    with (
        pytest.raises(ConfigError, match=f"^--host {host}: others could ask there; give a key"),
        running(quick(Counting()), host),
    ):
        pass


def test_a_key_of_no_length_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "  ", "\n"):
        monkeypatch.setenv("RM_KEY", value)
        with pytest.raises(ConfigError, match=r"^--key-env=RM_KEY: this environment variable is not set, or empty$"):
            Key.read("RM_KEY", "--key-env")
    empty = replace(quick(Counting()), key=Key("RM_KEY", ""))
    with pytest.raises(ConfigError, match="give a key"), running(empty, "0.0.0.0"):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with running(quick(Counting()), host) as url:
        (score,) = RemoteReward(url).score(asking("a"))
    assert score.values == (1.0,)


def test_a_localhost_that_is_another_address_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    there = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("0.0.0.0", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [there])
    with (
        pytest.raises(ConfigError, match=r"^--host localhost: others could ask"),
        running(quick(Counting()), "localhost"),
    ):
        pass


def test_with_a_key_others_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RM_KEY", "sk-0123456789")
    service = replace(quick(Counting()), key=Key.read("RM_KEY", "--key-env"))
    with running(service, "0.0.0.0") as url:
        (score,) = RemoteReward(url.replace("0.0.0.0", "127.0.0.1"), key_env="RM_KEY").score(asking("a"))
    assert score.values == (1.0,)


def test_an_address_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"^--host 127.0.0.1 --port {port}: Address already in use$"):
            serve(quick(Counting()), "127.0.0.1", port)


# --- in a process of its own

SLOW = """
import sys, time
from weval.adapters.baselines import Length
from weval.serving import Service, ServeOptions, serve

class Slow(Length):
    def score(self, requests):
        for request in requests:
            time.sleep(0.5)
            yield from super().score([request])

serve(Service("slow", Slow(), ServeOptions(max_wait_ms=0.0)), "127.0.0.1", 0, lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


@contextmanager
def slow_server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            yield url, process
        finally:
            process.kill()


def in_flight(url: str, scores: list[Score], n: int = 4) -> threading.Thread:
    """Asks in another thread; comes back when the requests are in work."""
    thread = threading.Thread(target=lambda: scores.extend(RemoteReward(url).score(asking(*"abcdefgh"[:n]))))
    thread.start()
    with httpx.Client(trust_env=False) as client:
        until = time.monotonic() + 20
        while client.get(f"{url}/health").json()["n_batches"] == 0:
            assert time.monotonic() < until
            time.sleep(0.02)
    return thread


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_work_finish_and_ends_cleanly(sign: signal.Signals) -> None:
    scores: list[Score] = []
    with slow_server() as (url, process):
        thread = in_flight(url, scores, 2)
        os.kill(process.pid, sign)
        thread.join(20)
        assert [score.status for score in scores] == ["ok", "ok"]
        assert process.wait(20) == 0
        assert process.stdout
        assert process.stdout.read() == "stopped\n"


def test_a_server_that_is_killed_leaves_failed_scores_and_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)
    scores: list[Score] = []
    with slow_server() as (url, process):
        thread = in_flight(url, scores)
        process.kill()
        began = time.monotonic()
        thread.join(20)
        assert time.monotonic() - began < 10
    assert [(score.status, score.values) for score in scores] == [("failed", ())] * 4
    assert all("given up after 8 attempts" in str(score.reason) for score in scores)
