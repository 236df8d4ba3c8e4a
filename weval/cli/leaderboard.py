"""`weval leaderboard`: submissions checked, repeated, and made into a site."""

from __future__ import annotations

import sys
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weval.cli.options import AsJson, Settings, Verb
from weval.errors import visible

if TYPE_CHECKING:
    from weval.leaderboard.site import Built

REFUSED = 2
"""Exit code where a submission is refused, or not confirmed."""

PORT = 8000

RESULTS, SITE = Path("results"), Path("site")

LINE_EVERY_S = 2.0

Results = Annotated[Path, typer.Option(metavar="DIR", readable=False, help="The folder of submissions.")]
Out = Annotated[Path, typer.Option(metavar="DIR", readable=False, help="The folder of the site.")]

leaderboard = typer.Typer(
    name="leaderboard",
    help="Check submissions, repeat them, build and show the site.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@leaderboard.command(cls=Verb)
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", readable=False, help="Submissions, or folders of them (default: results)."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="DIR", readable=False, help="The submissions that are published already.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make every figure again from the raw scores. Ends with 2 if a submission is refused."""
    from weval.cli.output import print_json, print_text
    from weval.leaderboard.check import check as check_all
    from weval.leaderboard.tree import entries
    from weval.leaderboard.words import place, verdict_plain, verdicts_text

    if against:
        entries(against)
    lines = _Lines()
    verdicts = check_all(paths or [RESULTS], against, lambda entry: lines.show(f"checking {place(entry)}"))
    refused = sum(not verdict.accepted for verdict in verdicts)
    if as_json:
        plain = [verdict_plain(verdict) for verdict in verdicts]
        print_json({"checked": len(verdicts), "refused": refused, "verdicts": plain})
    else:
        print_text(verdicts_text(verdicts))
    if refused:
        raise typer.Exit(REFUSED)


@leaderboard.command(cls=Verb)
def rerun(
    submission: Annotated[
        Path, typer.Argument(metavar="SUBMISSION", readable=False, help="As results/MODEL/TASK, or results/MODEL.")
    ],
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Ask this model instead of the one that the submission names.")
    ] = None,
    settings: Settings = None,
    n: Annotated[int, typer.Option("-n", metavar="N", help="How many requests.")] = 50,
    seed: Annotated[
        int | None, typer.Option(metavar="S", help="Draw the requests by it (default: by chance, and said).")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--record", metavar="NAME", help="Keep the outcome in reruns.jsonl, under your name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Repeat a sample of a submission's requests. Ends with 0 if its scores are confirmed, else with 2."""
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.leaderboard.rerun import RerunSpec, record
    from weval.leaderboard.rerun import rerun as repeat
    from weval.leaderboard.words import repeated_plain, repeated_text
    from weval.progress import Progress
    from weval.settings import parse_settings

    if by is not None and (not by.strip() or len(by) > 200 or not by.isprintable()):
        raise ConfigError("--record: a name on one line, of at most 200 characters")
    spec = RerunSpec(n, seed, model, parse_settings(settings or []))
    with redirect_stdout(sys.stderr), Progress() as progress:  # model libraries print
        found = repeat(submission, spec, progress, by or "nobody")
    print_json(repeated_plain(found)) if as_json else print_text(repeated_text(found))
    if by is not None:
        _note(f"recorded in {record(found)}")
    if not found.rerun.confirmed:
        raise typer.Exit(REFUSED)


@leaderboard.command(cls=Verb)
def index(task: Annotated[str, typer.Argument(metavar="TASK", help="A task. See: weval list tasks")]) -> None:
    """Write the gold of a task, without a word of its texts, to where `check` finds it."""
    from weval.cli.output import print_text
    from weval.leaderboard.gold import write_index

    print_text(str(write_index(task)))


@leaderboard.command(cls=Verb)
def build(results: Results = RESULTS, out: Out = SITE, as_json: AsJson = False) -> None:
    """Make the site: one folder of files, for any server or none."""
    from weval.cli.output import print_json, print_text

    built = _built(results, out)
    if as_json:
        print_json(
            {
                "out": str(built.out),
                "submissions": built.n_submissions,
                "recomputed": built.n_recomputed,
                "refused": [
                    {"model": one.entry.owner, "task": one.entry.task or None, "problems": list(one.problems)}
                    for one in built.refused
                ],
                "seconds": round(built.seconds, 2),
            }
        )
    else:
        print_text(_summary(built))


@leaderboard.command(cls=Verb)
def serve(
    results: Results = RESULTS,
    out: Out = SITE,
    port: Annotated[int, typer.Option(metavar="N", help="Port on this machine; 0 takes a free one.")] = PORT,
) -> None:
    """Build the site and show it on this machine, until Ctrl-C."""
    from weval.cli.output import print_text
    from weval.leaderboard.serving import address_of, site_server

    with site_server(out, port) as server:  # a port that is taken is said before the work
        print_text(_summary(_built(results, out)))
        print_text(f"{address_of(server)} (Ctrl-C ends it)")
        with suppress(KeyboardInterrupt):  # the usual end
            server.serve_forever()


def _built(results: Path, out: Path) -> Built:
    """The site, with a line on standard error for every submission that is left out of it."""
    from weval.leaderboard.site import build_site
    from weval.leaderboard.words import refused_line

    lines = _Lines()
    built = build_site(results, out, lambda entry: lines.show(f"computing {entry}"))
    for one in built.refused:
        _note(refused_line(one.entry, one.problems))
    return built


def _summary(built: Built) -> str:
    from weval.wording import counted

    left_out = f", {len(built.refused)} refused" if built.refused else ""
    said = f"{counted(built.n_submissions, 'submission')} ({built.n_recomputed:,} recomputed{left_out})"
    return f"{said} in {built.seconds:.1f} s\nsite: {built.out / 'index.html'}"


def _note(text: str) -> None:
    typer.echo(visible(f"note: {text}"), err=True)


class _Lines:
    """What is being done, on standard error: a line now and then."""

    def __init__(self) -> None:
        self._n, self._next = 0, 0.0

    def show(self, text: str) -> None:
        """One more is begun."""
        self._n += 1
        if time.monotonic() >= self._next:
            _note(f"{text} ({self._n:,})")
            self._next = time.monotonic() + LINE_EVERY_S
