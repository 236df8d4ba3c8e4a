"""What is public and about to go: it warns, names what replaces it, and says when it is removed (docs/versioning.md).

A test fails when a version is reached in which something marked here should be gone.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import typing_extensions


class Renamed(NamedTuple):
    """A setting under its new name: since which version, and from which on the old name is unknown."""

    to: str
    since: str
    removed_in: str


RENAMED_SETTINGS: dict[str, Renamed] = {}
"""Keys of --set by their old name. Empty while nothing has been renamed."""


def deprecated(since: str, removed_in: str, instead: str) -> typing_extensions.deprecated:
    """Marks a function or class: using it warns. `instead` is what to use, in a few words."""
    return typing_extensions.deprecated(f"deprecated since weval {since}, gone in {removed_in}: {instead}")


def current_name(setting: str) -> str:
    """The name that a setting has now. An old one is taken, with a notice on standard error."""
    if (renamed := RENAMED_SETTINGS.get(setting)) is None:
        return setting
    sys.stderr.write(
        f"note: --set {setting} is now {renamed.to} (since {renamed.since}), gone in {renamed.removed_in}\n"
    )
    return renamed.to
