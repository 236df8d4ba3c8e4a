"""Arguments that several verbs share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A rarer choice; may be repeated. See: weval list settings"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON for machines.")]
