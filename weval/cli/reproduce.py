"""`weval reproduce`: the paper's tables from one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weval.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weval.reproduce.outcome import Reproduction, StepOutcome
    from weval.reproduce.running import ReproduceSpec

FAILED = 2
"""A step failed, another process is at it, or nothing could be run and nothing is done: the user can mend it."""


def reproduce(
    table: Annotated[
        list[str] | None, typer.Option(metavar="N", help="A table of the paper (default: 4 to 7); may be repeated.")
    ] = None,
    figure: Annotated[list[str] | None, typer.Option(metavar="N", help="A figure; may be repeated.")] = None,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="paper: the real models; tiny: every step small, as a check.")
    ] = "paper",
    plan: Annotated[bool, typer.Option("--plan", help="Say what would run, what is missing, what it costs.")] = False,
    checks: Annotated[
        bool, typer.Option("--checks", help="Say what follows from the published numbers alone.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="STEP", help="This step, and what it needs; may be repeated.")
    ] = None,
    rows: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Rows whose name holds this; may be repeated.")
    ] = None,
    bring: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PATH", help="What nobody released and you have; see --plan.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", readable=False, help="Where it goes (default: reproductions/PROFILE).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the paper's tables anew, and set ours beside the published ones. The same command again goes on."""
    from weval.errors import ConfigError
    from weval.reproduce.running import ReproduceSpec

    if plan and checks:
        raise ConfigError("--plan and --checks: give one of them")
    ids = [f"table{number.removeprefix('table')}" for number in table or ()]
    ids += [f"figure{number.removeprefix('figure')}" for number in figure or ()]
    spec = ReproduceSpec(profile, tuple(ids), tuple(rows or ()), tuple(only or ()), _brought(bring or []), out)
    if checks and (ids or rows or only or bring or out):
        raise ConfigError("--checks: is of the published tables as they are; it takes --json, and nothing else")
    if checks:
        _checks(as_json=as_json)
    elif plan:
        _plan(spec, as_json=as_json)
    else:
        _reproduce(spec, as_json=as_json)


def _brought(pairs: list[str]) -> dict[str, Path]:
    """What --bring says, by name. Raises ConfigError."""
    from weval.errors import ConfigError
    from weval.settings import parse_settings

    found = parse_settings(pairs, "--bring", "NAME=PATH")
    for name, path in found.items():
        if not path:
            raise ConfigError(f"--bring {name}=: is not NAME=PATH")
    return {name: Path(path) for name, path in found.items()}


def _reproduce(spec: ReproduceSpec, *, as_json: bool) -> None:
    """Runs what is to be run, writes the tables, and prints them and where the page lies."""
    from weval.cli.output import print_json, print_text
    from weval.report.reproduced import reproduced_text, write_reproduction
    from weval.reproduce.running import graph_of, reproduce, tables_of
    from weval.reproduce.tabulate import tabulate
    from weval.reproduce.telling import Telling, summary

    graph = graph_of(spec)

    def written(outcomes: Sequence[StepOutcome]) -> tuple[Reproduction, Path]:
        found = tabulate(tables_of(spec), graph.profile, graph, outcomes)
        return found, write_reproduction(found, graph.folder)["index.html"]

    with Telling(written) as telling:
        outcomes = reproduce(spec, graph, telling)
    reproduction, page = written(outcomes)
    print_json(reproduction) if as_json else print_text(f"{reproduced_text(reproduction)}\n\npage: {page}")
    states = {step.state for step in reproduction.steps}
    if states & {"failed", "elsewhere"} or "done" not in states:
        typer.echo(f"weval: {summary(reproduction.steps)}", err=True)
        raise typer.Exit(FAILED)


def _plan(spec: ReproduceSpec, *, as_json: bool) -> None:
    from weval.cli.output import print_json, print_text
    from weval.report.planned import planned_text
    from weval.reproduce.planning import make_plan

    found = make_plan(spec)
    print_json(found) if as_json else print_text(planned_text(found))


def _checks(*, as_json: bool) -> None:
    from weval.cli.output import print_json, print_text
    from weval.report.checked import checked_text
    from weval.reproduce.checks import checks

    found = checks()
    print_json(found) if as_json else print_text(checked_text(found))
