"""A model's folder takes the place of the one that is there: whole or not at all, and one at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from weval.errors import ResultError
from weval.files import os_message, write_json
from weval.leaderboard.card import CARD, Card
from weval.leaderboard.tree import STAGING, Entry
from weval.randomness import digest

LOCK_S = 60.0
"""How long to wait for somebody else's submission."""

OLD = "replaced"
"""Where, in the folder in which a submission is made, the one waits that it replaces."""


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """A folder in `root`, in which a submission is made: it takes its place by a mere renaming (see `replace`).

    What a killed process left there is cleared first, and what it had taken out of its place goes back. Raises
    ResultError while another submission is made there, and for what the system refuses on the way, as a full disk.
    """
    with _alone(root):
        try:
            root.mkdir(parents=True, exist_ok=True)
            _put_right(root)
            scratch = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
            try:
                yield scratch
            finally:
                shutil.rmtree(scratch)
        except OSError as error:
            raise ResultError(f"cannot write {root}: {os_message(error)}") from error


def begin(entry: Entry, made: Entry, card: Card) -> None:
    """Makes the folder of a model, or a writer, as it will be at `entry`, but for the run."""
    if entry.model_folder.is_dir():
        shutil.copytree(entry.model_folder, made.model_folder, symlinks=True, ignore=shutil.ignore_patterns(entry.task))
    made.folder.mkdir(parents=True)
    write_json(made.model_folder / CARD, card)


def replace(made: Path, place: Path) -> None:
    """Puts a folder that was made directly in that of `staging` in its place; where that fails, the old one stays."""
    old = made.parent / OLD / place.name
    old.parent.mkdir()
    try:
        if place.is_dir():
            place.rename(old)
        made.rename(place)
    finally:
        if old.is_dir() and not place.exists():
            old.rename(place)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One submission at a time: of two that bring runs of one model each would leave out the other's."""
    path = platformdirs.user_cache_path("weval") / "locks" / f"{digest(str(root.resolve())).hex()}.lock"
    lock = FileLock(path, timeout=LOCK_S)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise ResultError(f"{root}: another submission is being written; wait for it") from error
    except OSError as error:
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error
    try:
        yield
    finally:
        lock.release()


def _put_right(root: Path) -> None:
    for scratch in root.glob(f"{STAGING}*"):
        for old in (scratch / OLD).glob("*"):
            if not (root / old.name).exists():
                old.rename(root / old.name)
        shutil.rmtree(scratch)
