"""Models that write: `open_text_model("openai/gpt-4o", options)` finds the backend; its library loads when used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from weval.errors import ConfigError, unknown
from weval.textmodels.options import TextModelOptions
from weval.types import TextModel

__all__ = ["TEXT_MODELS", "Backend", "TextModelOptions", "backend_of", "open_text_model"]

SAMPLING = frozenset({"temperature", "top_p", "max_tokens", "stop", "sampling_seed"})
REMOTE = frozenset({"base_url", "key_env", "concurrency", "timeout_s", "attempts", "give_up_after_s"})


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a backend's class is, what follows the slash, what it is, the settings that it has a use for, its extra."""

    location: str
    reference: str
    about: str
    uses: frozenset[str]
    extra: str


TEXT_MODELS: dict[str, Backend] = {
    "openai": Backend(
        "weval.textmodels.openai:OpenAI", "MODEL", "OpenAI's API", SAMPLING | REMOTE | {"effort", "batch"}, "api"
    ),
    "server": Backend(
        "weval.textmodels.openai:Server",
        "MODEL",
        "any server that speaks OpenAI's chat protocol (vLLM, SGLang, TGI, Ollama …), at base_url",
        SAMPLING | REMOTE | {"effort"},
        "api",
    ),
    "anthropic": Backend(
        "weval.textmodels.anthropic:Anthropic",
        "MODEL",
        "Anthropic's API",
        SAMPLING - {"sampling_seed"} | REMOTE | {"effort", "batch"},
        "api",
    ),
    "vllm": Backend(
        "weval.textmodels.vllm:Vllm",
        "PATH_OR_HUB_ID",
        "vLLM in this process (needs an NVIDIA GPU)",
        SAMPLING | {"revision", "dtype", "max_length", "tensor_parallel_size", "batch_size"},
        "vllm",
    ),
    "transformers": Backend(
        "weval.textmodels.transformers:Transformers",
        "PATH_OR_HUB_ID",
        "a language model in this process",
        SAMPLING | {"revision", "dtype", "device", "batch_size"},
        "hf",
    ),
    "lm-eval": Backend(
        "weval.textmodels.lm_eval:LmEval",
        "MODEL_TYPE",
        "a model type of lm-evaluation-harness, with model_args",
        SAMPLING - {"sampling_seed"} | {"model_args", "batch_size"},
        "lm-eval",
    ),
    "inspect": Backend(
        "weval.textmodels.inspect:Inspect",
        "PROVIDER/MODEL",
        "a provider of inspect_ai",
        SAMPLING | REMOTE | {"effort"},
        "inspect",
    ),
}
"""The backends weval brings."""


def backend_of(reference: str) -> tuple[Backend, str]:
    """The backend that `BACKEND/MODEL` names, and the model. Raises ConfigError for another shape or name."""
    name, _, model = reference.partition("/")
    if name not in TEXT_MODELS and not model:
        raise ConfigError(f"{reference or '(no name)'}: a text model is written BACKEND/MODEL, as openai/gpt-4o")
    if name not in TEXT_MODELS:
        raise unknown("backend", name, TEXT_MODELS)
    if not model:
        raise ConfigError(f"{reference}: is written {name}/{TEXT_MODELS[name].reference}")
    return TEXT_MODELS[name], model


def open_text_model(reference: str, options: TextModelOptions) -> TextModel:
    """The model of `BACKEND/MODEL`. Nothing is loaded or asked yet.

    Raises ConfigError for an unknown backend, settings that it has no use for, a key that is not there.
    """
    backend, model = backend_of(reference)
    given = options.model_dump(exclude_defaults=True, include=set(TextModelOptions.model_fields))
    if idle := sorted(given.keys() - backend.uses):
        raise ConfigError(f"--set {', '.join(idle)}: has no effect with {reference.partition('/')[0]}/")
    module, _, name = backend.location.partition(":")
    opened: TextModel = getattr(importlib.import_module(module), name)(model, options)
    return opened
