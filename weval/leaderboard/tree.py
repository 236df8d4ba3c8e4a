"""The folder `results/`: which submissions there are, and what lies there that should not.

results/<model>/card.json                                       what the submitter says
results/<model>/changes.jsonl                                   how its figures changed
results/<model>/<task>/{run.json,result.json,scores.jsonl.gz}   a run
results/<model>/<task>/<probe>/…                                the same run under a probe
results/writers/<writer>/card.json                              the same of a writer
results/writers/<writer>/<benchmark>…/                          a run of a downstream benchmark, with its raw replies
results/reproductions/<name>/…                                  the paper's tables made again (weval reproduce)
results/paper/  results/reruns.jsonl                            published tables; what maintainers repeated
"""

from __future__ import annotations

import filecmp
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from weval.errors import DataError, ResultError, visible
from weval.files import os_message
from weval.leaderboard.bundle import SCORES_GZ
from weval.leaderboard.card import CARD
from weval.leaderboard.changes import CHANGES
from weval.plan import PROBES
from weval.store import RESULT, RUN

PAPER, RERUNS, WRITERS, REPRODUCTIONS = "paper", "reruns.jsonl", "writers", "reproductions"

OF_RUN = (RUN, RESULT, SCORES_GZ)
OF_ROOT = (RERUNS, "README.md")

STAGING = ".submitting-"
"""How folders begin in which a submission is being written."""

MODEL_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TASK_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A submission by its place: results/<model>/<task>; of writers the root is results/writers."""

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

    @property
    def is_writer(self) -> bool:
        """Whether it is a writer's, on a downstream benchmark, and no model's on a task."""
        return self.root.name == WRITERS

    @property
    def questions(self) -> str:
        """What it answers: a task, or a benchmark, whoever judges it."""
        return self.task.partition(".")[0] if self.is_writer else self.task

    @property
    def owner(self) -> str:
        """Whose it is: `model`, `writers/writer` or `reproductions/name`."""
        return f"{self.root.name}/{self.model}" if self.root.name in (WRITERS, REPRODUCTIONS) else self.model

    def __str__(self) -> str:
        return visible(f"{self.owner}/{self.task}")


def entries(path: Path) -> list[Entry]:
    """The submissions in a folder `results`, in that of a model, or in one that is a submission. Raises ResultError.

    By name; folders whose names cannot be those of a model or a task are no submissions (see `strays`).
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links are not followed, as resolve() would
    if not path.is_dir():
        raise ResultError(f"{path}: {'is not a folder' if path.exists() else 'no such folder'}")
    if path.name in PROBES and is_run(path) and is_run(path.parent):
        raise ResultError(f"{path}: is a probe; name the submission that it belongs to, the folder above")
    if is_root(path):
        return [Entry(path, model, task) for model in models_of(path) for task in tasks_of(path / model)]
    if is_run(path):
        return [Entry(path.parent.parent, path.parent.name, path.name)]
    return [Entry(path.parent, path.name, task) for task in tasks_of(path)]


def refuse_links(entry: Entry) -> None:
    """Raises DataError for a submission that lies elsewhere."""
    if any(folder.is_symlink() for folder in (entry.model_folder, entry.folder)):
        raise DataError(f"{entry}: is a link to another folder; a submission is made of files")


def writers_of(root: Path) -> Path | None:
    """The folder of the writers in a folder `results`; None where there is none, or a link in its place."""
    path = root / WRITERS
    return path if root.name != WRITERS and path.is_dir() and not path.is_symlink() else None


def is_root(path: Path) -> bool:
    """Whether a folder is a whole `results`: models lie in it, or nothing that only a model or a run has.

    So one file that does not belong there does not make another thing of it.
    """
    folders = _folders(path)
    if path.name == WRITERS or any(os.path.lexists(path / folder / CARD) for folder in folders):
        return True
    of_model = any(os.path.lexists(path / name) for name in (CARD, CHANGES))
    return not (of_model or is_run(path) or any(is_run(path / folder) for folder in folders))


def is_run(path: Path) -> bool:
    """Whether there is anything in a folder that only a run has."""
    return any(os.path.lexists(path / name) for name in OF_RUN)


def models_of(root: Path) -> list[str]:
    """The folders in a folder `results` that are models', by name."""
    ours = (PAPER, WRITERS, REPRODUCTIONS)
    return [name for name in _folders(root) if name not in ours and _fits(MODEL_NAME, name)]


def tasks_of(model: Path) -> list[str]:
    """The folders in that of a model that are submissions, by name."""
    return [name for name in _folders(model) if _fits(TASK_NAME, name)]


