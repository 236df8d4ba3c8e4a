"""`weval`: the verbs, and the one place where errors become messages and exit codes.

Exit codes: 0 fine, 2 the user can mend it (one line per problem, no traceback), 130 stopped by Ctrl-C, 1 our bug.
"""

from __future__ import annotations

import io
import sys

import typer

from weval.cli.agree import agree
from weval.cli.annotate import annotate
from weval.cli.audit import audit
from weval.cli.bench import bench
from weval.cli.build import build
from weval.cli.compare import compare
from weval.cli.doctor import doctor
from weval.cli.fetch import fetch
from weval.cli.import_ import import_
from weval.cli.leaderboard import leaderboard
from weval.cli.list import list_
from weval.cli.options import Verb
from weval.cli.reproduce import reproduce
from weval.cli.rescore import rescore
from weval.cli.run import run
from weval.cli.score import score
from weval.cli.serve import serve
from weval.cli.show import show
from weval.cli.submit import submit
from weval.cli.train import train
from weval.errors import WevalError

MENDABLE, STOPPED = 2, 130

app = typer.Typer(
    name="weval",
    help="Can a reward model or an LLM judge for writing be trusted?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
VERBS = (
    run, score, show, rescore, compare, agree, annotate, audit, build, fetch, doctor, submit, serve, train, reproduce,
)  # fmt: skip
for verb in VERBS:
    app.command(cls=Verb)(verb)
app.command(name="list", cls=Verb)(list_)
app.add_typer(bench)
app.add_typer(import_)
app.add_typer(leaderboard)


def _version(wanted: bool) -> None:
    if wanted:
        from weval import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> None:
    """The entry point of the console script. typer itself ends wrong usage with 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no "…" still gets its figures
    try:
        app()
    except WevalError as error:
        for line in str(error).splitlines():
            typer.echo(f"weval: {line}", err=True)
        sys.exit(MENDABLE)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
