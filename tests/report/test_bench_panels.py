from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.benches import made
from tests.report.bench_runs import full
from tests.report.conftest import HOSTILE
from weval.bench.finish import BenchOutcome
from weval.bench.result import FurtherTable
from weval.report.bench_panels import (
    MAX_COLUMNS,
    MAX_GROUPINGS,
    bench_panels,
    further,
    grouping,
    lengths_panels,
)
from weval.report.panel import MAX_ROWS, Panel
from weval.results import Estimate
from weval.wording import DASH


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> BenchOutcome:
    """Of a run that has everything."""
    return full(tmp_path_factory.mktemp("runs") / "w")


def rows_of(panel: Panel) -> list[tuple[str, ...]]:
    """The numbers of a panel."""
    assert panel.table is not None
    return list(panel.table.rows)


def test_figures_by_group_stand_in_the_order_of_their_numbers(outcome: BenchOutcome) -> None:
    panels = {panel.title: panel for panel in bench_panels(outcome)}
    assert list(panels) == ["Words asked for and written", "S-bar by language", "S-bar by length"]  # of one type
    rows = rows_of(panels["S-bar by length"])
    assert [row[0] for row in rows] == ["[0,500)", "[500,2000)", "[2000,4000)", "[4000,20000+]"]
    found = outcome.result.by["length"]["[0,500)"]["s_bar"]
    assert found is not None
    assert rows[0][1:3] == ("3", f"{found.value:.1f}")
    assert rows[3][1:4] == ("0", DASH, DASH)  # its one verdict cannot be read
    assert panels["S-bar by length"].finding.startswith("Best in [500,2000) (75.0), worst in [2000,4000) (12.5)")


def test_lower_is_better_where_the_figure_says_so(outcome: BenchOutcome) -> None:
    stamps = {name: stamp.model_copy(update={"higher": False}) for name, stamp in outcome.result.stamps.items()}
    turned = outcome.result.model_copy(update={"stamps": stamps})
    panel = grouping(turned, 0, "length", turned.by["length"])
    assert panel.finding.startswith("Best in [2000,4000) (12.5), worst in [500,2000)")


def test_a_grouping_without_values_draws_nothing(outcome: BenchOutcome) -> None:
    nothing: dict[str, Estimate | None] = dict.fromkeys(outcome.result.figures)
    panel = grouping(outcome.result, 0, HOSTILE, {HOSTILE: nothing})
    assert panel.draw is None
    assert "Undefined" in panel.finding
    assert rows_of(panel)[0][1] == "0"


def test_of_very_many_groups_a_page_shows_the_first(outcome: BenchOutcome) -> None:
    groups = outcome.result.by["type"]["News"]
    vast = {f"dimension {n}": {f"label {k}": groups for k in range(MAX_ROWS + 9)} for n in range(20)}
    panels = bench_panels(replace(outcome, result=outcome.result.model_copy(update={"by": vast})))
    assert len(panels) == 1 + MAX_GROUPINGS
    assert len(rows_of(panels[1])) == MAX_ROWS
    assert panels[1].table is not None
    assert panels[1].table.more == 9
    assert rows_of(panels[1])[2][0] == "label 2"
    assert panels[1].finding.endswith(f"Drawn: the 12 highest and the 12 lowest of {MAX_ROWS + 9}.")


def test_lengths_are_told_by_what_was_asked_for(outcome: BenchOutcome) -> None:
    (panel,) = lengths_panels(outcome)
    assert rows_of(panel) == [
        ("[0,500)", "3", "100", "100", "75%"),
        ("[500,2000)", "1", "600", "600", "100%"),
        ("[2000,4000)", "1", "3,000", "1,000", "33%"),
        ("[4000,20000+]", "1", "5,000", "4,000", "80%"),
    ]
    assert "Half of the texts have at least 78% of the words asked for." in panel.finding
    assert "Where 4,000 words or more were asked for, half have at least 80%." in panel.finding
    assert panel.draw is not None


def test_empty_texts_are_counted_and_not_drawn(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("empty")
    (some,) = lengths_panels(made(folder / "a", written=(0, 200, 600, 3000, 5000, None), marks=(3, 3, 3, 3, 3, 3)))
    assert "1 empty text not drawn." in some.finding
    (none,) = lengths_panels(made(folder / "b", written=(0, 0, 0, 0, 0, 0)))
    assert none.draw is None
    assert "6 empty texts not drawn." in none.finding


def test_benchmarks_that_ask_for_no_length_have_no_chart_of_it(outcome: BenchOutcome) -> None:
    rows = [replace(row, detail={"required": 1}) for row in outcome.rows]
    assert lengths_panels(replace(outcome, rows=rows)) == []


def test_a_further_table_is_shown_as_it_is(outcome: BenchOutcome) -> None:
    table = FurtherTable(
        name="ratings", title="Ratings", about="Elo", headers=("player", "elo", *("x",) * 20),
        rows=(("base", 1012.56, *(None,) * 20), (HOSTILE * 9, 7, *(1,) * 20)),
    )  # fmt: skip
    panel = further(table)
    assert (panel.title, panel.finding) == ("Ratings", "Elo")
    assert rows_of(panel)[0][:3] == ("base", "1013", DASH)
    assert {len(row) for row in rows_of(panel)} == {MAX_COLUMNS}
    assert len(rows_of(panel)[1][0]) <= 60
