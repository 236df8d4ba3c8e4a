"""`weval fetch`: bring a public file here, once, verified: a task's items, or a judge's published prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson


def fetch(
    name: Annotated[str, typer.Argument(help="A task or a prompt. See: weval list tasks, weval list prompts")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", readable=False, help="Take the file from a folder instead of the network."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download the file of a task or of an official prompt, or take it from a folder. Its git blob hash is verified."""
    from weval.adapters.judge.folder import is_judge, judge_names
    from weval.adapters.judge.official import fetch_prompt
    from weval.cli.output import print_json, print_text
    from weval.cli.progress import Progress
    from weval.errors import unknown
    from weval.tasks import fetch_task, task_names

    is_task = name in task_names()
    if not is_task and not is_judge(name):
        raise unknown("task or prompt", name, [*task_names(), *judge_names()])
    with Progress() as progress:
        path = (fetch_task if is_task else fetch_prompt)(name, source, progress.download)
    kind = "task" if is_task else "prompt"
    print_json({kind: name, "path": str(path)}) if as_json else print_text(str(path))
