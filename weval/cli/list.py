"""`weval list`: what there is to choose from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from weval.cli.options import AsJson


class What(StrEnum):
    """What can be listed."""

    models = "models"
    tasks = "tasks"
    settings = "settings"


def list_(
    what: Annotated[What, typer.Argument(help="models, tasks or settings")] = What.models,
    as_json: AsJson = False,
) -> None:
    """List the models, the tasks, or the keys of --set."""
    from weval.cli.output import print_rows

    if what is What.models:
        from weval.adapters import families

        print_rows(families(), as_json=as_json)
    elif what is What.tasks:
        from weval.tasks import task_lines

        print_rows(task_lines(), as_json=as_json)
    else:
        from weval.run import setting_lines

        print_rows(setting_lines(), as_json=as_json)
