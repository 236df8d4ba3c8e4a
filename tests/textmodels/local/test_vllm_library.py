"""vLLM's start and its faults, without vLLM."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

from weval.errors import AdapterError, ConfigError
from weval.textmodels.local.vllm_library import explained, library


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("no", name="vllm"), r"Asking m needs vllm.*pip install 'weval\[vllm\]'"),
        (ModuleNotFoundError("no", name="flashinfer"), "m: vLLM lacks flashinfer"),
        (ImportError("libcuda.so.1: cannot open"), "m: vLLM does not start here .libcuda"),
    ],
)
def test_a_library_that_does_not_start_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def broken(name: str) -> Any:
        raise error

    monkeypatch.setattr(importlib, "import_module", broken)
    monkeypatch.delenv("VLLM_LOGGING_STREAM", raising=False)
    with pytest.raises(ConfigError, match=said):
        library("m", "Asking m")
    assert os.environ["VLLM_LOGGING_STREAM"] == "ext://sys.stderr"
    monkeypatch.delenv("VLLM_LOGGING_STREAM")


def test_a_lack_of_memory_says_which_settings_help() -> None:
    with (
        pytest.raises(AdapterError, match=r"m: vLLM failed \(ValueError: the KV cache.*max_length="),
        explained("m", "failed"),
    ):
        raise ValueError("the KV\ncache is too small")
    with pytest.raises(AdapterError, match="SystemExit"), explained("m", "failed"):
        raise SystemExit(1)
