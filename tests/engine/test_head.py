"""What holds a cluster of this machine; tests/engine/test_spread.py starts one, and kills who asked for it."""

from __future__ import annotations

import shutil
import sys

import pytest

import weval.engine.head
from weval.engine.head import Head, _patient
from weval.errors import ConfigError


def test_a_cluster_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with Head(1) as head, pytest.raises(ConfigError, match="the cluster did not start"):
        head.address()


def test_a_node_that_is_slow_to_come_up_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    tried: list[str] = []

    def get_node(address: str) -> str:
        tried.append(address)
        if len(tried) < 4:
            raise RuntimeError("not yet")
        return "up"

    assert _patient(get_node, "here") == "up" and len(tried) == 4
    monkeypatch.setattr(weval.engine.head, "STARTS_WITHIN_S", -1)
    tried.clear()
    with pytest.raises(RuntimeError, match="not yet"):
        _patient(get_node, "here")
