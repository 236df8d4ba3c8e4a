"""transformers and torch themselves: whether they are here, on which device, and how much a model reads."""

from __future__ import annotations

import sys
from typing import Any

from weval.errors import ConfigError, missing_extra


def require_libraries(purpose: str) -> None:
    """Raises ConfigError with the install line where transformers or torch is missing; `purpose` is what needs them."""
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise missing_extra("torch and transformers", "hf", purpose) from error
    said: Any = transformers.utils.logging
    said.set_verbosity_error()  # what it warns of is checked by whoever loads
    if not sys.stderr.isatty():
        said.disable_progress_bar()


def context_of(config: Any) -> int | None:  # noqa: ANN401
    """How many tokens a model reads and writes together; None where its configuration does not say."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    found = getattr(text, "max_position_embeddings", None)
    return int(found) if isinstance(found, int) and found > 0 else None


def chosen_device(name: str) -> str:
    """The device asked for; auto: the first GPU, else the CPU. Raises ConfigError where it is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(kind for kind, is_there in there.items() if is_there)
    kind, _, number = name.partition(":")
    if not there.get(kind) or (number and not number.isdecimal()):
        raise ConfigError(f"--set device={name}: there is none that torch can use")
    if number and kind == "cuda" and int(number) >= torch.cuda.device_count():
        raise ConfigError(f"--set device={name}: there is none that torch can use")
    return name
