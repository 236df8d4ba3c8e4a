"""The folder of a build: a folder per step, each with its rows, what it left out, and step.json.

A step's files change together, whenever the process is killed: the new ones are written beside the old ones, then
step.json under another name; from there on the rest is only renaming, which the next process brings to its end.
"""

from __future__ import annotations

from pathlib import Path

from weval.build.records import StepRecord
from weval.build.step import STEP, Step
from weval.errors import DataError, ResultError
from weval.files import os_message, part_of, read_json, write_json
from weval.hashes import sha256_of

NEXT = f".{STEP}.next"


def main_file(root: Path, step: Step) -> Path:
    """Where a step's rows lie."""
    return root / step.name / step.file


def read_step(root: Path, step: Step) -> StepRecord | None:
    """What a step was made of; None where it was not made yet. Raises DataError where step.json is broken."""
    path = root / step.name / STEP
    if not path.is_file():
        return None
    try:
        return read_json(path, StepRecord)
    except DataError as error:
        raise DataError([*error.problems, f"{path}: --fresh makes {step.name} again, from the replies kept"]) from error


def edited(root: Path, step: Step, record: StepRecord) -> list[str]:
    """The files of a step that are not as it wrote them: edited, or gone."""
    folder = root / step.name
    return [name for name, sha256 in record.files.items() if not _is(folder / name, sha256)]


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def put_in_place(folder: Path, record: StepRecord) -> None:
    """A step's new files, which lie beside the old ones, become the step. Raises ResultError."""
    write_json(folder / NEXT, record)
    _renamed(folder, record)


def bring_to_end(root: Path, step: Step) -> None:
    """Puts in place what a process that was killed while it did so has left. Raises DataError, ResultError."""
    folder = root / step.name
    if (folder / NEXT).is_file():
        _renamed(folder, read_json(folder / NEXT, StepRecord))


def _renamed(folder: Path, record: StepRecord) -> None:
    """Files that the step made before and does not make any more go."""
    try:
        for name in record.files:
            part = part_of(folder / name)
            if part.exists():
                part.replace(folder / name)
        for name in _listed(folder / STEP) - record.files.keys():
            (folder / name).unlink(missing_ok=True)
        (folder / NEXT).replace(folder / STEP)
    except OSError as error:
        raise ResultError(f"cannot write {folder}: {os_message(error)}") from error


def _listed(path: Path) -> set[str]:
    """The files of the step of before; none where its record is broken, as it is on its way out."""
    try:
        return set(read_json(path, StepRecord).files)
    except DataError:
        return set()
