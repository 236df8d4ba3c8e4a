"""Every verb of the command line, with its arguments, options and defaults, as typer knows them."""

# ruff: noqa: ANN401 - the commands are of a click inside typer, which has no public types

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from weval.bench.spec import bench_names
from weval.cli.main import MENDABLE, STOPPED, app
from weval_site.markdown import MADE, cell, code, docstring, table

BENCH = "NAME"
"""What stands for the commands of `weval bench` that are alike: one for each benchmark."""


def verbs() -> Iterator[tuple[str, Any, Any]]:
    """Each command in full, as `weval leaderboard check`, with typer's own command and its context."""
    group: Any = typer.main.get_command(app)
    yield from _below("weval", group, None)


def _below(name: str, command: Any, parent: Any) -> Iterator[tuple[str, Any, Any]]:
    context = command.make_context(name.rpartition(" ")[2], [], parent=parent, resilient_parsing=True)
    alike = sorted(bench_names())
    for verb, below in getattr(command, "commands", {}).items():
        if name == "weval bench" and verb in alike[1:]:
            continue
        shown = BENCH if name == "weval bench" and verb in alike else verb
        yield from _below(f"{name} {shown}", below, context)
    if not getattr(command, "commands", None):
        yield name, command, context


def page() -> str:
    """The page."""
    text = f"{MADE}# Command line\n\nWhat `weval VERB --help` prints, for every verb. "
    text += "Settings that go by `--set` have [a page of their own](settings.md).\n\n"
    ends = {"0": "fine", str(MENDABLE): "something you can mend, a line for each problem", str(STOPPED): "Ctrl-C"}
    ends["1"] = "our bug"
    text += table(("exit code", "is"), [(code(end), said) for end, said in ends.items()])
    return text + "".join(_section(name, command, context) for name, command, context in verbs())


def _section(name: str, command: Any, context: Any) -> str:
    text = f"## {name}\n\n"
    about = docstring(command.callback)
    if name.endswith(f" {BENCH}"):
        about += f"{code(BENCH)} is one of {', '.join(map(code, bench_names()))}.\n\n"
    said = [_row(parameter, context) for parameter in command.params]
    rows = [row for row in said if row]
    shown = [(code(row[0]), cell(row[1]), row[2]) for row in rows]
    return text + about + table(("argument or option", "is", "default"), shown)


def _row(parameter: Any, context: Any) -> tuple[str, str, str] | None:
    """The name with what follows it, what it is, its default; None for what every command has."""
    record = parameter.get_help_record(context)
    if record is None or "--help" in parameter.opts:
        return None
    name, said = record
    said, _, _ = said.partition("  [")
    default = parameter.default
    if parameter.required:
        return name, said, "needed"
    return name, said, "–" if default in (None, False, "") else code(getattr(default, "value", default))
