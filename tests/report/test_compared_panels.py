from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from weval.compare import CompareOptions, compare
from weval.comparison import Comparison
from weval.report.compared_panels import MAX_DUELS, compared_panels
from weval.report.panel import MAX_ROWS
from weval.report.svg import drawing
from weval.run import RunSpec, run


def compared(folder: Path, n_runs: int, n_categories: int = 1) -> Comparison:
    """Random scorers on items of so many categories."""
    items = [make_item(f"i{n}", category=f"c{n % n_categories:03}") for n in range(max(8, 2 * n_categories))]
    data = write_items(folder / "items.jsonl", items)
    for seed in range(n_runs):
        run(RunSpec("random", data=data, out=folder / f"r{seed}", settings={"seed": str(seed), "resamples": "100"}))
    return compare([folder / f"r{seed}" for seed in range(n_runs)], CompareOptions(resamples=100)).comparison


def test_two_runs_have_a_panel_for_each_part_there_is(tmp_path: Path) -> None:
    titles = [panel.title for panel in compared_panels(compared(tmp_path, 2))]
    assert titles == ["A minus B", "By how many requirements apart", "By category"]  # the items have no types


def test_many_categories_are_drawn_in_part_and_counted(tmp_path: Path) -> None:
    panel = compared_panels(compared(tmp_path, 2, n_categories=80))[-1]
    assert panel.draw is not None
    assert panel.table is not None
    assert (len(panel.table.rows), panel.table.more) == (MAX_ROWS, 80 - MAX_ROWS)
    with drawing():
        assert str(panel.draw()).count(">c0") == MAX_DUELS
    assert f"Drawn: the {MAX_DUELS} on which they differ most" in panel.finding


def test_what_is_said_follows_the_p_values(tmp_path: Path) -> None:
    comparison = compared(tmp_path, 2)
    (duel,) = comparison.duels
    found = duel.metrics["correlation"]
    assert found is not None
    sure = found.model_copy(update={"value": -0.5, "p": 0.001})
    doubtful = found.model_copy(update={"p": 0.5})
    metrics = {"correlation": sure, "il": doubtful, "reading": None}
    panel, *_ = compared_panels(
        comparison.model_copy(update={"duels": (duel.model_copy(update={"metrics": metrics}),)})
    )
    assert panel.finding == "B is ahead in correlation; no difference is found in IL."


@pytest.mark.parametrize(("n_runs", "n_pairs"), [(3, 3), (8, 28)])
def test_several_runs_are_pairs_in_one_panel(tmp_path: Path, n_runs: int, n_pairs: int) -> None:
    (panel,) = compared_panels(compared(tmp_path, n_runs))
    assert panel.finding.startswith(f"Of {n_pairs} pairs of runs, ")
    assert ("Drawn: the first 20" in panel.finding) == (n_pairs > MAX_DUELS)
    assert panel.table is not None
    assert len(panel.table.rows) == n_pairs


def test_what_is_undefined_for_both_is_said_and_not_drawn(tmp_path: Path) -> None:
    comparison = compared(tmp_path, 2)
    (duel,) = comparison.duels
    nothing = duel.model_copy(update={"metrics": dict.fromkeys(duel.metrics)})
    panel, *_ = compared_panels(comparison.model_copy(update={"duels": (nothing,)}))
    assert (panel.draw, panel.finding) == (None, "Undefined: no figure is defined for both.")
