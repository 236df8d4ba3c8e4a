from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import make_item, write_items, write_rows
from weval.plan import PROBES, PlanOptions
from weval.readback import Outcome
from weval.report.panel import Panel
from weval.report.reading import AS_ASKED, reading
from weval.report.svg import drawing
from weval.results import Estimate, Result
from weval.run import RunSpec, run


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A model of unit response, which has no reading."""
    folder = tmp_path_factory.mktemp("bare")
    data = write_items(folder / "items.jsonl", [make_item("i1")])
    return run(RunSpec("length", data=data, out=folder / "runs" / "r"))


def with_reading(result: Result, value: float) -> Result:
    estimate = Estimate(value=value, ci=(0.0, 0.25), n=4)
    return result.model_copy(update={"metrics": result.metrics | {"reading": estimate}})


def drawn(panel: Panel) -> str:
    assert panel.draw
    with drawing():
        return str(panel.draw())


def test_a_run_alone_shows_its_figures_and_says_how_to_make_probes(outcome: Outcome) -> None:
    panel = reading(outcome, {})
    assert panel.table
    assert panel.table.headers == (
        "asked",
        "correlation",
        "95 % interval",
        "items",
        "reading",
        "95 % interval",
        "items",
    )
    assert [row[0] for row in panel.table.rows] == [AS_ASKED]
    assert "Reading. correlation: as asked 0.614. reading: as asked 1.000." in drawn(panel)
    assert panel.finding.startswith("Reading 1.000 (0.791 … 1.000): 1 follows")
    assert "as asked" not in panel.finding
    for probe in PROBES:
        assert f"--set probe={probe}" in panel.finding


def test_every_probe_stands_below_the_run_and_has_a_sentence(outcome: Outcome) -> None:
    probes = {probe: with_reading(outcome.result, k / 8) for k, probe in enumerate(PROBES)}
    panel = reading(outcome, probes)
    assert panel.table
    assert [row[0] for row in panel.table.rows] == [AS_ASKED, *PROBES]
    assert panel.table.rows[2][4:] == ("0.125", "0.000 … 0.250", "4")
    assert "reading: as asked 1.000, swapped 0.000, response_only 0.125, echoed 0.250, injected 0.375." in drawn(panel)
    assert "The correlation with gold is 0.614 as asked." in panel.finding
    assert panel.finding.count(", it is 0.614: ") == len(PROBES)
    assert all(f"({probe}), it is" in panel.finding for probe in PROBES)
    assert "--set" not in panel.finding


def test_without_probes_unit_response_has_a_sentence_alone(bare: Outcome) -> None:
    panel = reading(bare, {})
    assert panel.draw is panel.table is None
    assert panel.finding.startswith("Undefined: it needs a score for each requirement")
    assert "--set probe=swapped" in panel.finding


def test_where_nothing_has_a_reading_a_probe_still_shows_what_happens_to_correlation(bare: Outcome) -> None:
    panel = reading(bare, {"response_only": bare.result})
    assert panel.table
    assert panel.table.headers == ("asked", "correlation", "95 % interval", "items")
    assert "response_only" in drawn(panel)
    assert panel.finding.startswith("The correlation with gold is -1.000 as asked.")


def test_a_probe_names_itself_and_is_not_to_be_probed(outcome: Outcome) -> None:
    identity = outcome.run.identity.model_copy(update={"plan": PlanOptions(probe="echoed")})
    panel = reading(replace(outcome, run=replace(outcome.run, identity=identity)), {})
    assert panel.table
    assert [row[0] for row in panel.table.rows] == ["echoed"]
    assert "--set" not in panel.finding


def test_a_look_up_is_not_to_be_probed(tmp_path: Path) -> None:
    rows = [{"item_id": "i1", "candidate_id": f"a{i}", "score": i} for i in (1, 2, 3)]
    scores = write_rows(tmp_path / "scores.jsonl", rows)
    data = write_items(tmp_path / "items.jsonl", [make_item("i1")])
    found = run(RunSpec(f"scores:{scores}", data=data, out=tmp_path / "runs" / "r"))
    assert "--set" not in reading(found, {}).finding


def test_results_that_lack_figures_do_no_harm(outcome: Outcome) -> None:
    nothing = outcome.result.model_copy(update={"metrics": {}})
    panel = reading(outcome, {"swapped": nothing})
    assert "(swapped), it is –" in panel.finding
    assert "svg" in drawn(panel)
    panel = reading(replace(outcome, result=nothing), {"swapped": nothing})
    assert panel.draw is panel.table is None
