"""A best of n in a terminal and as a page."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from tests.bench.benches import write_lines, write_requests
from tests.report.conftest import HOSTILE
from tests.report.reader import read
from weval.bench.best_of import BestOf, BestOfRun, beside, run_best_of
from weval.bench.finish import BenchOutcome
from weval.bench.ready import BenchRun
from weval.bench.run import run_bench
from weval.report.bench_compared import bench_comparison_page
from weval.report.best_of import best_of_page, best_of_panel, best_of_text, write_best_of_report


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[BestOf, BenchOutcome]:
    """A best of four of a writer with a hostile name, one text of it missing, and a run beside it."""
    folder = tmp_path_factory.mktemp("best-of")
    data = write_requests(folder / "requests.jsonl")
    lengths = (30, 90, 200, 700)
    rows = [
        {"item": f"{i}", "sample": k, "text": "tea " * (n + i)}
        for i in range(1, 7) for k, n in enumerate(lengths, start=1) if i > 1
    ]  # fmt: skip
    given: dict[str, Any] = {"data": data, "settings": {"resamples": "100"}}
    several = write_lines(folder / "several.jsonl", rows)
    run = BenchRun("longwrite-ruler", model=HOSTILE, responses=several, out=folder / "root", **given)
    one = write_lines(folder / "one.jsonl", [{"item": f"{i}", "text": "tea " * 300} for i in range(1, 7)])
    other = run_bench(BenchRun("longwrite-ruler", model="grpo", responses=one, out=folder / "grpo", **given))
    return run_best_of(BestOfRun(run, 4, "length")), other


def test_the_text_fits_a_terminal_and_says_what_there_is(shown: tuple[BestOf, BenchOutcome]) -> None:
    best, other = shown
    text = best_of_text(best.result, beside(best, [other]))
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "best of 4 by length, on LongWrite-Ruler 1.0" in text.replace("\n", " ")
    assert "6 items, 5 scored, 1 missing; 24 texts, 4 not written" in text
    lines = [line.split() for line in text.splitlines() if line[:2] in ("1 ", "2 ", "4 ")]
    values = [point.figures["s_l"].estimate for point in best.result.points]
    assert [line[1] for line in lines] == [f"{found.value:.1f}" for found in values if found]
    for said in ("gain", "ceiling", "words", "bounds", "grpo", "Kendall", "missing, 1: writer: there is no text"):
        assert said in text


def test_the_page_draws_the_curve_and_the_length_and_escapes(shown: tuple[BestOf, BenchOutcome]) -> None:
    best, _ = shown
    html = write_best_of_report(best).read_text(encoding="utf-8")
    assert html == best_of_page(best.result)
    reader = read(html)
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in reader.tags}
    labels = [str(chart["aria-label"]).partition(":")[0] for chart in reader.attributes("svg")]
    assert labels == ["Best of n by length", "Length of what length chooses"]
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_other_writers_are_lines_of_the_chart_and_stand_on_the_same_page(shown: tuple[BestOf, BenchOutcome]) -> None:
    best, other = shown
    others = beside(best, [other])
    panel = best_of_panel(0, best.result, others)
    assert panel.draw is not None and "Dashed" in panel.finding
    text = read(bench_comparison_page([], [(best, others)])).text
    assert "Best of n" in text and "grpo" in text and "Beside other writers" in text
    assert "Dashed" not in best_of_panel(0, best.result).finding


def test_a_choice_that_is_worse_than_chance_is_called_so(shown: tuple[BestOf, BenchOutcome]) -> None:
    best, _ = shown
    points = list(best.result.points)
    gain = points[-1].gain
    assert gain is not None
    for ci, said in (
        ((-9.0, -2.0), "is worse than chance"),
        ((-9.0, 2.0), "is no better than chance"),
        (None, "no better"),
    ):
        points[-1] = points[-1].model_copy(update={"gain": gain.model_copy(update={"value": -5.0, "ci": ci})})
        text = best_of_text(best.result.model_copy(update={"points": tuple(points)}))
        assert said in text.replace("\n", " ")
