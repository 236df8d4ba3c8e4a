"""What this machine has, and what it lacks to run a preset. Looks at files and installed packages; loads neither."""

from __future__ import annotations

import importlib.util
import math
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from weval.presets import Preset
from weval.repository import is_commit
from weval.textmodels import backend_of

EXTRAS = {
    "analysis": ("matplotlib", "scipy"),
    "api": ("openai", "anthropic"),
    "bench": ("evalica",),
    "build": ("datasets", "py3langid", "sentence_transformers", "torch"),
    "hf": ("torch", "transformers", "accelerate", "safetensors", "huggingface_hub", "peft"),
    "inspect": ("inspect_ai",),
    "lm-eval": ("lm_eval",),
    "parquet": ("pyarrow",),
    "ray": ("ray",),
    "remote": ("fsspec",),
    "serve": ("starlette", "uvicorn"),
    "train": ("trl", "datasets", "torch", "transformers", "accelerate", "peft"),
    "vllm": ("vllm",),
}
"""The libraries behind each extra."""

NEEDED = {"classifier": "hf", "vllm": "vllm"}
"""The extra behind each family that loads weights on this machine; a judge needs that of its backend."""

ROOM = 1.1
"""Memory for the weights and what is computed, as a multiple of the weights."""

NVIDIA_TIMEOUT_S = 5.0

_SHARD = re.compile(r"-of-(\d+)\.safetensors$")


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU and its memory in GB (of 10^9 bytes)."""

    name: str
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Machine:
    """The extras that are installed, the GPUs, and the main memory in GB (None where the system does not say)."""

    extras: frozenset[str]
    gpus: tuple[Gpu, ...]
    memory_gb: float | None


Kind = Literal["", "extra", "key", "weights", "revision", "gated", "download", "memory", "slow"]
"""What sort of thing is lacking. `slow` is a remark: it goes without."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What a machine lacks to run a model, and how to get it; `how` is empty where that is no command."""

    what: str
    how: str = ""
    kind: Kind = field(default="", compare=False)


def this_machine() -> Machine:
    """What is here now. Asks nvidia-smi, for five seconds at most."""
    memory = _memory_gb()
    return Machine(frozenset(extra for extra in EXTRAS if not missing(extra)), _gpus(memory), memory)


def missing(extra: str) -> list[str]:
    """The libraries of an extra that are not installed."""
    return [package for package in EXTRAS[extra] if importlib.util.find_spec(package) is None]


def lacks(preset: Preset, machine: Machine) -> list[Lack]:
    """What is to be got before the preset runs, most basic first; last, a remark where it would be slow."""
    extra = _extra(preset)
    if extra is None:
        return []
    software = [] if extra in machine.extras else [lack_of_extra(extra)]
    if preset.endpoint:
        return [*software, *_key(preset)]
    return [*software, *_weights(preset), *_memory(preset, machine)]


def lack_of_extra(extra: str) -> Lack:
    """That an extra is not installed.

    >>> lack_of_extra("hf").how
    "pip install 'weval[hf]'"
    """
    return Lack(f"extra {extra}", f"pip install 'weval[{extra}]'", "extra")


def _extra(preset: Preset) -> str | None:
    if preset.family == "judge" and preset.reference:
        return backend_of(preset.reference)[0].extra
    return NEEDED.get(preset.family)


def _key(preset: Preset) -> Iterable[Lack]:
    """Whether the environment holds the key that the preset names; what it is, is not looked at."""
    name = preset.strings().get("key_env")
    if name and not os.environ.get(name):
        yield Lack(f"key {name}", f"export {name}=…, with a key from {preset.source}", "key")


