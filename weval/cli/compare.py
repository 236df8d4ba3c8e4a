"""`weval compare`: which run is better, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN", readable=False, help="Run folders, or folders that hold some.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", readable=False, help="Also write a page (HTML) here.")
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Compare runs on the same items: differences with intervals and tests, and where two of them disagree."""
    from weval.cli.output import print_json, print_text
    from weval.compare import CompareOptions
    from weval.compare import compare as compare_runs
    from weval.readback import run_folders
    from weval.report import check_page, compared_text, write_comparison
    from weval.settings import check_known, divide, parse_settings, updated

    (own,), rest = divide(parse_settings(settings or []), CompareOptions)
    check_known(rest, CompareOptions)
    options = updated(CompareOptions(), own)
    if out:
        check_page(out)
    found = compare_runs([run for folder in folders for run in run_folders(folder)], options)
    if out:
        write_comparison(found, out)
    print_json(found.comparison) if as_json else print_text(compared_text(found.comparison))
    if out and not as_json:
        print_text(f"\npage: {out}")
