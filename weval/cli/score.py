"""`weval score`: one query and some texts, without a task."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson, Settings
from weval.errors import visible

TEXT = "TEXT|FILE"

_FILE_NAME = re.compile(r"[\w./~-]+\.[A-Za-z]\w{0,4}", re.ASCII)
"""What is hardly meant as a text to score."""


def score(
    model: Annotated[str, typer.Option(metavar="MODEL", help="A model, or family:reference. See: weval list models")],
    query: Annotated[
        str, typer.Option(metavar=TEXT, help="What was asked for, without the requirements; - for standard input.")
    ] = "",
    requirements: Annotated[
        list[str] | None, typer.Option("--requirement", metavar="TEXT", help="One requirement; may be repeated.")
    ] = None,
    responses: Annotated[
        list[str] | None, typer.Option("--response", metavar=TEXT, help="A text to score; may be repeated.")
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Score texts of your own. The name of a file stands for what is in it."""
    from weval.cli.output import print_json, print_text
    from weval.report import scored_text
    from weval.score import score_texts
    from weval.settings import parse_settings

    texts = [_text(response) for response in responses or []]
    with redirect_stdout(sys.stderr):  # model libraries print
        found = score_texts(model, _text(query), texts, requirements or [], parse_settings(settings or []), _notice)
    print_json(found) if as_json else print_text(scored_text(found, requirements or []))


def _notice(text: str) -> None:
    typer.echo(visible(f"note: {text}"), err=True)


def _text(given: str) -> str:
    """The text itself, or what is in the file of that name, or what comes from standard input."""
    from weval.errors import DataError
    from weval.files import os_message

    if given == "-":
        return sys.stdin.read()
    try:
        if Path(given).is_file():
            return Path(given).read_text(encoding="utf-8")
        if _FILE_NAME.fullmatch(given):
            _notice(f"{given}: no such file, so this is taken for the text itself")
        return given
    except UnicodeDecodeError as error:
        raise DataError(f"{given}: is not UTF-8 (byte {error.start + 1})") from error
    except PermissionError as error:
        raise DataError(f"{given}: {os_message(error)}") from error
    except (OSError, ValueError):  # no name that a file could have
        return given
