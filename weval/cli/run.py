"""`weval run`: score a task with a model."""

from __future__ import annotations

import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def run(
    model: Annotated[str, typer.Option(metavar="MODEL", help="A model, or family:reference. See: weval list models")],
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="A task (default: weval). See: weval list tasks")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="PATH|URL", help="Your own items: files, a pattern, a task's folder, an address."),
    ] = None,
    settings: Settings = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N items.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", readable=False, help="Run folder (default: runs/MODEL/TASK).")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget an earlier run in the folder.")] = False,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say how much would be asked, and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score a task with a model. The same command again continues a run that was stopped."""
    from weval.cli.output import print_json, print_outcome, print_text
    from weval.errors import ConfigError
    from weval.progress import Progress
    from weval.report import volume_text
    from weval.run import DEFAULT_TASK, RunSpec
    from weval.run import estimate as estimate_volume
    from weval.run import run as run_model
    from weval.settings import parse_settings

    if task is not None and data is not None:
        raise ConfigError("--task and --data: give one of them")
    spec = RunSpec(
        model=model,
        task=DEFAULT_TASK if task is None else task,
        data=data,
        settings=parse_settings(settings or []),
        limit=limit,
        out=out,
        fresh=fresh,
        command=shlex.join(["weval", *sys.argv[1:]]),
    )
    # Model libraries print; standard output is for the result alone.
    with redirect_stdout(sys.stderr), Progress() as progress:
        if estimate:
            volume = estimate_volume(spec, progress)
        else:
            outcome = run_model(spec, progress)
    if estimate:
        print_json(volume) if as_json else print_text(volume_text(volume))
        return
    print_outcome(outcome, as_json=as_json)
