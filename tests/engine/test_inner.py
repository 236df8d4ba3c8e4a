"""What a version of Ray lacks is left out; tests/engine/test_spread.py has all of it there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import ray

from weval.engine import inner
from weval.engine.inner import found_address, read_environment, replaced

LATER = SimpleNamespace(init=print)
"""A version without any of its modules' own names."""


def test_without_the_names_nothing_is_done_and_nothing_raised() -> None:
    read_environment(LATER)
    for path in (inner.GET_NODE, inner.PRINT):
        with replaced(LATER, path, lambda own: own):
            assert vars(LATER) == {"init": print}
    assert found_address(LATER, "head:6379") == "head:6379"


def test_this_version_has_all_of_them() -> None:
    paths = (inner.GET_NODE, inner.PRINT, inner.READ_SETTINGS, inner.READ_TOKEN, inner.FIND)
    assert [path for path in paths if inner.inner(ray, path) is None] == []


def test_what_is_replaced_is_put_back_whatever_happens() -> None:
    module: Any = SimpleNamespace(worker=SimpleNamespace(say=lambda: "own"))

    def failing() -> None:
        with replaced(module, "worker.say", lambda own: lambda: f"not its {own()}"):
            assert module.worker.say() == "not its own"
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert module.worker.say() == "own"


def test_a_token_is_forgotten_where_it_is_kept() -> None:
    done: list[str] = []
    loader = SimpleNamespace(reset_cache=lambda: done.append("token"))
    read_environment(SimpleNamespace(_raylet=SimpleNamespace(
        Config=SimpleNamespace(initialize=lambda text: done.append(f"settings{text}")),
        AuthenticationTokenLoader=SimpleNamespace(instance=lambda: loader),
    )))  # fmt: skip
    assert done == ["settings", "token"]
