"""`weval annotate`: a page on which people assign categories and rank responses."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def annotate(
    target: Annotated[str, typer.Argument(metavar="TASK|FILE", help="A task, or items of your own.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", readable=False, help="The page to write (default: annotate-NAME.html)."),
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N items.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Write a page, for any browser and without a network, on which a person rates the responses of a task."""
    from weval.annotate import AnnotateOptions
    from weval.annotate import annotate as write_page
    from weval.annotate.writing import default_path
    from weval.audit import open_task
    from weval.cli.output import print_json, print_text
    from weval.progress import Progress
    from weval.report import check_page
    from weval.settings import divide, parse_settings, updated
    from weval.tasks import task_names
    from weval.wording import counted

    (own,), read = divide(parse_settings(settings or []), AnnotateOptions)
    options = updated(AnnotateOptions(), own)
    if out:
        check_page(out)
    with Progress() as progress:
        task = open_task(target, read, progress.download)
        for notice in task.notices:
            progress.notice(notice)
    path = out or default_path(task)
    check_page(path)
    written = write_page(task, path, limit, options)
    if as_json:
        print_json(written)
        return
    source = "--task" if target in task_names() else "--data"
    again = [part for key, value in read.items() for part in ("--set", f"{key}={value}")]  # or the items are others
    print_text(
        f"{written.path}: {counted(written.n_items, 'item')}, {counted(written.n_responses, 'response')}, "
        f"{written.size_bytes / 2**20:.1f} MB; open it in a browser\n"
        f"for what is downloaded there: {shlex.join(['weval', 'agree', 'RATINGS', source, target, *again])}"
    )
