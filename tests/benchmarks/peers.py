"""Other programs that do the same work, installed from packages: where they are, which versions, how to get them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

FOLDER = "WEVAL_BENCHMARK_PEERS"
"""The variable by which the suite says where they are; `--peers FOLDER` sets it."""

# It pins transformers 4.51.0 itself. It imports pkg_resources, which setuptools had up to 80.
WANTED = ("rewardbench==0.1.4", "torch==2.13.0", "setuptools<81")
CREATE = ("-m", "venv")
TOLD = ("rewardbench", "transformers", "torch", "datasets", "accelerate")
HOW = "python -m tests.benchmarks --peers FOLDER installs it there (1 GB)"


def install(folder: Path) -> None:
    """An environment with the peers in it, made unless it is there already. Raises CalledProcessError."""
    python = folder / "bin" / "python"
    if not (folder / "installed.json").exists():
        subprocess.run([sys.executable, *CREATE, folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *WANTED], check=True, stdout=sys.stderr)
        said = subprocess.run([python, "-c", _VERSIONS], check=True, capture_output=True, text=True).stdout
        (folder / "installed.json").write_text(said, encoding="utf-8")
    os.environ[FOLDER] = str(folder.resolve())


_VERSIONS = f"""
import json
from importlib.metadata import version
print(json.dumps({{name: version(name) for name in {TOLD!r}}}))
"""


def place() -> Path | None:
    """The bin folder of their environment; None where nobody has named one."""
    named = os.environ.get(FOLDER)
    return Path(named) / "bin" if named else None


def rewardbench() -> dict[str, str]:
    """What is installed at their place, and what rewardbench runs on there; nothing without a place."""
    if not (folder := place()):
        return {}
    found: dict[str, str] = json.loads((folder.parent / "installed.json").read_text(encoding="utf-8"))
    return {name if name == "rewardbench" else f"rewardbench's {name}": version for name, version in found.items()}


def installed_here(*packages: str) -> dict[str, str]:
    """Versions of those packages that this environment has."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
