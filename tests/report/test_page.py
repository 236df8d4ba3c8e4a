from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.report.conftest import HOSTILE
from weval.report.page import page, write_report
from weval.report.wording import LABELS, number
from weval.results import Result

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Reader(HTMLParser):
    """Collects text and tags, and insists that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("which", ["result", "poor", "hostile"])
def test_pages_are_well_formed_and_load_nothing(which: str, request: pytest.FixtureRequest) -> None:
    html = page(request.getfixturevalue(which))
    reader = read(html)
    assert not [tag for tag, _ in reader.tags if tag in ("script", "img", "link", "iframe", "object", "form")]
    assert not [attributes for _, attributes in reader.tags if {"src", "href", "onclick", "onload"} & attributes.keys()]
    assert "default-src 'none'" in html
    assert len(html) < 200_000


def test_the_page_shows_every_figure(result: Result) -> None:
    text = read(page(result)).text
    for name, label in LABELS.items():
        estimate = result.metrics[name]
        assert estimate is not None
        assert label in text
        assert number(estimate.value) in text
    for name in (*result.by.category, *result.by.requirement_type):
        assert name in text
    assert result.task.sha256 in text


def test_hostile_names_are_shown_and_never_run(hostile: Result) -> None:
    html = page(hostile)
    assert "<script>" not in html
    assert HOSTILE in read(html).text
    assert "{{7*7}}" in html


def test_bars_have_words_for_a_screen_reader(result: Result) -> None:
    bars = [attributes for tag, attributes in read(page(result)).tags if attributes.get("role") == "img"]
    assert bars
    assert all("95 % interval" in str(bar["aria-label"]) for bar in bars)


def test_bars_stay_inside_their_box(result: Result, poor: Result) -> None:
    for found in (result, poor):
        for _, attributes in read(page(found)).tags:
            if "style" in attributes and str(attributes["style"]).startswith("left:"):
                numbers = [float(part.split(":")[1].rstrip("%")) for part in str(attributes["style"]).split(";")]
                assert all(0 <= number <= 100 for number in numbers)
                assert sum(numbers) <= 100.01


def test_the_page_is_written_whole(result: Result, tmp_path: Path) -> None:
    path = write_report(result, tmp_path)
    assert path.read_text(encoding="utf-8") == page(result)
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]
