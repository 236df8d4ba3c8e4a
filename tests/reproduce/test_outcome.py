from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from weval.files import read_json, write_json
from weval.reproduce.outcome import Cell, Figure, Reproduction, StepOutcome

CELL = Cell(
    column="pl",
    step="t4-rm",
    published=80.2,
    released=Figure(value=79.5, ci=(76.0, 83.0), n=550),
    headline=None,
    difference=-0.7,
    verdict="within",
)


def test_a_reproduction_is_read_as_it_was_written(tmp_path: Path) -> None:
    step = StepOutcome(
        name="t4-rm",
        does="run",
        about="a",
        state="blocked",
        fingerprint="0" * 16,
        folder=None,
        command="weval run",
        seconds=None,
        why="no GPU",
    )
    written = Reproduction(
        profile="paper",
        title="t",
        about="a",
        is_check=False,
        tables=(),
        steps=(step,),
        resamples=1000,
        versions={"weval": "1"},
    )
    write_json(tmp_path / "reproduction.json", written)
    assert read_json(tmp_path / "reproduction.json", Reproduction) == written
    assert '"schema": 1' in (tmp_path / "reproduction.json").read_text(encoding="utf-8")


def test_there_is_no_other_verdict_or_state() -> None:
    with pytest.raises(ValidationError, match="verdict"):
        Cell.model_validate(CELL.model_dump() | {"verdict": "better"})
    with pytest.raises(ValidationError, match="value"):
        Figure(value=float("nan"), ci=None, n=1)
