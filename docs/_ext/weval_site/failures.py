"""The errors that a user can mend, from the classes, and how a question can end."""

from __future__ import annotations

from weval import errors
from weval.cli.main import MENDABLE
from weval.errors import WevalError
from weval_site.markdown import MADE, cell, code, docstring, table


def classes() -> list[type[WevalError]]:
    """The error that all others are, and those."""
    found: list[type[WevalError]] = [WevalError]
    for each in found:
        found += [below for below in each.__subclasses__() if below.__module__ == errors.__name__]
    return found


def page() -> str:
    """The page."""
    text = f"{MADE}# Errors\n\n{docstring(errors)}"
    text += "In Python they are exceptions of `weval.errors`; the command line prints each line after `weval: ` and "
    text += f"ends with {MENDABLE}. What an exit code says is told under [the command line](commands.md).\n\n"
    rows = ((code(one.__name__), code(one.__bases__[0].__name__), cell(docstring(one).strip())) for one in classes())
    return text + table(("class", "is a", "means"), rows)
