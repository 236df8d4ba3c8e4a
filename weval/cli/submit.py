"""`weval submit`: a run for the leaderboard."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weval.cli.options import AsJson
from weval.errors import WevalError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from weval.leaderboard.submit import Submitted


def submit(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN", readable=False, help="Run folders, or folders that hold some.")
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="What is said of the model; may be repeated."),
    ] = None,
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

    A folder of weval reproduce is submitted as a reproduction.

    What is said of the model goes by --set: name, organisation, licence, family, trained_on_weval; if you like also
    parameters, link, contact. What is missing is asked for, if there is somebody to ask.
    """
    from weval.cli.output import print_json, print_text
    from weval.leaderboard.pushing import eval_results_yaml, push_to_hub
    from weval.leaderboard.submit import runs_to_submit
    from weval.leaderboard.submit import submit as submit_run
    from weval.leaderboard.words import submitted_plain, submitted_text
    from weval.remote.hub import check_repository
    from weval.settings import parse_settings

    said = parse_settings(settings or [])
    if kept := [folder for folder in folders if (folder / "reproduction.json").is_file()]:
        return _reproduction(folders, kept, said, to, alone=not (why or push or eval_results), as_json=as_json)
    for repository, option in ((push, "--push"), (eval_results, "--eval-results")):
        if repository is not None:
            check_repository(repository, option)
    found: list[Submitted] = []
    with _told_what_is_kept(found):
        for run in runs_to_submit(folders, said):
            found.append(submit_run(run, _completed(said, run, to), to, why))
        places = [one.entry for one in found]
        entry = eval_results_yaml(places, eval_results) if eval_results else None
        pushed = push_to_hub(places, push) if push else None
    if as_json:
        plain = [submitted_plain(one) for one in found]
        print_json({"submitted": plain, "pull_request": pushed, "eval_results": entry})
    else:
        print_text(submitted_text(found, pushed, entry))


def _reproduction(
    folders: list[Path], kept: list[Path], said: Mapping[str, str], to: Path, *, alone: bool, as_json: bool
) -> None:
    """The same of what weval reproduce wrote: one at a time, and it has no card."""
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.leaderboard.reproductions import submit_reproduction
    from weval.leaderboard.words import kept_text

    if len(folders) > 1:
        raise ConfigError(f"{kept[0]}: is a reproduction; submit it alone")
    if not alone or {*said} - {"name"}:
        raise ConfigError(f"{kept[0]}: is a reproduction; of it only --set name=… is said, and --to")
    place, found = submit_reproduction(kept[0], to, said.get("name"))
    print_json({"reproduction": str(place), "record": found.model_dump(mode="json", by_alias=True)}) if as_json else (
        print_text(kept_text(place, found))
    )


@contextmanager
def _told_what_is_kept(found: list[Submitted]) -> Iterator[None]:
    """Where a later step fails, it is said which submissions were written before."""
    try:
        yield
    except WevalError:
        for one in found:
            typer.echo(f"note: {one.entry} is written all the same, to {one.entry.folder}", err=True)
        raise


def _completed(said: Mapping[str, str], run: Path, to: Path) -> dict[str, str]:
    """What is said of a model. What neither the flags nor its card nor the run say is asked for in a terminal."""
    from weval.leaderboard.card import Card
    from weval.leaderboard.submit import card_defaults

    known = {**card_defaults(run, to, said), **said}
    if sys.stdin is None or not sys.stdin.isatty():
        return known
    fields = Card.model_fields
    if "name" not in said:
        known["name"] = _asked("name", fields["name"], known["name"])
        known = {**card_defaults(run, to, known), **known}  # by that name it may have a card already
    for name, field in fields.items():
        if field.is_required() and name not in known:
            known[name] = _asked(name, field)
    return known


def _asked(name: str, field: FieldInfo, default: str | None = None) -> str:
    """What is typed, once it is what the card can hold."""
    about = f"{name} ({field.description})"
    with redirect_stdout(sys.stderr):  # a part of the question goes there otherwise
        answer: str = typer.prompt(about, default=default, value_proc=_proper(field), err=True)
    return answer


def _proper(field: FieldInfo) -> Callable[[str], str]:
    from pydantic import TypeAdapter, ValidationError

    from weval.invalid import complaints

    kind: Any = Annotated[field.annotation, field.description, *field.metadata]
    wanted = TypeAdapter[object](kind)

    def proper(text: str) -> str:
        try:
            wanted.validate_python(text, strict=False)
        except ValidationError as error:
            raise typer.BadParameter("; ".join(message for _, message in complaints(error, text))) from error
        return text

    return proper
