"""What `weval doctor` finds out about this machine."""

from __future__ import annotations

import importlib.util
import platform

import platformdirs

import weval
from weval.tasks import read_spec, task_names

EXTRAS = {"analysis": ("matplotlib", "scipy"), "parquet": ("pyarrow",)}
"""The libraries behind each extra."""


def findings() -> dict[str, str]:
    """What is there and what is missing, with the remedy. Looks at files and installed packages only."""
    found = {
        "weval": weval.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "cache": str(platformdirs.user_cache_path("weval")),
    }
    for extra, packages in EXTRAS.items():
        lacking = [package for package in packages if importlib.util.find_spec(package) is None]
        found[f"extra {extra}"] = f"missing: pip install 'weval[{extra}]'" if lacking else "installed"
    for name in task_names():
        found[f"task {name}"] = "ready" if read_spec(name).source.is_here else f"not here yet: weval fetch {name}"
    return found
