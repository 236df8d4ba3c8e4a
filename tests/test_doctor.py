from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import weval.doctor
from weval.doctor import findings
from weval.machine import EXTRAS, Gpu, Machine
from weval.presets import preset_names


def test_what_is_missing_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = findings()
    for extra in EXTRAS:
        assert f"pip install 'weval[{extra}]'" in found[f"extra {extra}"]


def test_a_complete_machine() -> None:
    found = findings()
    assert found["extra parquet"] == "installed"
    assert found["task weval-mini"] == "ready"


def test_every_preset_comes_with_its_remedies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(weval.doctor, "this_machine", lambda: Machine(frozenset(), (), 8))
    found = findings()
    assert {f"model {name}" for name in preset_names()} <= set(found)
    assert found["cache of models"] == str(tmp_path)
    assert found["model skywork-rm"] == (
        "extra hf: pip install 'weval[hf]'; not downloaded: hf download Skywork/Skywork-Reward-V2-Llama-3.1-8B "
        "(15 GB); 17 GB of memory (has 8)"
    )


def test_a_preset_that_lacks_nothing_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weval.doctor, "lacks", lambda preset, machine: [])
    assert findings()["model skywork-rm"] == "ready"


def test_hardware_has_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    two = Machine(frozenset(), (Gpu("H100", 85.5), Gpu("H100", 85.5)), 128.4)
    monkeypatch.setattr(weval.doctor, "this_machine", lambda: two)
    found = findings()
    assert (found["memory"], found["GPU 0"], found["GPU 1"]) == ("128 GB", "H100, 86 GB", "H100, 86 GB")
    monkeypatch.setattr(weval.doctor, "this_machine", lambda: Machine(frozenset(), (), None))
    found = findings()
    assert found["memory"] == "unknown"
    assert found["GPU"].startswith("no GPU found")
