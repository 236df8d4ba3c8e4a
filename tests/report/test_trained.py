"""A training run in a terminal of 80 columns."""

from __future__ import annotations

from pathlib import Path

from weval.report.trained import trained_text
from weval.results import Estimate
from weval.training.outcome import Measured, TrainingResult

RESULT = TrainingResult(
    schema=1,
    recipe="rm",
    profile="tiny",
    kind="reward_model",
    base="small",
    base_version=None,
    steps=1,
    seconds=7200.0,
    begin={"loss": 0.69314, "learning_rate": 1e-3},
    end={"loss": 0.25, "learning_rate": 1e-4},
    model="model",
    preset="preset.yaml",
    card="README.md",
    measured=(
        Measured(
            name="there/held.jsonl",
            folder="runs/held",
            figures={"correlation": Estimate(value=0.61, ci=(0.5, 0.7), n=93), "reading": None},
        ),
    ),
    not_measured={"weval": "no key; later: weval run --model preset:out/preset.yaml --task weval --out " + "x" * 90},
)


def test_everything_is_there_and_fits() -> None:
    lines = trained_text(RESULT, Path("out")).splitlines()
    assert lines[0] == "rm, profile tiny: 1 step in 2.0 hours"
    assert next(line for line in lines if line.startswith("loss")).split() == ["loss", "0.6931", "0.25"]
    assert not any("learning_rate" in line for line in lines)
    (row,) = (line for line in lines if line.startswith("held.jsonl: correlation"))
    assert row.split()[2:] == ["0.610", "0.500", "…", "0.700", "93"]
    assert any(line.startswith("not measured: no key") for line in lines)
    assert lines[-3:] == ["model: out/model", "card: out/README.md", "preset: out/preset.yaml"]
    assert max(map(len, lines)) <= 95  # a path is not broken
