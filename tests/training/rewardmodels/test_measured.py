from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import write_items
from weval.files import read_json
from weval.results import Estimate
from weval.tasks import load_task
from weval.training.rewardmodels.measured import Measured, OnItems, measure, measured_table

SETTINGS = {"resamples": "200"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OnItems]:
    """The rule checker, which reads, as if it had been trained."""
    folder = tmp_path_factory.mktemp("measured")
    file = write_items(folder / "heldout.jsonl", list(load_task("weval-mini").items())[:24])
    return measure("rules", [str(file)], folder / "runs", SETTINGS)


def test_what_reads_is_above_what_does_not(found: dict[str, OnItems]) -> None:
    (mini,) = found.values()
    assert mini.task.name == "heldout" and 18 < mini.n_items <= 24  # some have no requirement that a rule checks
    assert mini.best_baseline == "keywords"  # on this set length goes the other way
    values = {name: figures["correlation"] for name, figures in mini.above.items()}
    assert sorted(values) == ["keywords", "length", "swapped"]
    for difference in values.values():
        assert difference and difference.ci and difference.ci[0] > 0
    reading = mini.model["reading"]
    assert reading and reading.value == 1.0
    model, swapped, keywords = mini.model["correlation"], mini.swapped["correlation"], mini.baselines["keywords"]
    assert model and swapped and keywords["correlation"] and values["swapped"] and values["keywords"]
    assert model.value - swapped.value == pytest.approx(values["swapped"].value)
    assert model.value - keywords["correlation"].value == pytest.approx(values["keywords"].value)


def test_a_second_time_nothing_is_scored_again(found: dict[str, OnItems], tmp_path: Path) -> None:
    file = write_items(tmp_path / "heldout.jsonl", list(load_task("weval-mini").items())[:5])
    first = measure("rules", [str(file)], tmp_path / "runs", SETTINGS)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/scores.jsonl")}
    assert len(before) == 4
    assert measure("rules", [str(file)], tmp_path / "runs", SETTINGS) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/scores.jsonl")} == before


def test_the_table_shows_intervals_and_dashes(found: dict[str, OnItems], tmp_path: Path) -> None:
    measured = Measured(schema=1, held_pairs=Estimate(value=0.75, ci=None, n=1200), items=found)
    lines = measured_table(measured).splitlines()
    n = found["heldout"].n_items
    assert lines[2].startswith(f"| heldout ({n}) | correlation | ") and lines[3].startswith(
        f"| heldout ({n}) | reading"
    )
    assert "] | keywords " in lines[2] and "…" in lines[2]
    assert lines[-1] == "Of 1,200 preferences held out 0.750 are ranked right, ties half."
    (tmp_path / "measured.json").write_text(measured.model_dump_json(by_alias=True), encoding="utf-8")
    assert read_json(tmp_path / "measured.json", Measured) == measured
