from __future__ import annotations

import importlib.util
import os
from typing import Any

import pytest

from weval.engine.cluster import Cluster, _cores, _environment, connected
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
