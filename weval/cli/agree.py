"""`weval agree`: how well annotators agree, and their majority with gold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weval.cli.options import AsJson, Settings

if TYPE_CHECKING:
    from weval.progress import Progress
    from weval.tasks import Task


def agree(
    ratings: Annotated[
        Path, typer.Argument(metavar="RATINGS", readable=False, help="Rankings and categories, as JSON Lines.")
    ],
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="The task that was rated. See: weval list tasks")
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="PATH|URL", help="Your own items instead of a task.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Agreement of annotators with each other and, given the task that they rated, with its gold."""
    from weval.agree import AgreeOptions
    from weval.agree import agree as agreement_of
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.progress import Progress
    from weval.report import agreement_text
    from weval.settings import divide, parse_settings, updated

    if task is not None and data is not None:
        raise ConfigError("--task and --data: give one of them")
    (measured,), read = divide(parse_settings(settings or []), AgreeOptions)
    if read and task is None and data is None:
        raise ConfigError(f"--set {min(read)}: without --task or --data there is only resamples")
    options = updated(AgreeOptions(), measured)
    with Progress() as progress:
        loaded = _loaded(task, data, read, progress)
    found = agreement_of(ratings, loaded, options)
    print_json(found) if as_json else print_text(agreement_text(found))


def _loaded(task: str | None, data: str | None, settings: dict[str, str], progress: Progress) -> Task | None:
    """The task that was rated, if one was named."""
    from weval.tasks import load_data, load_task

    if data:
        return load_data(data, settings, progress.download)
    return load_task(task, settings, progress.download) if task else None
