"""Results to standard output: text for people, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Mapping
from shutil import get_terminal_size
from typing import Any

from pydantic_core import to_jsonable_python

from weval.errors import ResultError, visible
from weval.files import one_line, os_message
from weval.readback import Outcome
from weval.report import result_text, write_report


def print_text(text: str) -> None:
    """Prints a text that is ready to be read; what could move a terminal's cursor is made visible."""
    if sys.stdout is None:  # closed by who started us
        return
    try:
        sys.stdout.write("\n".join(map(visible, text.split("\n"))) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `weval show … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        # The interpreter would try once more, and complain, when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ResultError(f"cannot write the output: {os_message(error)}") from error


def print_json(*results: Any) -> None:  # noqa: ANN401 - records and dataclasses
    """Prints one result as an object, several as a list."""
    plain = [to_jsonable_python(result, by_alias=True) for result in results]
    print_text(json.dumps(plain[0] if len(plain) == 1 else plain, indent=2))


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Writes the page of a run, and prints its result and where the page lies."""
    page = write_report(outcome)
    if outcome.left_out and sys.stderr is not None:
        names = one_line(", ".join(outcome.left_out), 200)
        sys.stderr.write(f"note: left out: {names}, metrics that somebody named; if they are yours: --set metric=…\n")
    if as_json:
        print_json(outcome.result)
    else:
        print_text(f"{result_text(outcome.result)}\n\nreport: {page}")


def print_rows(rows: Mapping[str, str], *, as_json: bool) -> None:
    """Prints names and what is said of them, within the terminal's width."""
    if as_json:
        print_json(dict(rows))
        return
    left = min(max((len(name) for name in rows), default=0), 30) + 2
    width = max(40, get_terminal_size().columns - left - 1)
    for name, about in rows.items():
        lines = textwrap.wrap(about, width, break_on_hyphens=False) or [""]
        print_text(f"{name:<{left}}{lines[0]}")
        for line in lines[1:]:
            print_text(" " * left + line)
