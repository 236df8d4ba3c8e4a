"""result.json of a training run: where its curve began and ended, and what was measured of what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from weval.errors import ResultError
from weval.files import is_file, read_json, write_json
from weval.results import Estimate
from weval.training.curve import read_curve
from weval.training.folder import CARD, CURVE
from weval.training.recipe import Kind
from weval.training.start import Training
from weval.types import Record

RESULT = "result.json"

SHARE = 10
"""The beginning and the end of a curve are a tenth of its lines each."""

COUNTS = ("step", "seconds", "epoch", "num_tokens")
"""Fields of a line of the curve that say how far it went, and nothing of how well."""


class Measured(Record):
    """A run of `weval run` or `weval bench` on the result: its folder, and its figures, null where undefined."""

    name: str
    folder: str
    figures: dict[str, Estimate | None]


class TrainingResult(Record):
    """What a training run came to. `begin` and `end` are means over the first and the last tenth of the curve.

    `not_measured` is what could not be measured, with the reason. Paths are relative to the folder.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    recipe: str
    profile: str
    kind: Kind
    base: str
    base_version: str | None
    steps: int
    seconds: float
    begin: dict[str, float]
    end: dict[str, float]
    model: str
    preset: str | None
    card: str
    measured: tuple[Measured, ...] = ()
    not_measured: dict[str, str] = Field(default_factory=dict)


def ends_of(curve: Sequence[Mapping[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    """The means of each field over the first and the last tenth of the lines that have it, at least one line.

    >>> ends_of([{"step": n, "loss": 21.0 - n} for n in range(1, 21)])
    ({'loss': 19.5}, {'loss': 1.5})
    """
    begin, end = dict[str, float](), dict[str, float]()
    for name in dict.fromkeys(name for line in curve for name in line if name not in COUNTS):
        values = [line[name] for line in curve if name in line]
        n = max(1, len(values) // SHARE)
        begin[name], end[name] = math.fsum(values[:n]) / n, math.fsum(values[-n:]) / n
    return begin, end


def result_of(training: Training, *, base_version: str | None, preset: str | None) -> TrainingResult:
    """What the curve says; nothing is measured yet."""
    curve = read_curve(training.out / CURVE)
    begin, end = ends_of(curve)
    return TrainingResult(
        schema=1,
        recipe=training.recipe.name,
        profile=training.profile_name,
        kind=training.recipe.kind,
        base=training.profile.model.base,
        base_version=base_version,
        steps=int(curve[-1]["step"]) if curve else 0,
        seconds=round(math.fsum(line.get("seconds", 0.0) for line in curve), 1),
        begin=begin,
        end=end,
        model=training.model.name,
        preset=preset,
        card=CARD,
    )


def write_outcome(folder: Path, result: TrainingResult) -> None:
    """Puts it beside the model."""
    write_json(folder / RESULT, result)


def read_outcome(folder: Path) -> TrainingResult:
    """What a training run came to. Raises ResultError where it has not ended, DataError where the file is broken."""
    if not is_file(folder / RESULT):
        raise ResultError(f"{folder}: has no {RESULT} yet; the same command goes on")
    return read_json(folder / RESULT, TrainingResult)
