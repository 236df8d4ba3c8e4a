from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import make_item, write_items, write_rows
from tests.report.browsing import seen_in_browser
from tests.report.conftest import HOSTILE, HOSTILE_TEXT
from tests.report.reader import read
from weval.readback import Outcome, rescore
from weval.report.beside import MAX_CANDIDATES, MAX_REQUIREMENTS
from weval.report.excerpts import shown
from weval.report.page import page, write_report
from weval.report.panel import MAX_ROWS
from weval.report.wording import LABELS, RELEASED_WHY
from weval.results import Result
from weval.run import RunSpec, run
from weval.types import Candidate, Item, Requirement
from weval.wording import number

LIMIT = 1_500_000


@pytest.fixture(scope="session")
def poor_outcome(outcome: Outcome, poor: Result) -> Outcome:
    """Missing items and undefined figures."""
    return replace(outcome, result=poor)


@pytest.fixture(scope="session")
def html(outcome: Outcome) -> str:
    """The page of a run that has everything."""
    return page(outcome)


@pytest.mark.parametrize("which", ["outcome", "poor_outcome", "hostile_outcome"])
def test_pages_are_well_formed_and_load_nothing(which: str, request: pytest.FixtureRequest) -> None:
    html = page(request.getfixturevalue(which))
    reader = read(html)
    assert not [tag for tag, _ in reader.tags if tag in ("script", "img", "link", "iframe", "object", "form", "a")]
    for _, attributes in reader.tags:
        assert not [name for name in attributes if name == "src" or name.startswith("on")]
        assert str(attributes.get("href", "#")).startswith("#")
    assert not re.search(r"@import|url\((?!#)", re.sub(r"<(span|td|div|bdi|figcaption).*?</\1>", "", html))
    assert "default-src 'none'" in html
    assert len(html.encode()) < LIMIT


def test_the_page_shows_every_figure(outcome: Outcome, html: str) -> None:
    text, result = read(html).text, outcome.result
    for name, label in LABELS.items():
        estimate = result.metrics[name]
        assert estimate is not None
        assert label in text
        assert number(estimate.value) in text
    for name in (*result.by.category, *result.by.requirement_type):
        assert name in text
    assert result.task.sha256 in text
    assert RELEASED_WHY in text
    assert "Noise ceiling" in text
    assert "told apart on 58 items four times in five" in text


def test_every_chart_is_labelled_and_none_shares_an_id(html: str) -> None:
    reader = read(html)
    charts = reader.attributes("svg")
    assert len(charts) == 7
    assert all(chart["role"] == "img" and len(str(chart["aria-label"])) > 20 for chart in charts)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', html))
    assert used == {*ids}
    assert len(reader.attributes("figcaption")) == 7
    assert html.count('<details class="numbers">') == 7


def test_tables_can_be_read_aloud_and_reached_by_keyboard(html: str) -> None:
    reader = read(html)
    assert all(head.get("scope") in ("col", "row") for head in reader.attributes("th"))
    boxes = [box for box in reader.attributes("div") if box.get("class") == "scroll"]
    assert len(boxes) == len(reader.attributes("table"))
    assert all(box["tabindex"] == "0" and box["role"] == "region" and box["aria-label"] for box in boxes)


def test_the_worst_items_stand_there_with_their_texts(outcome: Outcome, html: str) -> None:
    text = read(html).text
    items = {item.id: item for item in outcome.run.items()}
    shown_ids = re.findall(r"<b><bdi>(w\d+)</bdi></b>", html)
    assert len(shown_ids) == 10
    for name in shown_ids:
        assert items[name].instruction in text
        for candidate in items[name].candidates:
            assert shown(candidate.response) in text
    assert html.count('<details class="item" open>') == 1
    assert "✓ met" in text
    assert "✗ not met" in text


def test_hostile_names_and_texts_are_shown_and_never_run(hostile_outcome: Outcome) -> None:
    html = page(hostile_outcome)
    text = read(html).text
    for opened in ("<script", "<img", "\x1b", "\x07", "\u202e", "\u2066"):
        assert opened not in html
    assert HOSTILE in text
    assert f"i0{HOSTILE}" in text
    assert f"c1{HOSTILE}" in text
    assert f"a1{HOSTILE}" in text
    assert shown(HOSTILE_TEXT) in text
    assert r"\x1b[31m\x07\u202egnp.exe\u2066" in text
    assert "more characters]" in text


def vast_item(index: int) -> Item:
    """More of everything than a page shows, in characters that take the most room."""
    requirements = tuple(
        Requirement(id=f"c{i}" + "'" * 190, type="content", text="\u202e" * 500) for i in range(MAX_REQUIREMENTS + 10)
    )
    return Item(
        id=f"{index:02}" + '"' * 198,
        category=f"{index:02}" + "'" * 198,
        language=f"{index:02}" + "&" * 198,
        instruction="\U0001f99c'" * 9_000,
        requirements=requirements,
        candidates=tuple(
            Candidate(
                id=f"a{i}" + "&" * 190,
                kept=tuple(requirement.id for requirement in requirements[:i]),
                response="\x00" * 9_000 if index or i else '"' * 1_000_000,
            )
            for i in range(MAX_CANDIDATES + 2)
        ),
    )


