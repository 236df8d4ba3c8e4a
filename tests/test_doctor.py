from __future__ import annotations

import importlib.util

import pytest

from weval.doctor import EXTRAS, findings


def test_what_is_missing_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = findings()
    for extra in EXTRAS:
        assert f"pip install 'weval[{extra}]'" in found[f"extra {extra}"]


def test_a_complete_machine() -> None:
    found = findings()
    assert found["extra parquet"] == "installed"
    assert found["task weval-mini"] == "ready"
