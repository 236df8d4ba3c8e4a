"""The errors a user can mend. The command line prints them in one line and exits 2; anything else is our bug.

WevalError
├── ConfigError    a wrong argument, setting, task file or an extra that is not installed
├── DataError      a file of items, scores or rankings that is not what it should be
├── AdapterError   a model, judge or plug-in that broke its contract
├── ResultError    a run folder that cannot be continued, read or written
├── OriginalError  a published script, repeated on purpose, would have stopped here
└── Pending        no fault: answers are still being made; the same command collects them
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WevalError(Exception):
    """Something the user can mend, said in one line whatever names of files and fields it repeats."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


def visible(text: str) -> str:
    """The text with everything that could move a terminal's cursor, or end a line, written as an escape.

    >>> visible("a\\x1b[31m")
    'a\\\\x1b[31m'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class ConfigError(WevalError):
    """A wrong argument, setting, task file or missing extra."""


class DataError(WevalError):
    """Data that is not what it should be. Carries one line per problem, each naming file, line and field."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [visible(p) for p in ([problems] if isinstance(problems, str) else problems)]
        Exception.__init__(self, "\n".join(self.problems))


class AdapterError(WevalError):
    """A model, judge or plug-in that broke its contract."""


class ResultError(WevalError):
    """A run folder that cannot be continued, read or written."""


class OriginalError(WevalError):
    """A published script would have stopped here. Says where and why; only its exact repetition raises this."""


class Pending(WevalError):
    """Answers are still being made somewhere; the same command, later, collects them."""


MAX_NAMED = 20
"""Of more names an error names the nearest only."""


def nearest(name: str, names: Iterable[str]) -> str:
    """The names most like one that nobody knows, as the end of what is said of it; empty where none is like it.

    >>> nearest("htps", ["https", "s3"])
    '; did you mean https?'
    """
    near = difflib.get_close_matches(name, [*names], n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def unknown(kind: str, name: str, known: Iterable[str], lists: str = "") -> ConfigError:
    """A ConfigError for a name nobody knows, with the nearest ones. `lists` are what `weval list` takes for the others.

    >>> str(unknown("model", "lenght", ["length", "random"]))
    "unknown model 'lenght'; did you mean length? (all: length, random)"
    """
    names = sorted(known)
    everything = (
        f"all: {', '.join(names) or 'none'}"
        if len(names) <= MAX_NAMED
        else f"see: weval list {lists or kind + 's' + (' [MODEL]' if kind == 'setting' else '')}"
    )
    return ConfigError(f"unknown {kind} {name!r}{nearest(name, names)} ({everything})")


def missing_extra(package: str, extra: str, purpose: str) -> ConfigError:
    """A ConfigError for a library behind an extra that is not installed, with the install line."""
    return ConfigError(f"{purpose} needs {package}: pip install 'weval[{extra}]'")
