"""Submissions whose texts would run where they are not escaped: pages run nothing of them, and show every letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.waiting import until
from tests.leaderboard.factories import harmless_but_nasty
from weval.leaderboard.card import CARD
from weval.leaderboard.site import build_site
from weval.leaderboard.tree import Entry


@pytest.fixture(scope="module")
def nasty(browser, tmp_path_factory) -> tuple[Path, list[Entry]]:
    """A site of nothing but nasty submissions, and these."""
    folder = tmp_path_factory.mktemp("nasty")
    entries = harmless_but_nasty(folder / "results")
    assert not build_site(folder / "results", folder / "site", cache=folder / "cache").refused
    return folder / "site", entries


STRANGE = """() => [
  ...document.querySelectorAll("main :is(script, style, iframe, object, embed, base, form:not(#choose))"),
  ...document.querySelectorAll("img:not([src^='../badges/'])"),
  ...[...document.querySelectorAll("a")].filter((one) => one.protocol === "javascript:"),
  ...[...document.querySelectorAll("*")].filter((one) => one.getAttributeNames().some((name) => name.startsWith("on"))),
].map((one) => one.outerHTML)"""
"""What no template of ours writes, and only a text that was taken for HTML could bring."""


@pytest.fixture
def visit(open_page, nasty) -> Iterator[Any]:
    """`visit(path)` is a page of that site. The test fails where a dialog opens, an error is logged, another host is
    asked, or there is an element that no template writes."""
    dialogs: list[str] = []
    pages: dict[str, Any] = {}

    def visit(path: str, **options: Any) -> Any:
        page = pages.get(str(options))
        if page is None:
            page = pages[str(options)] = open_page("about:blank", **options)
            page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(f"{nasty[0].as_uri()}/{path}")
        assert page.evaluate(STRANGE) == []
        return page

    yield visit
    assert dialogs == []


@pytest.mark.parametrize(
    "body", ["<img src=x>", "<script></script>", "<b onclick=1>x</b>", "<a href='javascript:1'>x</a>"]
)
def test_what_no_template_writes_is_found(browser, body) -> None:
    page = browser.new_page()
    page.set_content(f"<main>{body}</main>")
    assert len(page.evaluate(STRANGE)) == 1
    page.close()


def names(entries: list[Entry]) -> list[str]:
    return [str(json.loads((entry.model_folder / CARD).read_text(encoding="utf-8"))["name"]) for entry in entries]


def test_the_table_shows_names_letter_by_letter(visit, nasty) -> None:
    page = visit("index.html#show=card")
    shown = page.locator("#board tbody th").all_inner_texts()
    assert sorted(shown) == sorted(names(nasty[1]))
    assert '<b onmouseover="alert(1)">us</b>' in page.locator("td.g-card").all_inner_texts()
    page.fill("#query", "<img src=x")
    assert page.locator("#board tbody tr").filter(visible=True).count() == 1
    page.click("th[data-column=model] button")
    page.click("th[data-column=organisation] button")
    assert page.locator("#board tbody th").count() == len(nasty[1])


def test_no_name_widens_a_page(visit, nasty) -> None:
    worst = next(entry.model for entry in nasty[1] if entry.model.startswith("ww"))
    for path in ("index.html#show=card", f"models/{worst}.html", "charts/weval-mini.html", "changes.html"):
        for size in ((360, 740), (1440, 900)):
            page = visit(path, viewport=size)
            assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, path


def test_pages_of_models_show_what_was_submitted(visit, nasty) -> None:
    for entry, name in zip(nasty[1], names(nasty[1]), strict=True):
        page = visit(f"models/{entry.model}.html")
        assert page.inner_text("h1") == name
        assert page.title() == f"{name} · weval"
        until(page, "[...document.querySelectorAll('div.drawn')].every((one) => one.hidden || one.firstChild)")
        assert page.locator("figure.chart svg").count() >= 3
    page = visit(f"models/{nasty[1][0].model}.html")
    assert page.locator("main").inner_text().count('</script><!-- <script>alert("WEVAL")</script>') >= 3


def test_without_javascript_nothing_runs_either(visit, nasty) -> None:
    for path in ("index.html", "changes.html", f"models/{nasty[1][1].model}.html"):
        visit(path, javascript=False)


def test_changes_show_why_letter_by_letter(visit, nasty) -> None:
    page = visit("changes.html")
    whys = page.locator("tbody td:last-child").all_inner_texts()
    assert any(why.startswith("<iframe src=//evil.example></iframe></script>") for why in whys)
    assert sorted(page.locator("tbody a").all_inner_texts()) == sorted(names(nasty[1]))


def test_models_are_compared_under_their_names(visit, nasty) -> None:
    chosen = [entry.model for entry in nasty[1]][:3]
    page = visit(f"compare.html#task=weval-mini&models={','.join(chosen)}")
    page.wait_for_selector("#result table")
    boxes = page.locator("#models label").all_inner_texts()
    assert sorted(text.strip() for text in boxes) == sorted(names(nasty[1]))
    heads = page.locator("[aria-label='Differences in correlation'] tbody th").all_inner_texts()
    assert len(heads) == 3
    for name in names(nasty[1])[:3]:
        assert sum(name in head for head in heads) == 2
        assert any(name in text for text in page.locator("#side option").all_text_contents())
    page.select_option("#side", "1,0")
    assert page.locator("[aria-label=Items] thead th").nth(2).inner_text() in names(nasty[1])[:3]


def test_charts_show_names_as_text_and_what_cannot_be_drawn_not_at_all(visit, nasty) -> None:
    page = visit("charts/weval-mini.html")
    until(page, "[...document.querySelectorAll('div.drawn')].every((one) => one.hidden || one.firstChild)")
    ties = page.locator("figure.chart").first
    labels = ties.locator('g[aria-label="y-axis tick label"] text').all_text_contents()
    assert len(labels) == len(nasty[1])
    assert any(label.startswith("<img src=x on") and label.endswith(">") for label in labels)
    assert page.locator("figure.chart svg :is(script, image, foreignObject, a)").count() == 0
    for title in ("Correlation against cost", "Correlation against time"):
        figure = page.locator("figure.chart", has_text=title)
        assert figure.locator("div.drawn").is_hidden()
        assert "Nothing to draw" in figure.inner_text()
