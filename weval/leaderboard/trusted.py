"""What a submission may have run on a maintainer's machine by naming it: models that compute, never code or addresses.

Everything that is not known to be harmless is refused: a setting that weval gets later is, until it stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.adapters import ADAPTERS
from weval.adapters.judge.folder import judge_names
from weval.presets import Preset, preset_names, read_preset

COMPUTED = ("classifier", "vllm")
"""Families that load a model's numbers from safetensors files, with no code of its own."""

BACKENDS = ("openai", "anthropic", "transformers", "vllm")
"""Backends of judges: an API at its usual address, or a model's numbers. Others take an address or arguments."""

HARMLESS = frozenset(
    {
        "answer", "append_eos", "assistant", "attention", "attempts", "base_revision", "batch_size", "batch_tokens",
        "bounded", "concurrency", "device", "dtype", "effort", "enforce_eager", "generation_prompt",
        "give_up_after_s", "gpu_memory_utilization", "head", "label", "least_mass", "max_length", "max_tokens",
        "other_label", "other_token", "padding_side", "parse", "revision", "samples", "sampling_seed", "sharing",
        "special_tokens", "stop", "structured", "system", "temperature", "tensor_parallel_size", "timeout_s", "token",
        "top_p", "truncation", "unit", "user", "window", "wire", "wording", "beta",
    }
)  # fmt: skip
"""Settings of families in COMPUTED and of judges that only say how a model is asked, or computed."""

UNREPEATED = frozenset({"batch"})
"""Settings that change no answer and are left out: a repetition does not wait a day for a lower price."""

REVISIONS = frozenset({"revision", "base_revision", "reference_revision"})

ON_THE_HUB = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
"""A repository of the Hugging Face Hub."""

_API_MODEL = re.compile(r"[A-Za-z0-9][\w.:/-]{0,199}", re.ASCII)


def distrusted(model: str, settings: Mapping[str, str]) -> Iterator[str]:
    """Why a model must not be run because a submission names it, with these settings of its adapter."""
    name, _, reference = model.partition(":")
    preset = read_preset(name) if name not in ADAPTERS and name in preset_names() else None
    if not preset and name not in ADAPTERS:
        yield f"--model {model}: is none of those that weval brings"
        return
    family = preset.family if preset else name
    if family not in (*COMPUTED, "judge") and ADAPTERS[family].reference:
        yield f"--model {model}: {family} runs code, asks an address or reads a file that the submission names"
        return
    if reference:
        yield from _of_reference(model, family, reference)
    if preset:
        yield from _of_preset(model, preset, reference, settings)
    yield from _of_settings(settings)


def _of_reference(model: str, family: str, reference: str) -> Iterator[str]:
    place = reference
    if family == "judge":
        backend, _, place = reference.partition("/")
        if backend not in BACKENDS:
            yield f"--model {model}: {backend or 'no backend'} is asked at an address, or with arguments, of its own"
            return
        if backend in ("openai", "anthropic"):
            if not _API_MODEL.fullmatch(place):
                yield f"--model {model}: is not the name of a model behind an API"
            return
    if not ON_THE_HUB.fullmatch(place) or ".." in place:
        yield f"--model {model}: is not the name of a repository of the Hub, OWNER/NAME"
    elif Path(place).exists():
        yield f"--model {model}: is also a folder here"


def _of_preset(model: str, preset: Preset, reference: str, settings: Mapping[str, str]) -> Iterator[str]:
    """A preset that allows code of a repository allows it at the commit that we have read, and nowhere else."""
    moved = bool(reference) or not REVISIONS.isdisjoint(settings)
    if preset.settings.get("remote_code") and moved:
        yield f"--model {model}: runs code of its repository, and the submission names another repository or commit"


def _of_settings(settings: Mapping[str, str]) -> Iterator[str]:
    for key, value in settings.items():
        if key == "prompt":
            if value not in judge_names():
                yield f"--set prompt={value}: is not a judge folder that weval brings"
        elif key not in HARMLESS | UNREPEATED:
            yield f"--set {key}={value}: may load code, or lead to a file or an address"
