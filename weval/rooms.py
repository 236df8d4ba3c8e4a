"""The folders of a checkout that are not code: inside an installed package, or at the top of the checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def room(name: str) -> Path:
    """Where a folder of data lies, as `tasks` or `leaderboard`."""
    installed = PACKAGE / "_rooms" / name  # every command asks: importlib.resources would take 3 ms to load
    return installed if installed.is_dir() else PACKAGE.parent / name
