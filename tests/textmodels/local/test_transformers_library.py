"""transformers and torch as they are here, and as they would be elsewhere."""

from __future__ import annotations

import sys

import pytest
import torch

from weval.errors import ConfigError
from weval.textmodels.local.transformers_library import chosen_device, require_libraries


def test_a_missing_library_is_said_with_what_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match=r"Asking m needs torch and transformers: pip install 'weval\[hf\]'"):
        require_libraries("Asking m")


def test_a_device_that_is_not_there_is_said() -> None:
    assert chosen_device("cpu") == "cpu"
    for name in ("tpu", "cuda:x", "cuda:99"):
        with pytest.raises(ConfigError, match=f"device={name}"):
            chosen_device(name)


def test_the_third_of_two_gpus_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [chosen_device(name) for name in ("auto", "cuda", "cuda:1", "cpu")] == [
        "cuda",
        "cuda",
        "cuda:1",
        "cpu",
    ]
    with pytest.raises(ConfigError, match="--set device=cuda:2"):
        chosen_device("cuda:2")
