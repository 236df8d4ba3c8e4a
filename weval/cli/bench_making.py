"""`weval bench queries`, `criteria` and `preferences`: how a benchmark is made, and whether people agree with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings


def queries(
    model: Annotated[str, typer.Option(metavar="MODEL", help="The model that writes them, BACKEND/MODEL.")],
    out: Annotated[Path, typer.Option(metavar="FILE", readable=False, help="The file to write, one query a line.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Have a model write queries over a pool of domains, and refine them."""
    from weval.bench.construction import QueriesSpec, write_queries
    from weval.cli.output import print_json, print_text
    from weval.progress import Progress
    from weval.report.bench_made import made_text
    from weval.settings import parse_settings

    with Progress("writing", "written") as progress:
        made = write_queries(QueriesSpec(model, out, parse_settings(settings or [])), progress)
    print_json(made) if as_json else print_text(made_text(made))


def criteria(
    file: Annotated[Path, typer.Argument(metavar="QUERIES", readable=False, help="Queries, one a line.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="The model that writes them, BACKEND/MODEL.")],
    out: Annotated[Path, typer.Option(metavar="FILE", readable=False, help="The file to write.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Have a model write five criteria for each query: then weval bench writingbench --data FILE runs on them."""
    from weval.bench.construction import CriteriaSpec, write_criteria
    from weval.cli.output import print_json, print_text
    from weval.progress import Progress
    from weval.report.bench_made import made_text
    from weval.settings import parse_settings

    with Progress("writing", "written") as progress:
        made = write_criteria(CriteriaSpec(file, model, out, parse_settings(settings or [])), progress)
    print_json(made) if as_json else print_text(made_text(made))


def preferences(
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="Human preferences, one a line.")],
    judge: Annotated[str, typer.Option(metavar="MODEL", help="The judge, as weval run takes it, or BACKEND/MODEL.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", readable=False, help="The result to write.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Do a judge's scores prefer what people prefer, by criteria of the query, of its domain, and for all queries?"""
    from weval.bench.construction import PreferencesSpec, judge_preferences
    from weval.cli.output import print_json, print_text
    from weval.progress import Progress
    from weval.report.bench_made import preferences_text
    from weval.settings import parse_settings

    with Progress("judging", "judged") as progress:
        found = judge_preferences(PreferencesSpec(file, judge, parse_settings(settings or []), out), progress)
    print_json(found) if as_json else print_text(preferences_text(found))
