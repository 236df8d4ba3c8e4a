from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.bench_runs import full, hostile, ruler
from tests.report.browsing import seen_in_browser
from tests.report.conftest import HOSTILE, HOSTILE_TEXT
from tests.report.reader import read
from weval.bench.finish import BenchOutcome
from weval.bench.readback import read_bench_run
from weval.bench.result import FurtherTable
from weval.report.bench_page import bench_page, maker_text, write_bench_report
from weval.report.bench_wording import figure_lines
from weval.report.excerpts import shown
from weval.report.panel import MAX_ROWS

LIMIT = 1_500_000


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> BenchOutcome:
    """Everything is in it."""
    return full(tmp_path_factory.mktemp("runs") / "w")


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> BenchOutcome:
    """Every text is hostile, and the writer's name a megabyte of it."""
    return hostile(tmp_path_factory.mktemp("hostile") / "w", HOSTILE * 25_000)


@pytest.mark.parametrize("which", ["outcome", "bad"])
def test_a_page_is_well_formed_loads_nothing_and_is_small(which: str, request: pytest.FixtureRequest) -> None:
    html = bench_page(request.getfixturevalue(which))
    reader = read(html)
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & {tag for tag, _ in reader.tags}
    for _, attributes in reader.tags:
        assert not [name for name in attributes if name == "src" or name.startswith("on")]
        assert str(attributes.get("href", "#")).startswith("#")
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "default-src 'none'" in html
    assert len(html.encode()) < LIMIT


def test_every_figure_stands_there_with_what_the_script_makes_of_it(outcome: BenchOutcome) -> None:
    text = read(bench_page(outcome)).text
    for line in figure_lines(outcome.result):
        assert line.label in text
        assert line.value in text
        assert line.interval in text
        assert line.published in text
        assert line.worst in text
    assert "What the repairs changed" in text
    assert "a text whose verdict cannot be read is missing" in text
    assert "Without effect here: " in text
    assert "1 × judge: the judge's verdict cannot be read" in text
    assert "Half of the texts have at least 78% of the words asked for." in text


def test_figures_are_explained_on_narrow_screens_and_those_of_no_item_named(outcome: BenchOutcome) -> None:
    html = bench_page(outcome)
    assert "<dt>S_l</dt><dd>how near the length is" in html and "Of no item here" not in html
    nothing = outcome.result.figures["s_l"].model_copy(update={"estimate": None, "n_missing": 0})
    figures = {**outcome.result.figures, "s_l": nothing}
    html = bench_page(replace(outcome, result=outcome.result.model_copy(update={"figures": figures, "original": None})))
    assert "<dt>S_l</dt>" not in html and "Of no item here: S_l." in html


def test_every_chart_says_what_it_shows(outcome: BenchOutcome) -> None:
    reader = read(bench_page(outcome))
    labels = [str(found["aria-label"]).partition(":")[0] for found in reader.attributes("svg")]
    assert labels == ["Words asked for and written", "S-bar by language", "S-bar by length"]
    bars = [found for found in reader.attributes("span") if found.get("class") == "bar"]
    assert len(bars) == len(outcome.result.figures)
    assert all(head.get("scope") in ("col", "row") for head in reader.attributes("th"))
    boxes = [box for box in reader.attributes("div") if box.get("class") == "scroll"]
    assert len(boxes) == len(reader.attributes("table"))
    assert all(box["tabindex"] == "0" and box["role"] == "region" and box["aria-label"] for box in boxes)


def test_the_worst_and_best_items_show_what_was_asked_written_and_judged(outcome: BenchOutcome) -> None:
    html = bench_page(outcome)
    assert re.findall(r"<b><bdi>(\d)</bdi></b>", html) == ["6", "4", "1", "2"]  # of five, none twice
    text = read(html).text
    assert outcome.items[0].prompt in text
    assert "tea " * 99 + "tea" in text
    assert '"Relevance": 5' in text
    assert html.count('<details class="item" open>') == 1


def test_hostile_texts_are_shown_and_never_run(bad: BenchOutcome) -> None:
    html = bench_page(bad)
    text = read(html).text
    for opened in ("<script", "<img", "\x1b", "\x07", "\u202e", "\u2066"):
        assert opened not in html
    assert HOSTILE in text
    assert shown(HOSTILE_TEXT) in text
    assert r"\x1b[31m\x07\u202egnp.exe\u2066" in text
    assert "more characters]" in text
    assert "writer failed: " in text
    assert "replies refused: 1, for example " in text


def test_a_table_that_is_too_large_ends_somewhere(outcome: BenchOutcome) -> None:
    rows = tuple(("&" * 500, *range(40)) for _ in range(500))
    tables = [
        FurtherTable(name=f"{n}", title=HOSTILE, about=HOSTILE_TEXT * 99, headers=("'" * 99,) * 41, rows=rows)
        for n in range(30)
    ]
    vast = replace(outcome, result=outcome.result.model_copy(update={"further": tuple(tables)}))
    html = bench_page(vast)
    assert len(html.encode()) < LIMIT
    assert f"{500 - MAX_ROWS} more: see result.json." in html
    assert HOSTILE in read(html).text


def test_a_run_without_a_judge_has_a_page_too(tmp_path: Path) -> None:
    outcome = ruler(tmp_path / "w")
    text = read(bench_page(outcome)).text
    assert "judged by" not in text
    assert "1 empty text not drawn." in text
    assert "there are no published figures: the benchmark's own script stops" in text
    assert "1 × writer: there is no text" in text
    assert "nothing" in text


def test_the_page_is_the_same_twice_and_written_whole(outcome: BenchOutcome) -> None:
    html = bench_page(outcome)
    path = write_bench_report(outcome)
    assert path == outcome.folder / "report.html"
    assert path.read_text(encoding="utf-8") == html
    assert bench_page(read_bench_run(outcome.folder)) == html


def test_without_matplotlib_all_but_the_charts_is_there(outcome: BenchOutcome, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "matplotlib":
            monkeypatch.setitem(sys.modules, name, None)
    reader = read(bench_page(outcome))
    assert not reader.attributes("svg")
    assert "pip install 'weval[analysis]', then: weval bench report RUN" in reader.text
    assert "Half of the texts" in reader.text


def test_a_maker_says_where_its_texts_came_from(outcome: BenchOutcome) -> None:
    said = maker_text(outcome.result.writer)
    assert said.startswith('w, from a file, {"file": "')
    long = outcome.result.writer.model_copy(update={"fingerprint": {"prompt": "<" * 9_000}, "given": False})
    assert maker_text(long).startswith('w, {"prompt": "<<')
    assert maker_text(long).endswith("<…")
    assert json.dumps("<" * 9_000) not in maker_text(long)


@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("which", ["outcome", "bad"])
def test_in_a_browser_nothing_sticks_out(
    which: str, width: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    html = bench_page(request.getfixturevalue(which))
    assert seen_in_browser(html, width, tmp_path) == "[true,[],0]"