def strays(path: Path) -> Iterator[tuple[str, str]]:
    """What lies in a folder `results` that belongs to no submission: whose trouble it is, and what it is."""
    for found in _scan(path):
        name = found.name
        if _is_folder(found):
            if name.startswith(STAGING):
                yield (
                    _shown(name),
                    f"{_shown(name)}: was left by a weval submit that was killed; the next one clears it",
                )
            elif name in (PAPER, WRITERS, REPRODUCTIONS) and path.name == WRITERS:
                yield _shown(name), f"{name}: does not belong in {WRITERS}/"
            elif name == REPRODUCTIONS:
                yield from _strays_of_reproductions(path / name)
            elif name != PAPER and not _fits(MODEL_NAME, name):
                yield (
                    _shown(name),
                    f"{_shown(name)}: is no name for a model's folder: small letters, digits, single hyphens",
                )
        elif name not in OF_ROOT or not found.is_file(follow_symlinks=False):
            yield _shown(name), f"{_shown(name)}: does not belong in {path.name}/"


def reproductions_of(root: Path) -> list[Path]:
    """The reproductions in a folder `results`, by name; none where there is a link in the place of their folder."""
    folder = root / REPRODUCTIONS
    if root.name == WRITERS or not folder.is_dir() or folder.is_symlink():
        return []
    return [folder / name for name in _folders(folder) if _fits(MODEL_NAME, name)]


def _strays_of_reproductions(folder: Path) -> Iterator[tuple[str, str]]:
    for found in _scan(folder):
        if not (_is_folder(found) and _fits(MODEL_NAME, found.name)):
            yield f"{REPRODUCTIONS}/{_shown(found.name)}", f"{_shown(found.name)}: does not belong in {REPRODUCTIONS}/"


def unlike_published(root: Path, published: Path) -> Iterator[tuple[str, str]]:
    """What belongs to maintainers and is not as it is published, and what is published and gone; as `strays`."""
    papers = {path.relative_to(at).as_posix() for at in (root, published) for path in (at / PAPER).rglob("*")}
    for name in (*OF_ROOT, *sorted(papers)):
        if not _same_file(root / name, published / name):
            yield _shown(name), f"{_shown(name)}: belongs to maintainers, and is not as it is published"
    for name in (path.name for path in reproductions_of(published)):
        if not (root / REPRODUCTIONS / name).is_dir():
            yield f"{REPRODUCTIONS}/{name}", f"{name}: is published, and gone here; only maintainers remove one"
    for entry in entries(published):
        if not (root / entry.model / entry.task).is_dir():
            yield entry.model, f"{entry}: is published, and gone here; only maintainers remove a submission"


def _same_file(one: Path, other: Path) -> bool:
    """Whether both are the same regular file, or folder, or both are nowhere."""
    modes = [path.lstat().st_mode if os.path.lexists(path) else 0 for path in (one, other)]
    if stat.S_IFMT(modes[0]) != stat.S_IFMT(modes[1]):
        return False
    return not stat.S_ISREG(modes[0]) or filecmp.cmp(one, other, shallow=False)


def strays_of_model(model: Path) -> Iterator[str]:
    """What lies in a model's folder, or a writer's, that is not part of a submission."""
    files = (CARD,) if model.parent.name == WRITERS else (CARD, CHANGES)
    for found in _scan(model):
        name = found.name
        if _is_folder(found):
            if not _fits(TASK_NAME, name):
                yield f"{_shown(name)}: is no name of a task"
        elif name not in files or not found.is_file(follow_symlinks=False):
            yield f"{_shown(name)}: does not belong in a model's folder"


def strays_of_run(folder: Path, files: Sequence[str] = OF_RUN, *, probes: bool = True) -> Iterator[str]:
    """What lies in the folder of a run that is not part of it, which is these files and its probes."""
    for found in _scan(folder):
        name = found.name
        if _is_folder(found) and probes and name in PROBES:
            yield from (f"{name}/{stray}" for stray in strays_of_run(folder / name, files, probes=False))
        elif name not in files or not found.is_file(follow_symlinks=False):
            yield f"{_shown(name)}: does not belong in a submission ({', '.join(files)})"


def _folders(path: Path) -> list[str]:
    return sorted(found.name for found in _scan(path) if _is_folder(found))


def _is_folder(found: os.DirEntry[str]) -> bool:
    return found.is_dir(follow_symlinks=False)


def _fits(pattern: re.Pattern[str], name: str) -> bool:
    return len(name) <= 64 and pattern.fullmatch(name) is not None


def _shown(name: str) -> str:
    """A name that somebody chose, on one line of a terminal."""
    return visible(name if len(name) <= 80 else f"{name[:76]}…")


def _scan(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise ResultError(f"{path}: {os_message(error)}") from error
