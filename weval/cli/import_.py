"""`weval import`: what another harness has asked already becomes a run."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Verb

import_ = typer.Typer(
    name="import",
    help="Make a run of what another harness has asked already.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@import_.callback()
def _import() -> None:
    """A group, though it has one command yet."""


@import_.command(name="lm-eval", cls=Verb)
def lm_eval(
    samples: Annotated[
        Path, typer.Argument(metavar="SAMPLES", readable=False, help="A file samples_weval….jsonl of lm-eval.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", readable=False, help="Run folder (default: runs/MODEL/TASK).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A run from the samples that lm-eval wrote (--log_samples) of a weval task. Every reply is read again."""
    from weval.cli.output import print_outcome
    from weval.harness.importing import import_samples
    from weval.progress import Progress

    with Progress() as progress:
        outcome = import_samples(samples, out, shlex.join(["weval", *sys.argv[1:]]), progress)
    print_outcome(outcome, as_json=as_json)
