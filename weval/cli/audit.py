"""`weval audit`: does gold itself hold?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def audit(
    target: Annotated[str, typer.Argument(metavar="TASK|FILE", help="A task, or items of your own.")],
    judges: Annotated[
        list[Path] | None,
        typer.Option("--judge", metavar="RUN", readable=False, help="A judge's run on these items; may be repeated."),
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Check the gold of a task: are kept requirements met, dropped ones not, and does nothing else give gold away?"""
    from weval.audit import audit as audit_task
    from weval.audit import open_task
    from weval.cli.output import print_json, print_text
    from weval.progress import Progress
    from weval.report import audit_text
    from weval.settings import parse_settings

    with Progress() as progress:
        task = open_task(target, parse_settings(settings or []), progress.download)
    found = audit_task(task, judges or [])
    print_json(found) if as_json else print_text(audit_text(found))
