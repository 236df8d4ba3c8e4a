"""`weval bench report`: the page of every run again, and one across runs. Nothing is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson

PAGE = Path("bench.html")
"""The page across runs, where none is named."""


def report(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN…", readable=False, help="Run folders, or folders that hold some.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", readable=False, help="The page (HTML) across runs; by default bench.html."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute results again from the replies, write a page for each run, and one across several that compares them."""
    from weval.bench.compare import compare_across
    from weval.bench.readback import bench_folders, rescore_bench
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.report import check_page
    from weval.report.bench_compared import bench_compared_text, write_bench_comparison
    from weval.report.bench_page import write_bench_report
    from weval.report.bench_text import bench_text

    runs = [run for folder in folders for run in bench_folders(folder)]
    if len(runs) == 1 and out:
        raise ConfigError(f"--out {out}: is for the page across runs, and {runs[0]} is one; its page lies in it")
    across = out or PAGE
    if len(runs) > 1:
        check_page(across)
    outcomes = [rescore_bench(run) for run in runs]
    pages = [write_bench_report(outcome) for outcome in outcomes]
    found = compare_across(outcomes) if len(runs) > 1 else []
    if found:
        write_bench_comparison(found, across)
        pages.append(across)
    if as_json:
        results = [outcome.result for outcome in outcomes]
        comparisons = [one.comparison for one in found if one.comparison]
        print_json({"results": results, "comparisons": comparisons, "pages": list(map(str, pages))})
    else:
        print_text(bench_compared_text(found) if found else bench_text(outcomes[0].result))
        print_text("\n".join(["", *(f"report: {page}" for page in pages)]))
