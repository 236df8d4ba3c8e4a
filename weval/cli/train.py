"""`weval train`: a training recipe from its data to a measured model."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weval.cli.options import AsJson

if TYPE_CHECKING:
    from weval.training.running import Chosen


class Kind(StrEnum):
    """What a recipe can be exported to."""

    verl = "verl"
    slurm = "slurm"


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe that weval brings, or its folder.")],
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="tiny: a laptop, minutes; paper: as published.")
    ] = "tiny",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.FIELD=VALUE", help="A field of the profile; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", readable=False, help="Where it goes (default: trainings/RECIPE-PROFILE)."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget an earlier run in the folder.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be trained beside what is published, and stop.")
    ] = False,
    export: Annotated[
        Kind | None, typer.Option(metavar="verl|slurm", help="Write what another launcher needs into --out, and stop.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model by a recipe, measure it, write its card. The same command again goes on where it was stopped."""
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.report.trained import trained_text
    from weval.settings import parse_settings
    from weval.training.running import TrainSpec, choose, run_training

    spec = TrainSpec(recipe, profile, parse_settings(settings or []), out, fresh)
    if dry_run and export:
        raise ConfigError("--dry-run and --export: give one of them")
    if dry_run:
        _dry_run(choose(spec), profile, as_json=as_json)
    elif export:
        _export(choose(spec), profile, export, out, as_json=as_json)
    else:
        result = run_training(spec)
        print_json(result) if as_json else print_text(trained_text(result, choose(spec).out))


def _dry_run(chosen: Chosen, name: str, *, as_json: bool) -> None:
    from weval.cli.output import print_json, print_text
    from weval.report.dry_run import dry_run_text
    from weval.training.dryrun import dry_run

    found = dry_run(chosen.recipe, name, chosen.profile)
    print_json(found) if as_json else print_text(dry_run_text(found))


def _export(chosen: Chosen, name: str, kind: Kind, out: Path | None, *, as_json: bool) -> None:
    from weval.cli.output import print_json, print_text
    from weval.training.export import export

    folder = out or chosen.out.with_name(f"{chosen.recipe.name}-{name}-{kind}")
    paths = [str(path) for path in export(kind.value, chosen.recipe, chosen.folder, chosen.profile, folder)]
    print_json({"written": paths}) if as_json else print_text("\n".join(paths))
