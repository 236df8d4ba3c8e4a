from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Bench, Build, Fetch, Profile, Run, Server, Step, Train, read_profile
from weval.reproduce.reach import address_of, addresses_of, answers, hub, hub_sets, reachable

PAPER = Graph(read_profile("paper"), Path("/out"), {}, {})
RAW, HUB = "raw.githubusercontent.com:443", "huggingface.co:443"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing downloaded, and no proxy."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("HF_ENDPOINT", *(f"{kind}{end}" for kind in ("https", "http", "all", "no") for end in ("_proxy",))):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def listening() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], list[bytes]]]:
    """A proxy that is set in the environment, and gives one answer; it keeps what it was asked."""
    asked = list[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.getsockname()[1]}")

        def answering(answer: bytes) -> list[bytes]:
            def serve() -> None:
                with suppress(OSError):  # of which nothing is asked in the end
                    connection, _ = server.accept()
                    with connection:
                        asked.append(connection.recv(1000))
                        connection.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
            return asked

        yield answering


# --- whether machines answer ------------------------------------------------------------------------------------


def test_who_listens_answers_and_who_does_not_does_not(listening: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert reachable([listening, f"127.0.0.1:{port}"]) == {listening: True, f"127.0.0.1:{port}": False}


def test_all_are_asked_at_once_and_nobody_is_waited_for_longer() -> None:
    def slow(address: str, timeout_s: float) -> bool:
        time.sleep(0.2 if address.startswith("a") else 30)
        return True

    began = time.monotonic()
    found = reachable([f"{name}:1" for name in ("a1", "a2", "b", "c", "d")], 2, slow)
    assert time.monotonic() - began < 5  # one after another, it would be 6
    assert found == {"a1:1": True, "a2:1": True, "b:1": False, "c:1": False, "d:1": False}


def test_a_name_that_is_looked_up_for_ever_does_not_hold_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging(*asked: Any, **more: Any) -> Any:
        time.sleep(30)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    began = time.monotonic()
    assert reachable(["api.openai.com:443", HUB], 0.3) == {"api.openai.com:443": False, HUB: False}
    assert time.monotonic() - began < 20


def test_a_name_that_nobody_knows_and_an_address_that_is_none_are_not_reached() -> None:
    def unknown(address: str, timeout_s: float) -> bool:
        raise socket.gaierror("no such name")

    assert reachable(["nowhere:443"], 1, unknown) == {"nowhere:443": False}
    assert reachable(["127.0.0.1:http", "127.0.0.1:99999"]) == {"127.0.0.1:http": False, "127.0.0.1:99999": False}
    assert reachable([]) == {}


def test_a_proxy_is_asked_to_open_the_way(proxy: Callable[[bytes], list[bytes]]) -> None:
    asked = proxy(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert answers("api.openai.com:443", 1)
    assert asked[0].startswith(b"CONNECT api.openai.com:443 HTTP/1.1\r\n")
    proxy(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    assert not answers("api.openai.com:443", 1)


def test_no_proxy_leads_to_this_machine(proxy: Callable[[bytes], list[bytes]], listening: str) -> None:
    assert answers(listening, 1)
    assert proxy(b"") == []


def test_what_is_excepted_from_the_proxy_is_asked_itself(
    proxy: Callable[[bytes], list[bytes]], listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost.example")
    monkeypatch.setattr(socket, "create_connection", _to(listening, before=socket.create_connection))
    assert answers("localhost.example:443", 1)
    assert proxy(b"") == []


def _to(address: str, before: Callable[..., socket.socket]) -> Callable[..., socket.socket]:
    host, _, port = address.partition(":")
    return lambda wanted, timeout: before((host, int(port)), timeout)


# --- which machines a step needs --------------------------------------------------------------------------------


def graph(step: Step, **more: Any) -> Graph:
    profile = Profile(name="p", title="P", about="p", is_check=True, steps={"one": step}, **more)
    return Graph(profile, Path("/out"), {}, {})


def addresses(step: Step) -> set[str]:
    return set(addresses_of(step, graph(step)))


def test_the_addresses_of_the_papers_steps() -> None:
    steps = PAPER.profile.steps
    found = {name: set(addresses_of(step, PAPER)) for name, step in steps.items()}
    assert found["fetch-weval"] == {RAW}
    assert found["build-gpt4o"] == {"api.openai.com:443"}
    assert found["build-answers"] == {HUB, "api.deepseek.com:443"}
    assert found["grpo-judge-rl"] == {HUB, "127.0.0.1:8001"}
    assert found["t4-qwen-7b"] == {HUB} and found["t4-human"] == set() and found["t4-rm"] == set()
    assert found["aw-sft"] == {"api.openai.com:443"}, "its writer is made here"
    assert found["race-base-1.5b"] == {HUB, "generativelanguage.googleapis.com:443"}


def test_what_is_here_is_asked_for_nowhere(tmp_path: Path) -> None:
    assert addresses(Fetch(does="fetch", about="a", name="weval-mini")) == set()
    assert addresses(Fetch(does="fetch", about="a", name="weval")) == {RAW}
    assert addresses(Run(does="run", about="a", model="length", task="weval-mini")) == set()
    assert addresses(Run(does="run", about="a", model=f"classifier:{tmp_path}", task="weval-mini")) == set()
    assert addresses(Run(does="run", about="a", model="classifier:org/rm", task="weval-mini")) == {HUB}


def test_a_small_base_comes_from_nowhere_and_another_from_the_hub() -> None:
    small = Train(does="train", about="a", recipe="sft", profile="tiny")
    assert addresses(small) == set()
    assert addresses(small.model_copy(update={"settings": {"model.base": "Qwen/Qwen2.5-0.5B"}})) == {HUB}


def test_a_server_is_asked_where_it_is() -> None:
    server = Server(url="http://127.0.0.1:8123/v1", how="start it")
    judged = Bench(
        does="bench", about="a", benchmark="finder", model="server/m", judge="server/j", server=server,
        settings={"writer.base_url": "http://127.0.0.1:8123/v1", "judge.base_url": "https://example.org/v1"},
    )  # fmt: skip
    assert addresses(judged) == {"127.0.0.1:8123", "example.org:443"}


def test_seeds_are_read_from_the_hub_unless_there_are_copies() -> None:
    seeds = Build(does="build", about="a", recipe="weval")
    assert hub_sets(seeds, graph(seeds)) == [
        "lmsys/lmsys-chat-1m",
        "allenai/WildChat-1M",
        "HannahRoseKirk/prism-alignment",
    ]
    copied = seeds.model_copy(update={"settings": {f"seeds.sets.{n}.path": "copy" for n in range(3)}})
    assert hub_sets(copied, graph(copied)) == []
    answer = Build(does="build", about="a", recipe="weval", step="answer")
    assert hub_sets(answer, graph(answer)) == []


def test_the_hub_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub() == HUB
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.example:8080")
    assert hub() == "hub.example:8080"


def test_addresses_have_the_port_of_their_scheme() -> None:
    assert address_of("http://example.org") == "example.org:80"
    assert address_of("https://example.org:8443/v1") == "example.org:8443"
