"""What `weval doctor` finds out about this machine."""

from __future__ import annotations

import platform

import platformdirs

import weval
from weval.machine import EXTRAS, Lack, Machine, hub_cache, lacks, missing, this_machine
from weval.presets import preset_names, read_preset
from weval.tasks import read_spec, task_names


def findings() -> dict[str, str]:
    """What is there and what is missing, with the remedy. Looks at files and packages, and asks nvidia-smi."""
    machine = this_machine()
    found = {
        "weval": weval.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "cache": str(platformdirs.user_cache_path("weval")),
        "cache of models": str(hub_cache()),
        **_hardware(machine),
    }
    for extra in EXTRAS:
        lacking = ", ".join(missing(extra))
        found[f"extra {extra}"] = f"missing {lacking}: pip install 'weval[{extra}]'" if lacking else "installed"
    for name in task_names():
        source = read_spec(name).source
        found[f"task {name}"] = "ready" if source.is_here else f"not here: {source.remedy(name)}"
    for name in preset_names():
        found[f"model {name}"] = "; ".join(map(_told, lacks(read_preset(name), machine))) or "ready"
    return found


def _hardware(machine: Machine) -> dict[str, str]:
    memory = "unknown" if machine.memory_gb is None else f"{machine.memory_gb:.0f} GB"
    gpus = {f"GPU {n}": f"{gpu.name}, {gpu.memory_gb:.0f} GB" for n, gpu in enumerate(machine.gpus)}
    return {"memory": memory, **(gpus or {"GPU": "no GPU found: reward models run on the CPU, slowly"})}


def _told(lack: Lack) -> str:
    return f"{lack.what}: {lack.how}" if lack.how else lack.what
