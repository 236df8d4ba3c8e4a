"""The folder `results/`: which submissions there are, and what lies there that should not.

results/<model>/card.json                                       what the submitter says
results/<model>/changes.jsonl                                   how its figures changed
results/<model>/<task>/{run.json,result.json,scores.jsonl.gz}   a run
results/<model>/<task>/<probe>/…                                the same run under a probe
results/paper/  results/reruns.jsonl                            published tables; what maintainers repeated
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weval.errors import ResultError
from weval.files import os_message
from weval.leaderboard.bundle import SCORES_GZ
from weval.leaderboard.card import CARD
from weval.leaderboard.changes import CHANGES
from weval.plan import PROBES
from weval.store import RESULT, RUN

PAPER, RERUNS = "paper", "reruns.jsonl"

OF_RUN = (RUN, RESULT, SCORES_GZ)
OF_ROOT = (RERUNS, "README.md")

MODEL_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TASK_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A submission by its place: results/<model>/<task>."""

    root: Path
    model: str
    task: str

    @property
    def model_folder(self) -> Path:
        """Where its card lies."""
        return self.root / self.model

    @property
    def folder(self) -> Path:
        """Where its run lies."""
        return self.root / self.model / self.task

    def __str__(self) -> str:
        return f"{self.model}/{self.task}"


def entries(path: Path) -> list[Entry]:
    """The submissions in a folder `results`, in that of a model, or in one that is a submission. Raises ResultError.

    By name. A folder with nothing of ours in it has none.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links are not followed, as resolve() would
    if not path.is_dir():
        raise ResultError(f"{path}: {'is not a folder' if path.exists() else 'no such folder'}")
    if (path / RUN).exists():
        return [Entry(path.parent.parent, path.parent.name, path.name)]
    if not is_root(path):
        return [Entry(path.parent, path.name, task) for task in _folders(path)]
    return [Entry(path, model, task) for model in _folders(path) if model != PAPER for task in _folders(path / model)]


def is_root(path: Path) -> bool:
    """Whether a folder is neither a model's nor a submission: then it is taken for a whole `results`."""
    return not (path / RUN).exists() and not (path / CARD).exists()


def strays(path: Path) -> Iterator[tuple[str, str]]:
    """What lies in a folder `results` that belongs to no submission: whose trouble it is, and what it is."""
    for found in _scan(path):
        name = found.name
        if _is_folder(found):
            if name != PAPER and not _fits(MODEL_NAME, name):
                yield name, f"{_shown(name)}: is no name for a model's folder: small letters, digits, single hyphens"
        elif found.is_symlink() or name not in OF_ROOT:
            yield name, f"{_shown(name)}: does not belong in {path.name}/"


def strays_of_model(model: Path) -> Iterator[str]:
    """What lies in a model's folder that is not part of a submission."""
    for found in _scan(model):
        name = found.name
        if _is_folder(found):
            if not _fits(TASK_NAME, name):
                yield f"{_shown(name)}: is no name of a task"
        elif found.is_symlink() or name not in (CARD, CHANGES):
            yield f"{_shown(name)}: does not belong in a model's folder"


def strays_of_run(folder: Path, *, probes: bool = True) -> Iterator[str]:
    """What lies in the folder of a run that is not part of it."""
    for found in _scan(folder):
        name = found.name
        if _is_folder(found) and probes and name in PROBES:
            yield from (f"{name}/{stray}" for stray in strays_of_run(folder / name, probes=False))
        elif found.is_symlink() or not found.is_file(follow_symlinks=False) or name not in OF_RUN:
            yield f"{_shown(name)}: does not belong in a submission ({', '.join(OF_RUN)})"


def _folders(path: Path) -> list[str]:
    return sorted(found.name for found in _scan(path) if _is_folder(found))


def _is_folder(found: os.DirEntry[str]) -> bool:
    return found.is_dir(follow_symlinks=False)


def _fits(pattern: re.Pattern[str], name: str) -> bool:
    return len(name) <= 64 and pattern.fullmatch(name) is not None


def _shown(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:76]}…"


def _scan(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise ResultError(f"{path}: {os_message(error)}") from error
