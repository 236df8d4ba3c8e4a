from __future__ import annotations

import json

from tests.cli.conftest import Weval
from weval.adapters import ADAPTERS
from weval.tasks import task_names


def test_models_tasks_and_settings(weval: Weval) -> None:
    models = json.loads(weval("list", "models", "--json").out)
    assert {name.partition(":")[0] for name in models} >= set(ADAPTERS)
    tasks = json.loads(weval("list", "tasks", "--json").out)
    assert list(tasks) == task_names()
    assert all(json.loads(weval("list", "settings", "--json").out).values())


def test_lists_fit_80_columns(weval: Weval, monkeypatch: object) -> None:
    for what in ("models", "tasks", "settings"):
        assert max(map(len, weval("list", what).out.splitlines())) <= 80
