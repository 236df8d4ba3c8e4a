"""How the figures of all models changed, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from weval.errors import WevalError
from weval.leaderboard.changes import Figures, read_changes


class Entered(NamedTuple):
    """A line of a model's changes, with whose it is."""

    date: str
    model: str
    name: str
    task: str
    version: str
    before: Figures | None
    after: Figures
    why: str


def timeline(folders: Mapping[str, Path], names: Mapping[str, str]) -> list[Entered]:
    """The changes of these models, by their folders; those of one day by model. What cannot be read is left out."""
    found = []
    for model, folder in folders.items():
        try:
            changes = read_changes(folder)
        except WevalError:  # `weval leaderboard check` says what is wrong with it
            continue
        found += [
            Entered(
                change.date, model, names[model], change.task, change.version, change.before, change.after, change.why
            )
            for change in reversed(changes)  # of one day, too, the newest first
        ]
    found.sort(key=lambda entry: (entry.model, entry.task))
    return sorted(found, key=lambda entry: entry.date, reverse=True)
