"""`weval serve`: a model behind HTTP, for training and for other machines."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from weval.cli.options import Settings
from weval.errors import visible


def serve(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model, or family:reference, as of weval run --model.")
    ],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; others than this machine's own need a key.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 takes a free one.")] = 8311,
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment variable with the key that clients must show.")
    ] = None,
    settings: Settings = None,
) -> None:
    """Score responses over HTTP, many requests at once, until Ctrl-C. docs/serving.md has routes and settings."""
    from weval.adapters.exchange import ROUTE
    from weval.remote.posting import Key
    from weval.serving import open_service
    from weval.serving import serve as answer_until_stopped
    from weval.settings import parse_settings

    key = Key.read(key_env, "--key-env")
    with redirect_stdout(sys.stderr):  # model libraries print
        service = open_service(model, parse_settings(settings or []), key, _say)
        unit = service.adapter.unit
        more = "" if unit == "response" else f" --set unit={unit}"
        answer_until_stopped(
            service,
            host,
            port,
            lambda url: _say(f"{model} at {url}; Ctrl-C ends it. To ask: weval run --model http:{url}{ROUTE}{more}"),
        )
        _say("stopped")


def _say(text: str) -> None:
    typer.echo(visible(f"weval serve: {text}"), err=True)
