"""`weval submit`: a run for the leaderboard."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def submit(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN…", readable=False, help="Run folders, or folders that hold some.")
    ],
    settings: Settings = None,
    to: Annotated[Path, typer.Option(metavar="DIR", readable=False, help="The folder of submissions.")] = Path(
        "results"
    ),
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why it replaces an earlier submission.")] = "",
    push: Annotated[
        str | None, typer.Option(metavar="REPO", help="Also open a pull request on this dataset of the Hub.")
    ] = None,
    eval_results: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Also print the entry for .eval_results/ of the model's Hub page."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Submit a run to the leaderboard: checked, its figures made again, written below results/.

    What is said of the model goes by --set: name, organisation, licence, family, trained_on_weval; if you like also
    parameters, link, contact. What is missing is asked for, if there is somebody to ask.
    """
    from weval.cli.output import print_json, print_text
    from weval.leaderboard.pushing import eval_results_yaml, push_to_hub
    from weval.leaderboard.submit import runs_to_submit
    from weval.leaderboard.submit import submit as submit_run
    from weval.leaderboard.words import submitted_text
    from weval.settings import parse_settings

    said = parse_settings(settings or [])
    found = [submit_run(run, _completed(said, run, to), to, why) for run in runs_to_submit(folders, said)]
    pushed = push_to_hub([one.entry for one in found], push) if push else None
    entry = eval_results_yaml([one.result for one in found], eval_results) if eval_results else None
    if as_json:
        print_json({"submitted": found, "pull_request": pushed, "eval_results": entry})
    else:
        print_text(submitted_text(found, pushed, entry))


def _completed(said: Mapping[str, str], run: Path, to: Path) -> dict[str, str]:
    """What is said of a model, with what is missing asked for in a terminal."""
    from weval.leaderboard.card import Card
    from weval.leaderboard.submit import card_defaults

    known = {**card_defaults(run, to, said), **said}
    if sys.stdin is None or not sys.stdin.isatty():
        return known
    for name, field in Card.model_fields.items():
        if field.is_required() and name not in said:
            known[name] = typer.prompt(f"{name} ({field.description})", default=known.get(name), err=True)
    return known
