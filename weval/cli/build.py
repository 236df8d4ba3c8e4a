"""`weval build`: data sets of dropped requirements, and what training needs, a step at a time."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson

STEPS = "all, seeds, filter, requirements, dropout, answer, verify, card, export, prompts, references, pairs"
"""By name, so that help needs no library."""


def build(
    step: Annotated[str, typer.Argument(metavar="STEP", help=f"{STEPS}: one, or all that the recipe needs.")],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A YAML file, or a recipe that weval brings.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.FIELD=VALUE", help="A field of the recipe; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", readable=False, help="Where it is built (default: builds/NAME).")
    ] = None,
    push: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="export: also to a dataset of the Hub.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make the step again, without edits by hand.")] = False,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say what it would ask and cost, and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a task of dropped requirements, or training data. The same command again goes on where it was stopped."""
    from weval.build import BuildSpec
    from weval.build import build as build_steps
    from weval.build.estimate import estimate as estimate_build
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.progress import Progress
    from weval.report.built import built_text, estimate_text
    from weval.settings import parse_settings

    if push is not None and step != "export":
        raise ConfigError("--push: only with weval build export")
    spec = BuildSpec(step, recipe, parse_settings(settings or []), out, fresh)
    if estimate:
        found = estimate_build(spec)
        print_json(found) if as_json else print_text(estimate_text(found))
        return
    # Model libraries print; standard output is for the result alone.
    with redirect_stdout(sys.stderr), Progress("working", "done") as progress:
        done = build_steps(spec, progress)
        address = None
        if push is not None:
            from weval.build.releasing.publishing import push_to_hub

            address = push_to_hub(done[-1].file.parent, push)
    if as_json:
        print_json(*(one.record for one in done))
        return
    print_text(built_text(done) + (f"\n{address}" if address else ""))
