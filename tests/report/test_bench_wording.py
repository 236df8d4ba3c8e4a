from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.bench_runs import full, ruler
from weval.bench.result import BenchResult, RepairEffect
from weval.report.bench_wording import (
    bench_counts,
    bench_heading,
    bench_remarks,
    cell_text,
    column_texts,
    figure_lines,
    figures_without_items,
    repairs_that_changed,
    repairs_without_effect,
    shows_published,
    step_line,
    step_reasons,
    without,
)
from weval.results import Cost
from weval.wording import DASH


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> BenchResult:
    """Of a run that has everything."""
    return full(tmp_path_factory.mktemp("runs") / "w").result


def test_the_heading_says_who_wrote_what_and_who_judged(result: BenchResult, tmp_path: Path) -> None:
    assert bench_heading(result) == "w on LongBench-Write 1.0, judged by referee"
    assert bench_heading(ruler(tmp_path / "w").result) == "w on LongWrite-Ruler 1.0"
    english = result.model_copy(update={"benchmark": result.benchmark.model_copy(update={"set": "en"})})
    assert "LongBench-Write 1.0 (en), judged" in bench_heading(english)
    assert bench_counts(result) == "6 items, 5 scored, 1 missing"


def test_a_name_of_a_megabyte_is_cut(result: BenchResult) -> None:
    long = result.model_copy(update={"writer": result.writer.model_copy(update={"name": "\x1b" * 1_000_000})})
    assert len(bench_heading(long)) < 1_000
    assert "\x1b" not in bench_heading(long)


def test_a_figure_is_told_in_its_own_decimals(result: BenchResult) -> None:
    first, *_ = lines = figure_lines(result)
    assert [line.name for line in lines] == list(result.figures)
    found = result.figures["s_bar"].estimate
    assert found is not None
    assert (first.label, first.value, first.n, first.missing) == ("S-bar", f"{found.value:.1f}", "5", "1")
    assert first.published == f"{(result.original or {})['s_bar']:.1f}"
    assert first.ends == (0.0, 100.0)
    endless = {name: stamp.model_copy(update={"high": float("inf")}) for name, stamp in result.stamps.items()}
    assert figure_lines(result.model_copy(update={"stamps": endless}))[0].ends is None


def test_a_figure_that_applies_to_no_item_has_no_line(result: BenchResult) -> None:
    nothing = result.figures["s_l"].model_copy(update={"estimate": None, "n_missing": 0})
    found = result.model_copy(update={"figures": {**result.figures, "s_l": nothing}, "original": None})
    assert [line.name for line in figure_lines(found)] == [name for name in result.figures if name != "s_l"]
    assert figures_without_items(found) == "Of no item here: S_l."
    assert figures_without_items(result) == ""
    lost = {**result.figures, "s_l": nothing.model_copy(update={"n_missing": 6})}
    assert "s_l" in [line.name for line in figure_lines(found.model_copy(update={"figures": lost}))]


def test_what_keeps_a_run_from_being_published_is_said(result: BenchResult) -> None:
    said = bench_remarks(result)
    assert "not publishable: some of its data are not the public files" in said
    assert any(remark.startswith("not publishable: 16.7% of the items have no score (1)") for remark in said)
    stopped = result.model_copy(update={"original": None, "original_stops": "x" * 1_000_000})
    assert any("script stops (xxx" in remark and len(remark) < 1_000 for remark in bench_remarks(stopped))
    assert shows_published(result)
    assert not shows_published(stopped)
    assert not shows_published(result.model_copy(update={"mode": "original"}))


def test_repairs_stand_by_how_many_items_they_change(result: BenchResult) -> None:
    made = (("few", 1, 50.0), ("none", 0, None), ("many", 7, None))
    repairs = tuple(RepairEffect(name=name, about="", n_items=n, without=value) for name, n, value in made)
    found = result.model_copy(update={"repairs": repairs})
    assert [repair.name for repair in repairs_that_changed(found)] == ["many", "few"]
    assert repairs_without_effect(found) == "Without effect here: none."
    assert repairs_without_effect(found.model_copy(update={"repairs": repairs[:1]})) == ""
    assert [without(found, repair) for repair in repairs] == ["50.0", DASH, DASH]


def test_a_step_says_what_it_took(result: BenchResult) -> None:
    given = "6 calls, answered by a file, 1 without a reply that can be read"
    assert step_line(result.steps["replies"]) == given
    idle = result.steps["replies"].model_copy(update={"n_calls": 0})
    assert step_line(idle) == "nothing was asked"
    cost = Cost(requests=8, tokens_in=1200, tokens_out=30, usd=0.5, seconds=61.2)
    paid = result.steps["replies"].model_copy(update={"cost": cost, "n_unread": 0, "n_asked_again": 2})
    assert step_line(paid) == "6 calls, 2 asked again, $0.5, 1,200 tokens read, 30 tokens written, 61 s"
    failed = paid.model_copy(update={"statuses": {"ok": 4, "failed": 2}, "reasons": {"failed": "7: no route"}})
    steps = {**result.steps, "replies": failed}
    assert list(step_reasons(result.model_copy(update={"steps": steps}))) == [
        "replies failed: 2, for example 7: no route"
    ]


def test_numbers_below_each_other_have_the_same_decimals() -> None:
    assert column_texts([0.5322, 0.467, None, 0.06518, "tea", 7]) == ["0.5322", "0.4670", DASH, "0.0652", "tea", "7"]
    assert column_texts([0.0, 0.0]) == ["0", "0"]
    assert column_texts([12345.6, 1.5]) == ["12346", "1.5"]  # of very different sizes
    assert column_texts([]) == []


def test_cells_are_told_by_their_kind() -> None:
    assert [cell_text(cell) for cell in (None, 1234, 0.61437, "tea")] == [DASH, "1,234", "0.6144", "tea"]
    assert len(cell_text("x" * 1_000_000)) < 100
