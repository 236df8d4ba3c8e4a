"""The folders of a checkout that are not code: inside an installed package, or at the top of the checkout."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def room(name: str) -> Path:
    """Where a folder of data lies, as `tasks` or `leaderboard`."""
    installed = Path(str(resources.files("weval"))) / "_rooms" / name
    return installed if installed.is_dir() else Path(__file__).parents[1] / name
