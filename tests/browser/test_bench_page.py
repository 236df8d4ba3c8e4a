"""The tab of a benchmark in a real browser: wide, on a phone, in the dark, without JavaScript; nothing of it runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.factories import put
from tests.leaderboard.writing import entry_of, make_writers, pin_here
from weval.leaderboard.card import CARD
from weval.leaderboard.site import build_site

PAPER = Path(__file__).parents[2] / "results" / "paper"
SIZES = {"wide": (1280, 900), "phone": (375, 812)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three writers, of whom one says something nasty of itself, and of the published tables."""
    folder = tmp_path_factory.mktemp("writers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        pin_here(patch, folder / "pinned")
        made = make_writers(folder)
        card = entry_of(made.results, "poor").model_folder / CARD
        put(card, {"organisation": '<img src=x onerror="alert(1)">', "link": "https://example.org/poor"})
        shutil.copytree(PAPER, made.results / "paper")
        assert not build_site(made.results, folder / "site", cache=folder / "site-cache").refused
    return folder / "site"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_tab_is_sound_on_every_screen(open_page: Any, axe: Any, site: Path, size: str, scheme: str) -> None:
    page = open_page(f"{site.as_uri()}/bench/longbench-write.html", viewport=SIZES[size], colour_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    for box in page.locator("details summary").all():
        box.click()
    assert "onerror" in page.inner_text("main")
    assert page.locator("main img").count() == 0
    assert page.get_by_role("link", name="https://example.org/poor").get_attribute("rel") == (
        "nofollow noopener noreferrer ugc"
    )
    interval = page.locator("table.bench small").first
    assert interval.is_visible() is (size == "wide")
    assert axe(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_the_tab_is_reached_by_the_navigation_of_a_phone(open_page: Any, site: Path, javascript: bool) -> None:
    page = open_page(f"{site.as_uri()}/how.html", viewport=SIZES["phone"], javascript=javascript)
    page.get_by_label("Benchmarks of writers").get_by_role("link", name="WritingBench").click()
    assert page.inner_text("h1") == "WritingBench"
    assert page.locator("[aria-current=page]").inner_text() == "WritingBench"
    page.go_back()
    page.get_by_label("Benchmarks of writers").get_by_role("link", name="LongBench-Write").click()
    rows = page.locator("table.bench").first.locator("tbody tr")
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["1", "–", "2"]
    page.get_by_role("link", name="What it measures, and what is mended").click()
    assert page.inner_text("h1") == "LongBench-Write"
