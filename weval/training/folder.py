"""The folder of a training run: what is trained (training.json), its curve, checkpoints, and what came of it.

OUT/training.json     recipe, profile, settings, data by hash, versions: what must not change when it goes on
OUT/curve.jsonl       a line per logged step
OUT/base/             a model that was made here, or fetched from a package
OUT/checkpoints/      checkpoint-N; whole ones have a file `complete` in them
OUT/model/            what came of it, with its tokenizer
OUT/preset.yaml       its name and settings, for `weval run --model preset:FILE`; not of writers
OUT/README.md         its card, with the curve as curve.svg
OUT/runs/             what was measured of it
OUT/result.json       where the curve began and ended, and the figures
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from weval.errors import ResultError
from weval.files import read_json, write_json, write_text
from weval.store import changes
from weval.types import Record

TRAINING, CURVE, PLOT, CARD, PRESET = "training.json", "curve.jsonl", "curve.svg", "README.md", "preset.yaml"
CHECKPOINTS, MODEL, BASE, RUNS = "checkpoints", "model", "base", "runs"

COMPLETE = "complete"
"""The file that a checkpoint has in it when it is whole."""


class TrainingRecord(Record):
    """training.json: everything needed to repeat a training run. `identity` must not change when it goes on."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    created: str
    command: str
    identity: dict[str, Any]
    environment: dict[str, Any]
    finished: bool = False


def begin_folder(path: Path, record: TrainingRecord, *, fresh: bool) -> None:
    """Starts a training run in a folder that this process holds, or goes on with the one that is here.

    Raises ResultError naming what has changed, or where the folder has something else in it.
    """
    file = path / TRAINING
    if fresh and file.exists():
        clear(path)
    if not file.exists():
        if found := sorted(each.name for each in path.iterdir() if not each.name.startswith(".")):
            raise ResultError(f"{path}: has {found[0]} in it and is no training run; choose another --out")
        write_json(file, record)
        return
    before = read_json(file, TrainingRecord)
    if changed := list(changes(before.identity, record.identity)):
        more = f" (and {len(changed) - 3} more)" if len(changed) > 3 else ""
        raise ResultError(
            f"{path}: holds a different training run; {'; '.join(changed[:3])}{more}. "
            "Give this one a folder of its own with --out (--fresh would delete the other)"
        )


def clear(path: Path) -> None:
    """Forgets a training run: all that is in its folder but the lock. Raises ResultError where it is none."""
    read_json(path / TRAINING, TrainingRecord)  # what is no training run is not deleted
    for each in path.iterdir():
        if each.name.startswith(".") or each.name == TRAINING:
            continue
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    (path / TRAINING).unlink()  # last: what is left names what it is


def complete(checkpoint: Path) -> None:
    """Marks a checkpoint as whole: said when all its files are written."""
    write_text(checkpoint / COMPLETE, "")


def step_of(checkpoint: Path) -> int:
    """The step that a checkpoint is of.

    >>> step_of(Path("checkpoints/checkpoint-40"))
    40
    """
    return int(checkpoint.name.rpartition("-")[2])


def whole_checkpoints(path: Path) -> list[Path]:
    """The checkpoints of a run that were written to the end, in no order."""
    return [each for each in _checkpoints(path) if (each / COMPLETE).is_file()]


def last_checkpoint(path: Path) -> Path | None:
    """The latest whole checkpoint of a run; broken ones, of a process that was killed while writing, are removed."""
    whole = whole_checkpoints(path)
    for each in _checkpoints(path):
        if each not in whole:
            shutil.rmtree(each)
    return max(whole, key=step_of, default=None)


def _checkpoints(path: Path) -> list[Path]:
    return [each for each in (path / CHECKPOINTS).glob("checkpoint-*") if each.name.rpartition("-")[2].isdecimal()]
