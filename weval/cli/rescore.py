"""`weval rescore`: the result again, from the raw scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def rescore(
    folder: Annotated[Path, typer.Argument(metavar="RUN", readable=False, help="A run folder.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Compute a run's result again from its raw scores. No model is asked."""
    from weval.cli.output import print_outcome
    from weval.readback import rescore as rescore_run
    from weval.settings import parse_settings

    outcome = rescore_run(folder, parse_settings(settings or []))
    print_outcome(outcome, as_json=as_json)
