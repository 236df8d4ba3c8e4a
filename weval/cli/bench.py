"""`weval bench`: a downstream benchmark from end to end, or from texts or judge replies that are here already."""

from __future__ import annotations

import shlex
import sys
from contextlib import redirect_stdout
from copy import copy
from inspect import getdoc
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from weval.cli.bench_making import criteria, preferences, queries
from weval.cli.bench_report import report
from weval.cli.options import AsJson, Settings, Verb
from weval.rooms import room

if TYPE_CHECKING:
    from weval.bench.ready import BenchRun

RUN = "NAME"
"""What the one command is called that stands for every benchmark."""


class BenchCommand(Verb):
    """A benchmark by name: what it is, then what all do."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """What it is, in the list of commands."""
        return shorten(self._about(), limit, placeholder="...")

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - of typer's own click, or of click
        """What it is, where its help begins."""
        self.help = f"{self._about()}\n\n{getdoc(run)}"
        return super().get_help(ctx)

    def _about(self) -> str:
        from weval.bench.spec import read_bench

        return read_bench(str(self.name)).about


class BenchGroup(TyperGroup):
    """Every benchmark is a command: copies of one, so that start-up does not make as many as there are."""

    def __init__(self, **said: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**said)
        one, verbs = self.commands.pop(RUN), self.commands
        self.commands = {}
        for name in sorted(path.parent.name for path in room("tasks").glob("*/bench.yaml")):
            self.commands[name] = copy(one)
            self.commands[name].name = name
        self.commands |= verbs


bench = typer.Typer(
    name="bench",
    cls=BenchGroup,
    help="Downstream benchmarks: does the writer get better?",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def run(
    context: typer.Context,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="The writer, BACKEND/MODEL; with --responses or --replies only its name."),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The judge, BACKEND/MODEL, or a preset of one.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="PATH", readable=False, help="Your own file, or folder of files.")
    ] = None,
    responses: Annotated[
        Path | None, typer.Option(metavar="FILE", readable=False, help="Texts that are here already: judge these.")
    ] = None,
    replies: Annotated[
        Path | None, typer.Option(metavar="FILE", readable=False, help="Judge replies that are here: aggregate these.")
    ] = None,
    settings: Settings = None,
    best_of: Annotated[
        int | None, typer.Option(metavar="N", help="Write N texts for each item, of which --reward chooses one.")
    ] = None,
    reward: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The reward model that chooses, as weval run takes it.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N items.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", readable=False, help="Run folder (default: runs/MODEL/NAME-by-JUDGE)."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget an earlier run in the folder.")] = False,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say what would be asked and cost, and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a writer write, a judge judge, and say how good it is and how sure that is. Continues where it stopped.

    Settings of the two begin with writer. or judge., those of --reward with reward.; see: weval list settings NAME
    """
    from weval.bench.estimate import estimate as estimate_run
    from weval.bench.run import BenchRun, run_bench
    from weval.progress import Progress
    from weval.report.bench_estimated import bench_estimate_text
    from weval.report.bench_page import write_bench_report
    from weval.report.bench_text import bench_text
    from weval.settings import parse_settings

    spec = BenchRun(
        benchmark=str(context.info_name),
        model=model,
        judge=judge,
        data=data,
        responses=responses,
        replies=replies,
        settings=parse_settings(settings or []),
        limit=limit,
        out=out,
        fresh=fresh,
        command=shlex.join(["weval", *sys.argv[1:]]),
    )
    if best_of is not None or reward:
        _best_of(spec, best_of, reward, estimate=estimate, as_json=as_json)
        return
    # Model libraries print; standard output is for the result alone.
    with redirect_stdout(sys.stderr), Progress("asking", "answered") as progress:
        if estimate:
            found = estimate_run(spec, progress)
        else:
            outcome = run_bench(spec, progress)
    if estimate:
        _show(found, bench_estimate_text(found), as_json=as_json)
        return
    page = write_bench_report(outcome)
    _show(outcome.result, f"{bench_text(outcome.result)}\n\nreport: {page}", as_json=as_json)


def _show(result: object, text: str, *, as_json: bool) -> None:
    from weval.cli.output import print_json, print_text

    print_json(result) if as_json else print_text(text)


def _best_of(spec: BenchRun, n: int | None, reward: str | None, *, estimate: bool, as_json: bool) -> None:
    from weval.bench.best_of import BestOfRun, estimate_best_of, run_best_of
    from weval.errors import ConfigError
    from weval.progress import Progress
    from weval.report.bench_estimated import bench_estimate_text
    from weval.report.best_of import best_of_text, write_best_of_report

    if n is None:
        raise ConfigError(f"--reward {reward}: chooses among several texts: --best-of N says how many")
    asked = BestOfRun(spec, n, reward)
    with redirect_stdout(sys.stderr), Progress("asking", "answered") as progress:
        if estimate:
            found = estimate_best_of(asked, progress)
        else:
            best = run_best_of(asked, progress)
    if estimate:
        _show(found, bench_estimate_text(found), as_json=as_json)
        return
    page = write_best_of_report(best)
    _show(best.result, f"{best_of_text(best.result)}\n\nreport: {page}", as_json=as_json)


bench.command(RUN, cls=BenchCommand)(run)
for verb in (report, queries, criteria, preferences):
    bench.command(cls=Verb)(verb)
