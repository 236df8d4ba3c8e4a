from __future__ import annotations

import importlib.util
import os
import signal
import socket
import threading
from typing import Any

import pytest

from weval.engine import cluster
from weval.engine.cluster import EACH_CORE, Cluster, _check_reached, _cores, _environment, _own_end, connected
from weval.engine.options import EngineOptions
from weval.errors import ConfigError


@pytest.mark.parametrize(
    ("nodes", "cpus", "gpus", "fit"),
    [
        (((8, 0),), 1, 0, 8),
        (((8, 2), (8, 2)), 1, 1, 4),
        (((8, 2), (8, 2)), 1, 0.5, 8),
        (((1, 4), (64, 4)), 8, 1, 4),
        (((8, 8),), 1, 8, 1),
    ],
)
def test_workers_fit_into_nodes(nodes: Any, cpus: float, gpus: float, fit: int) -> None:
    assert Cluster("ray:auto", 0, 0, nodes).fits(cpus, gpus) == fit


def test_a_worker_that_fits_nowhere_is_said_before_anybody_waits_for_it() -> None:
    with pytest.raises(ConfigError, match="ray:auto: no node has 1 CPU cores and 4 GPUs for a worker"):
        Cluster("ray:auto", 16, 8, ((8, 2), (8, 2), (8, 2), (8, 2))).fits(1, 4)


def test_a_cluster_of_this_machine_is_as_large_as_its_workers() -> None:
    assert _cores(EngineOptions(engine="ray", workers=3, worker_cpus=2)) == 6
    assert _cores(EngineOptions(engine="ray")) >= 1


def test_far_more_workers_than_cores_are_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    assert _cores(EngineOptions(engine="ray", workers=2 * EACH_CORE)) == 2 * EACH_CORE
    monkeypatch.setattr(cluster, "Head", lambda cores: pytest.fail("nothing is started"))
    notes: list[str] = []
    with (
        pytest.raises(ConfigError, match=r"workers=1000: .* this machine has 2 CPU cores; at most 8 are started here"),
        connected(EngineOptions(engine="ray", workers=1000), notes.append),
    ):
        raise AssertionError("nothing is started")
    assert notes == []


def reach(address: str) -> None:
    _check_reached(address, EngineOptions(engine=f"ray:{address}"))


def test_where_no_cluster_answers_ray_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ray_library", lambda: None)  # which makes nothing else of an address
    with socket.create_server(("127.0.0.1", 0)) as there:
        address = f"127.0.0.1:{there.getsockname()[1]}"
        reach(address)
    with pytest.raises(ConfigError, match=f"^--set engine=ray:{address}: no Ray cluster answers; nothing is at"):
        reach(address)
    with pytest.raises(ConfigError, match="no Ray cluster answers; nothing is at 127"):
        reach("127.0.0.1:99999")

    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    with pytest.raises(ConfigError, match=r"no\.such\.host is no known machine \(Name or service not known\)"):
        reach("no.such.host:6379")


def test_a_cluster_that_is_to_be_found_and_is_not_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(ray: object, address: str) -> str:
        raise ConnectionError("Please set the --address flag")

    monkeypatch.setattr(cluster, "ray_library", lambda: None)
    monkeypatch.setattr(cluster, "found_address", find)
    with pytest.raises(ConfigError, match="ray:auto: no Ray cluster runs on this machine, and RAY_ADDRESS names none"):
        reach("auto")


@pytest.mark.parametrize(
    ("engine", "said"), [("ray", "starting Ray on this machine"), ("ray:head:1", "connecting to ray:head:1")]
)
def test_what_takes_a_while_is_said_first(engine: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise ConfigError("so far")

    monkeypatch.setattr(cluster, "Head", stop)
    monkeypatch.setattr(cluster, "ray_library", stop)
    notes: list[str] = []
    with pytest.raises(ConfigError, match="so far"), connected(EngineOptions(engine=engine), notes.append):
        raise AssertionError("nothing is started")
    assert len(notes) == 1 and notes[0].startswith(said)


def test_without_ray_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with (
        pytest.raises(ConfigError, match=r"needs ray: pip install 'weval\[ray\]'"),
        connected(EngineOptions(engine="ray")),
    ):
        raise AssertionError("nothing is started")


def test_the_environment_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "theirs")
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    with _environment({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "secret"}):
        assert (os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"]) == ("token", "secret")
    assert os.environ["RAY_AUTH_MODE"] == "theirs" and "RAY_AUTH_TOKEN" not in os.environ


def test_sigterm_stays_as_the_program_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with _own_end():
        signal.signal(signal.SIGTERM, lambda *_: None)
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(ConfigError), _own_end():
        signal.signal(signal.SIGTERM, lambda *_: None)
        raise ConfigError("no cluster")
    assert signal.getsignal(signal.SIGTERM) is before
    elsewhere = threading.Thread(target=_enter_and_leave)
    elsewhere.start()
    elsewhere.join()
    monkeypatch.setattr(signal, "getsignal", lambda number: None)  # it was not set from Python
    _enter_and_leave()
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGTERM) is before


def _enter_and_leave() -> None:
    with _own_end():
        pass


@pytest.mark.slow
def test_a_connection_leaves_sigterm_alone(cluster: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with connected(EngineOptions(engine=cluster)) as found:
        assert found.cpus == 2
        assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getsignal(signal.SIGTERM) is before