def test_a_page_stays_small_whatever_is_on_it(tmp_path: Path) -> None:
    items = [vast_item(index) for index in range(MAX_ROWS + 2)]
    rows = [
        {"item_id": item.id, "candidate_id": c.id, "requirement_id": q.id, "score": -c.gold / 7}
        for item in items
        for c in item.candidates
        for q in item.requirements
    ]
    scores = write_rows(tmp_path / "scores.jsonl", rows)
    data = write_items(tmp_path / "items.jsonl", items)
    settings = {"resamples": "100"}
    html = page(run(RunSpec(f"scores:{scores}", data=data, out=tmp_path / "runs" / "r", settings=settings)))
    read(html)
    assert "Not shown here: 2 more candidates and 10 more requirements." in html
    assert "2 more: see result.json." in html
    assert 500_000 < len(html.encode()) < LIMIT


def test_the_page_is_the_same_twice(outcome: Outcome, html: str) -> None:
    assert page(outcome) == html
    assert page(rescore(outcome.folder)) == html


def test_the_page_is_written_whole(outcome: Outcome, html: str) -> None:
    path = write_report(outcome)
    assert path == outcome.folder / "report.html"
    assert path.read_text(encoding="utf-8") == html


def test_without_matplotlib_the_page_has_all_but_the_charts(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "matplotlib":
            monkeypatch.setitem(sys.modules, name, None)
    reader = read(page(outcome))
    assert not reader.attributes("svg")
    assert "Drawing charts needs matplotlib: pip install 'weval[analysis]', then: weval rescore RUN" in reader.text
    numbers = [found for found in reader.attributes("details") if found.get("class") == "numbers"]
    assert len(numbers) == 8
    assert all("open" in found for found in numbers)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("swapped", "another item's requirements, which are not shown"),
        ("response_only", "the responses only: no instruction and no requirement"),
        ("echoed", "again at the end of each response, which is not shown"),
        ("injected", "a note to the judge that demands the best verdict, which is not shown"),
    ],
)
def test_a_probe_is_shown_beside_its_run_and_not_beside_itself(name: str, said: str, tmp_path: Path) -> None:
    items = [make_item(f"i{n}", kept=((1, 2), (3,))) for n in range(3)]
    data = write_items(tmp_path / "items.jsonl", items)

    def outcome(name: str, **settings: str) -> Outcome:
        return run(RunSpec("keywords", data=data, out=tmp_path / "runs" / name, settings=settings))

    alone, probe = outcome("run"), outcome("probe", probe=name)
    assert f"({name}), it is" in page(alone)  # it lies there by now
    assert said not in read(page(alone)).text
    assert said in read(page(probe)).text
    assert f"({name}), it is" not in page(probe)


@pytest.mark.parametrize("model", ["first", "random", "constant", "rules", "keywords"])
def test_every_kind_of_model_has_a_page(model: str, tmp_path: Path) -> None:
    found = run(RunSpec(model, task="weval-mini", limit=2, out=tmp_path / "runs" / "r"))
    text = read(page(found)).text
    assert "Which requirements move the score" in text
    assert "What it got most wrong" in text


def test_rankings_of_pairs_and_lists_have_a_page_too(tmp_path: Path) -> None:
    item = make_item("i1", kept=((1, 2, 3), (1,)))
    data = write_items(tmp_path / "items.jsonl", [item])
    orders = write_rows(tmp_path / "people.jsonl", [{"item_id": "i1", "annotator": "me", "ranking": [["a2"], ["a1"]]}])
    found = run(RunSpec(f"human:{orders}", data=data, out=tmp_path / "runs" / "r"))
    assert "correlation -1.000" in read(page(found)).text


def test_a_perfect_run_got_nothing_wrong(tmp_path: Path) -> None:
    item = make_item("i1")
    rows = [{"item_id": "i1", "candidate_id": c.id, "score": c.gold} for c in item.candidates]
    scores = write_rows(tmp_path / "scores.jsonl", rows)
    data = write_items(tmp_path / "items.jsonl", [item])
    found = run(RunSpec(f"scores:{scores}", data=data, out=tmp_path / "runs" / "r"))
    assert "Nothing: every item that could be scored is ranked as gold has it." in page(found)


def test_bars_have_words_for_a_screen_reader(html: str) -> None:
    bars = [found for found in read(html).attributes("span") if found.get("class") == "bar"]
    assert len(bars) == len(LABELS)
    assert all(bar["role"] == "img" and "95 % interval" in str(bar["aria-label"]) for bar in bars)


def test_bars_stay_inside_their_box(outcome: Outcome, poor_outcome: Outcome) -> None:
    for found in (outcome, poor_outcome):
        for attributes in read(page(found)).attributes("span"):
            if str(attributes.get("style")).startswith("left:"):
                numbers = [float(part.split(":")[1].rstrip("%")) for part in str(attributes["style"]).split(";")]
                assert all(0 <= number <= 100 for number in numbers)
                assert sum(numbers) <= 100.01


@pytest.mark.slow
@pytest.mark.parametrize("which", ["outcome", "hostile_outcome"])
@pytest.mark.parametrize("width", [360, 1440])
def test_in_a_browser_nothing_sticks_out_and_nothing_runs(
    which: str, width: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    html = page(request.getfixturevalue(which))
    assert seen_in_browser(html, width, tmp_path) == "[true,[],0]"
