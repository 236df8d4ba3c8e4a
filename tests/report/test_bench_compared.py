from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.bench.benches import made
from tests.report.bench_runs import hostile, ruler
from tests.report.browsing import seen_in_browser
from tests.report.conftest import HOSTILE
from tests.report.reader import read
from weval.bench.compare import Across, compare_across
from weval.bench.result import FurtherTable
from weval.report.bench_compared import bench_compared_text, bench_comparison_page, write_bench_comparison
from weval.wording import DASH

LIMIT = 1_500_000


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Across]:
    """Two writers on one benchmark, and a third on two."""
    folder = tmp_path_factory.mktemp("runs")
    marks = {"good": (5, 4, 5, 5, 4, 5), "fair": (3, 2, None, 4, 3, 2), "poor": (1, 1, 2, 1, 2, 1)}
    runs = [made(folder / name, marks=given) for name, given in marks.items()]
    other = folder / "ruler" / "poor"
    return compare_across([*runs, ruler(other)], resamples=100)


def test_the_page_loads_nothing_and_is_the_same_twice(found: list[Across]) -> None:
    html = bench_comparison_page(found)
    reader = read(html)
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & {tag for tag, _ in reader.tags}
    assert "default-src 'none'" in html
    assert html == bench_comparison_page(found)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(html.encode()) < LIMIT


def test_every_writer_has_its_headline_on_every_benchmark(found: list[Across]) -> None:
    reader = read(bench_comparison_page(found))
    text = reader.text
    for name in ("A good", "B fair", "C poor"):
        assert name in text
    overview = text[text.index("All benchmarks") : text.index("Here each writer")]
    own = [outcome.result.figures["s_bar"].estimate for outcome in found[0].outcomes]
    for estimate in own:
        assert estimate is not None
        assert f"{estimate.value:.1f}" in overview
    assert overview.count(DASH) == 2  # two were not on the second
    assert "6 items, 5 scored by all and compared, judged by referee" in text
    assert "fair has no S-bar for 1 of 6 items; they are left out for all" in text
    assert "one run only; 6 items, 5 scored, 1 missing" in text
    assert "No difference of A and B in S-bar is found" in text
    labels = [str(chart["aria-label"]).partition(":")[0] for chart in reader.attributes("svg")]
    assert labels == ["Differences in S-bar", "Differences in the other figures"]
    assert all(head.get("scope") in ("col", "row") for head in reader.attributes("th"))


def test_one_benchmark_needs_no_table_of_all(found: list[Across]) -> None:
    text = read(bench_comparison_page(found[:1])).text
    assert "Writers on LongBench-Write" in text
    assert "All benchmarks" not in text


def test_the_text_fits_a_terminal_and_says_the_same(found: list[Across]) -> None:
    text = bench_compared_text(found)
    assert max(map(cell_len, text.splitlines())) <= 80
    assert text.startswith("A  good\nB  fair\nC  poor\n")
    assert "LongBench-Write 1.0: 6 items, 5 scored by all and compared, judged by" in text
    assert "LongWrite-Ruler 1.0: one run only; 6 items, 5 scored, 1 missing" in text
    assert "note: fair has no S-bar for 1 of 6 items" in text
    assert text.count("A - B") == 1
    alone = bench_compared_text(found[1:])
    assert "p holm" not in alone  # nothing is compared there


def test_hostile_names_are_shown_and_never_run(tmp_path: Path) -> None:
    runs = [hostile(tmp_path / name, f"{name}{HOSTILE}" * 25_000) for name in ("<b>1", "<b>2")]
    found = compare_across(runs, resamples=100)
    html = bench_comparison_page(found)
    text = read(html).text
    for opened in ("<script", "<b>", "\x1b", "\u202e"):
        assert opened not in html
    assert f"<b>1{HOSTILE}" in text
    assert len(html.encode()) < LIMIT
    said = bench_compared_text(found)
    assert all(line.isprintable() for line in said.splitlines())
    assert len(said) < 20_000


def test_without_matplotlib_all_but_the_charts_is_there(found: list[Across], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("page", "bench_compared"):
        monkeypatch.setattr(f"weval.report.{module}.can_draw", lambda: False)
    reader = read(bench_comparison_page(found))
    assert reader.attributes("svg") == []
    assert "pip install 'weval[analysis]', then: weval bench report" in reader.text
    assert "items needed" in reader.text


def test_the_page_is_written_whole(found: list[Across], tmp_path: Path) -> None:
    write_bench_comparison(found, tmp_path / "new" / "bench.html")
    assert (tmp_path / "new" / "bench.html").read_text(encoding="utf-8") == bench_comparison_page(found)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["bench.html"]


@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1280])
def test_in_a_browser_nothing_sticks_out(found: list[Across], width: int, tmp_path: Path) -> None:
    assert seen_in_browser(bench_comparison_page(found), width, tmp_path) == "[true,[],0]"


def test_tables_of_all_writers_together_are_shown(found: list[Across]) -> None:
    """As the ratings of Arena-Write's games, pooled over the writers."""
    comparison = found[0].comparison
    assert comparison is not None
    rated = FurtherTable(
        name="ratings", title="Ratings", about="of all writers & baselines", headers=("player", "Elo"),
        rows=(("good", 1104.25), ("<b>base</b>", None)),
    )  # fmt: skip
    pooled = [replace(found[0], comparison=comparison.model_copy(update={"further": (rated,)})), *found[1:]]
    html = bench_comparison_page(pooled)
    assert "&lt;b&gt;base&lt;/b&gt;" in html and "<b>base" not in html
    assert "Ratings" in read(html).text
    lines = bench_compared_text(pooled).splitlines()
    at = lines.index("Ratings: of all writers & baselines")
    assert [line.split() for line in lines[at + 1 : at + 4]] == [
        ["player", "Elo"], ["good", "1104"], ["<b>base</b>", DASH],
    ]  # fmt: skip
