"""`weval show`: results that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson


def show(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN", readable=False, help="Run folders, or folders that hold some.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show one run in full, or several in one table."""
    from weval.cli.output import print_json, print_text
    from weval.readback import read_result, run_folders
    from weval.report import comparison_text, details_text
    from weval.store import REPORT

    folders = [run for folder in folders for run in run_folders(folder)]
    results = [read_result(folder) for folder in folders]
    if as_json:
        print_json(*results)
    elif len(results) == 1:
        print_text(details_text(results[0]))
    else:
        print_text(comparison_text(results, [str(folder) for folder in folders]))
        pages = [folder / REPORT for folder in folders if (folder / REPORT).is_file()]
        print_text("\n".join(["", "reports:", *(f"  {page}" for page in pages)]))
