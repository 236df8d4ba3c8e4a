"""Markdown as the pages need it: tables, code, text of docstrings."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Sequence

MADE = "<!-- Made from the code when the site is built: edit the code. -->\n"
"""What every page begins with that is made."""


def code(text: object) -> str:
    """A text as code, whatever is in it.

    >>> code("a|b")
    '`a\\\\|b`'
    """
    said = str(text).replace("\n", "⏎").replace("|", "\\|")
    mark = "``" if "`" in said else "`"
    pad = " " if "`" in said else ""
    return f"{mark}{pad}{said}{pad}{mark}"


def value(content: object) -> str:
    """A default as code: JSON, or a dash for what is null or empty."""
    if content is None or content in ("", (), {}, []):
        return "–"
    return code(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))


def cell(text: object) -> str:
    """Plain words in a cell of a table."""
    return str(text).replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; columns in which no row says anything are left out, and so is a table without rows."""
    rows = [list(row) for row in rows]
    used = [i for i in range(len(head)) if any(row[i] not in ("", "–") for row in rows)]
    if not rows:
        return ""
    lines = [[head[i] for i in used], ["---" for _ in used], *([row[i] or "–" for i in used] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


_DRAWN = re.compile(r"^ {4}|[\u2500-\u257f]")
"""What begins with an indented line, or has lines of a box in it."""


def docstring(thing: object) -> str:
    """A docstring as a text: sessions and drawings as code, the rest as it is."""
    text = inspect.getdoc(thing) or ""
    parts = []
    for part in text.split("\n\n"):
        if part.lstrip().startswith(">>>"):
            parts.append(f"```pycon\n{inspect.cleandoc(part)}\n```")
        elif _DRAWN.search(part):
            parts.append(f"```text\n{inspect.cleandoc(part)}\n```")
        else:
            parts.append(part)
    return "\n\n".join(parts) + "\n\n" if text else ""
