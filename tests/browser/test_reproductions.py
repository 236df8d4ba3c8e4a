"""The pages of reproductions in a browser: nothing is loaded, nothing sticks out, and everybody can read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.reproduced import CHECK, known, make_kept
from tests.report.reproductions import check, worst
from tests.reproduce.reproductions import tabulated
from weval.leaderboard.site import build_site
from weval.report.reproduced import PAGE, write_reproduction


@pytest.fixture(scope="module")
def pages(browser: object, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of a reproduction, of one that checks the machinery, of one whose every word is hostile; two as the site has."""
    folder = tmp_path_factory.mktemp("reproductions")
    with pytest.MonkeyPatch.context() as patch:
        known(patch)
        for name in ("real", "check"):
            make_kept(folder / "results", folder / name, is_check=name == "check")
        build_site(folder / "results", folder / "site", cache=folder / "cache")
    found = tabulated(folder / "real")
    write_reproduction(found, folder / "real")
    write_reproduction(check(folder / "check"), folder / "check")
    write_reproduction(worst(found), folder / "worst")
    site = folder / "site" / "reproductions"
    return [*(folder / name / PAGE for name in ("real", "check", "worst")), site / "small.html", site / f"{CHECK}.html"]


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_pages_can_be_read_by_everybody(width: int, scheme: str, pages: list[Path], open_page: Any, axe: Any) -> None:
    for path in pages:
        page = open_page(path.as_uri(), viewport=(width, 900), colour_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").inner_text()
        assert axe(page) == []


def test_links_of_a_page_lead_to_files(pages: list[Path], open_page: Any) -> None:
    page = open_page(pages[0].as_uri(), viewport=(1280, 900))
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    assert any(link.endswith("/scores.jsonl") for link in found)
    assert all(Path(link.removeprefix("file://")).is_file() for link in found)
