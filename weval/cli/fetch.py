"""`weval fetch`: bring a task's public file here, once, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson


def fetch(
    task: Annotated[str, typer.Argument(help="A task. See: weval list tasks")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", readable=False, help="Take the file from a folder instead of the network."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download a task's file, or take it from a folder. It is verified by its git blob hash."""
    from weval.cli.output import print_json, print_text
    from weval.cli.progress import Progress
    from weval.tasks import fetch_task

    with Progress() as progress:
        path = fetch_task(task, source, progress.download)
    print_json({"task": task, "path": str(path)}) if as_json else print_text(str(path))
