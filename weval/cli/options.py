"""Arguments that several verbs share, each described once."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A rarer choice; may be repeated. See: weval list settings"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON for machines.")]


class Verb(TyperCommand):
    """A command whose help names an argument as it names the value of an option: by its metavar, not its type too."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - of typer's own click, or of click
        """The parameters, as typer has them but for that."""
        found: list[Any] = list(super().get_params(ctx))
        for parameter in found:
            if parameter.param_type_name == "argument" and parameter.metavar:
                parameter.display_type_rich = _nothing
        return found


def _nothing(ctx: object) -> None:
    """No type."""