def _weights(preset: Preset) -> Iterable[Lack]:
    reference = _repository(preset)
    if reference is None:
        yield Lack(
            "weights (name a folder)", "--model NAME:FOLDER, with the folder of a model that you have", "weights"
        )
        return
    revision, wanted = preset.strings().get("revision"), None
    if preset.settings.get("remote_code") and not is_commit(revision):
        wanted = "COMMIT"
        yield Lack("a pinned revision", "--set revision=COMMIT, one whose code you have read", "revision")
    elif preset.pickled and not revision:
        wanted = "REVISION"
        how = "--set revision=REVISION, or convert it and name the folder"
        yield Lack("a revision with safetensors", how, "revision")
    if is_here(reference, revision):
        return
    if preset.gated:
        page = f"https://huggingface.co/{reference}"
        yield Lack("a licence accepted on the Hub (gated)", f"accept it on {page}, then `hf auth login`", "gated")
    at = f" --revision {revision or wanted}" if revision or wanted else ""
    size = f" ({preset.memory_gb:g} GB)" if preset.memory_gb else ""
    yield Lack("not downloaded", f"hf download {reference}{at}{size}", "download")


def _repository(preset: Preset) -> str | None:
    """The folder or Hub repository of the weights: what follows the backend in a judge's reference."""
    if preset.family == "judge" and preset.reference:
        return backend_of(preset.reference)[1]
    return preset.reference


def _memory(preset: Preset, machine: Machine) -> Iterable[Lack]:
    """Whether the weights fit: into one GPU, else spread over GPUs and main memory, else into main memory."""
    if preset.memory_gb is None:
        return
    need, main = preset.memory_gb * ROOM, machine.memory_gb
    sizes = [gpu.memory_gb for gpu in machine.gpus]
    if sizes and max(sizes) >= need:
        return
    if main is not None and sum(sizes) + main < need:
        yield Lack(f"{math.ceil(need)} GB of memory (has {math.floor(sum(sizes) + main)})", kind="memory")
    elif not sizes:
        yield Lack("no GPU: slow", kind="slow")
    elif sum(sizes) >= need:
        yield Lack(f"one GPU of {math.ceil(need)} GB: spread over several", "--set device=spread", "slow")
    else:
        yield Lack(f"{math.ceil(need)} GB on GPUs: spread, slow", "--set device=spread", "slow")


def is_here(reference: str, revision: str | None = None) -> bool:
    """Whether a model is a folder, or a repository whose weights are in the cache of the Hugging Face Hub.

    Files are looked for, not read. A branch or tag counts as here in any state: which one it is only the Hub knows.
    """
    try:
        if Path(reference).expanduser().is_dir():
            return True
        snapshots = hub_cache() / f"models--{reference.replace('/', '--')}" / "snapshots"
        return any(_is_whole(path) for path in snapshots.glob(str(revision) if is_commit(revision) else "*"))
    except (OSError, RuntimeError):  # no permission; ~ of nobody
        return False


def hub_cache() -> Path:
    """Where huggingface_hub keeps what it downloads, by the variables that it reads."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return _expanded(named) if named else hub_home() / "hub"


def hub_home() -> Path:
    """Where huggingface_hub keeps the rest, as who is logged in, wherever its downloads are."""
    named = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return _expanded(named)


def _expanded(path: str | Path) -> Path:
    return Path(os.path.expandvars(path)).expanduser()


def _is_whole(snapshot: Path) -> bool:
    """Whether a snapshot holds weights, and all of them: a name like model-00001-of-00004 says how many there are."""
    names = [path.name for path in snapshot.glob("*.safetensors") if path.exists()]
    shards = [int(found[1]) for name in names if (found := _SHARD.search(name))]
    return bool(names) and len(shards) >= max(shards, default=0)


def _memory_gb() -> float | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):  # Windows; a system without the name
        return None


def _gpus(memory_gb: float | None) -> tuple[Gpu, ...]:
    if platform.system() == "Darwin" and platform.machine() == "arm64" and memory_gb:
        return (Gpu("Apple, in main memory", memory_gb),)
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    asked = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=NVIDIA_TIMEOUT_S, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):  # a driver that is broken has no GPU that can be used
        return ()
    return tuple(gpu for line in ran.stdout.splitlines() if (gpu := _gpu(line)))


def _gpu(line: str) -> Gpu | None:
    """A GPU from a line such as `NVIDIA H100 80GB HBM3, 81559 MiB`; None where the memory is not told."""
    name, _, memory = line.rpartition(", ")
    number, _, unit = memory.strip().partition(" ")
    return Gpu(name.strip(), int(number) * 2**20 / 1e9) if number.isdecimal() and unit == "MiB" else None
