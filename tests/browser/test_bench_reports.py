"""The pages of benchmarks in a browser: nothing is loaded, nothing sticks out, and everybody can read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench.benches import made
from tests.report.bench_runs import full, hostile
from weval.bench.compare import compare_across
from weval.report.bench_compared import write_bench_comparison
from weval.report.bench_page import write_bench_report


@pytest.fixture(scope="module")
def pages(browser: object, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One of a run, one of a run whose texts are hostile, and one across runs."""
    folder = tmp_path_factory.mktemp("runs")
    runs = [full(folder / "w"), made(folder / "v")]
    found = [write_bench_report(outcome) for outcome in (runs[0], hostile(folder / "hostile"))]
    write_bench_comparison(compare_across(runs, resamples=100), folder / "bench.html")
    return [*found, folder / "bench.html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_pages_can_be_read_by_everybody(width: int, scheme: str, pages: list[Path], open_page: Any, axe: Any) -> None:
    for path in pages:
        page = open_page(path.as_uri(), viewport=(width, 900), colour_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").inner_text()
        assert axe(page) == []
