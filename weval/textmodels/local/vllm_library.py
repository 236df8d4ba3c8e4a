"""vLLM itself: how it is started, and what its faults mean, for whoever stands on it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from weval.errors import AdapterError, ConfigError, missing_extra
from weval.files import one_line

LOGGING = {"VLLM_LOGGING_STREAM": "ext://sys.stderr", "VLLM_LOGGING_LEVEL": "ERROR"}
"""Unless the user set them: vLLM would write its log between the results."""

_NO_ROOM = ("out of memory", "kv cache", "max_model_len", "max seq len", "free memory")


def library(name: str, purpose: str) -> Any:  # noqa: ANN401 - the module
    """The vLLM module; `purpose` is what needs it, for a message.

    Raises ConfigError with the install line where it is missing, and where it does not fit the machine.
    """
    for variable, value in LOGGING.items():
        os.environ.setdefault(variable, value)
    try:
        return importlib.import_module("vllm")
    except ModuleNotFoundError as error:
        if error.name != "vllm":
            raise ConfigError(f"{name}: vLLM lacks {error.name}; install it anew") from error
        raise missing_extra("vllm, and an NVIDIA GPU", "vllm", purpose) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise ConfigError(f"{name}: vLLM does not start here ({one_line(str(error), 160)})") from error


@contextmanager
def explained(name: str, what: str) -> Iterator[None]:
    """Turns whatever vLLM raises into an AdapterError of one line."""
    try:
        yield
    except (Exception, SystemExit) as error:  # of the engine, of CUDA, of another process
        said = " ".join(str(error).split())
        how = ""
        if any(word in said.lower() for word in _NO_ROOM):
            how = "; --set max_length=… takes less memory, tensor_parallel_size=… more GPUs"
        raise AdapterError(f"{name}: vLLM {what} ({type(error).__name__}: {one_line(said, 200)}){how}") from error
