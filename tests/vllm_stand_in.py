"""Where `import vllm` finds one of the stand-ins (tests/adapters/fake_vllm.py, tests/textmodels/fake_vllm.py)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest

from weval.textmodels.local.vllm_library import LOGGING


@dataclass
class Fake:
    """The stand-in module, and the engines that were started."""

    module: ModuleType
    started: list[Any] = field(default_factory=list)


def put(monkeypatch: pytest.MonkeyPatch, engine: type[Any], names: Mapping[str, Any]) -> Fake:
    """A module with this engine as its LLM, and other names. The variables that weval sets for it are put back."""
    for name in LOGGING:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    module = ModuleType("vllm")
    module.__spec__ = ModuleSpec("vllm", None)
    fake = Fake(module)

    class Watched(engine):
        def __init__(self, *arguments: Any, **said: Any) -> None:
            super().__init__(*arguments, **said)
            fake.started.append(self)

    for name, value in {"LLM": Watched, "__version__": "0.33.0", **names}.items():
        setattr(module, name, value)
    monkeypatch.setitem(sys.modules, "vllm", module)
    return fake
