"""A real browser for the site's tests. Without Chromium or Playwright, every test that asks for it is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.boards import make_results
from tests.browser.watching import FLAGS, NAMES, AxeRun, Opener, find_chromium, serious_violations, served, watched
from weval.leaderboard.site import build_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# For this folder, not the whole run: while Playwright is up, asyncio.run() fails in all other tests of the process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium without a window, started once for this folder."""
    reason = "needs playwright (in weval[dev])"
    sync_api = pytest.importorskip("playwright.sync_api", reason=reason)
    program = find_chromium()
    if program is None:
        pytest.skip(f"needs a Chromium: CHROMIUM=PROGRAM, or one of {', '.join(NAMES)} on the path")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """`open_page(url, viewport=…, colour_scheme=…, javascript=…)`; the test fails if a page logs an error, throws,
    misses a file or asks another host."""
    with watched(browser) as opener:
        yield opener


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """`serve(folder)` is the address of a static server of that folder, until the test ends."""
    with ExitStack() as servers:
        yield lambda folder: servers.enter_context(served(folder))


@pytest.fixture
def axe() -> AxeRun:
    """`axe(page)` lists the accessibility violations of serious or critical impact."""
    pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python (in weval[dev])")
    return serious_violations


@pytest.fixture(scope="package")
def folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `results`, the `site` of them, and `runs`/<model>/weval-mini of the baselines. Not to change."""
    made = tmp_path_factory.mktemp("board")
    make_results(made / "results", made / "runs")
    assert not build_site(made / "results", made / "site", cache=made / "cache").refused
    return made


@pytest.fixture(scope="package")
def server(folder: Path) -> Iterator[str]:
    """The address of the site from a server."""
    with served(folder / "site") as address:
        yield address


@pytest.fixture
def at_file(folder: Path) -> str:
    """The address of the site from the disk, without a slash at the end."""
    return (folder / "site").as_uri()


@pytest.fixture(params=["file", "http"])
def at(request: pytest.FixtureRequest, at_file: str, server: str) -> str:
    """The address of the site: from the disk, where a page may load scripts only, and from a server."""
    return at_file if request.param == "file" else server
