from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from weval.adapters import ADAPTERS
from weval.machine import Machine
from weval.presets import preset_names
from weval.tasks import task_names


def test_models_tasks_and_settings(weval: Weval) -> None:
    models = json.loads(weval("list", "models", "--json").out)
    assert {name.partition(":")[0] for name in models["families"]} >= set(ADAPTERS)
    assert list(models["presets"]) == list(preset_names())
    tasks = json.loads(weval("list", "tasks", "--json").out)
    assert list(tasks) == task_names()
    assert all(json.loads(weval("list", "settings", "--json").out).values())


def test_lists_fit_80_columns(weval: Weval, monkeypatch: object) -> None:
    for what in ("models", "tasks", "settings"):
        assert max(map(len, weval("list", what).out.splitlines())) <= 80


def test_presets_say_what_this_machine_lacks(weval: Weval, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("weval.machine.this_machine", lambda: Machine(frozenset(), (), 8))
    preset = json.loads(weval("list", "models", "--json").out)["presets"]["skywork-rm"]
    assert preset["reference"] == "Skywork/Skywork-Reward-V2-Llama-3.1-8B"
    assert preset["lacks"] == ["extra hf", "not downloaded", "17 GB of memory (has 8)"]
    (line,) = [line for line in weval("list", "models").out.splitlines() if line.startswith("skywork-rm ")]
    assert line.endswith("one score per response (lacks: extra hf, not downloaded, 17 GB of memory (has 8))")
    monkeypatch.setattr("weval.machine.lacks", lambda preset, machine: [])
    assert "lacks:" not in weval("list", "models").out
