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
        list[Path], typer.Argument(metavar="RUN", readable=False, help="Run folders, or folders that hold some.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", readable=False, help="The page (HTML) across runs; by default bench.html."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute results again from the replies, write a page for each run, and one across several that compares them."""
    from weval.bench.best_of import beside, divided, rescore_best_of
    from weval.bench.compare import compare_across
    from weval.bench.readback import rescore_bench
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.report import check_page
    from weval.report.bench_compared import bench_compared_text, write_bench_comparison
    from weval.report.bench_page import write_bench_report
    from weval.report.bench_text import bench_text
    from weval.report.best_of import best_of_text, write_best_of_report

    runs, choices = divided(folders)
    is_one = len(runs) + len(choices) == 1
    if is_one and out:
        raise ConfigError(
            f"--out {out}: is for the page across runs, and {(*runs, *choices)[0]} is one; its page lies in it"
        )
    across = out or PAGE
    if not is_one:
        check_page(across)
    outcomes = [rescore_bench(run) for run in runs]
    bests = [rescore_best_of(choice) for choice in choices]
    curves = [(best, beside(best, outcomes)) for best in bests]
    pages = [*map(write_bench_report, outcomes), *map(write_best_of_report, bests)]
    found = compare_across(outcomes) if not is_one and outcomes else []
    if not is_one:
        write_bench_comparison(found, across, curves)
        pages.append(across)
    if as_json:
        results = [*(outcome.result for outcome in outcomes), *(best.result for best in bests)]
        comparisons = [one.comparison for one in found if one.comparison]
        said = {"results": results, "comparisons": comparisons, "pages": list(map(str, pages))}
        print_json(said | ({"beside": [others for _, others in curves]} if curves else {}))
    else:
        texts = [bench_compared_text(found)] if found else [bench_text(one.result) for one in outcomes]
        texts += [best_of_text(best.result, others) for best, others in curves]
        print_text("\n\n".join(texts))
        print_text("\n".join(["", *(f"report: {page}" for page in pages)]))
