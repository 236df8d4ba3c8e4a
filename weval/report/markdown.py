"""Text and tables as Markdown, in which nothing that somebody else wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from weval.errors import visible

_MARKS = re.compile(r"([\\`*_\[\]|~<>&@$]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
"""What is markup inside of a line: code, emphasis, links, cells, HTML, entities, formulas, and addresses that become
links.
"""

_STARTS = re.compile(r"^([#+=-]|\d+(?=[.)]))")
"""What makes a heading, a list, a rule or code of a line that begins with it."""


def plain(text: str) -> str:
    """Text as it stands, in a cell, a heading or within a line; a line end in it is shown as an escape.

    >>> plain("a|b, *c* and <i>")
    'a\\\\|b, \\\\*c\\\\* and \\\\<i\\\\>'
    """
    return _MARKS.sub(r"\\\1", visible(text))


def paragraph(text: str) -> str:
    """A paragraph of such text, whatever it begins with.

    >>> paragraph("# one"), paragraph("1. two")
    ('\\\\# one', '1\\\\. two')
    """
    shown = plain(text.strip())
    start = _STARTS.match(shown)
    if start is None:
        return shown
    return f"{start[1]}\\{shown[start.end() :]}" if start[1].isdigit() else f"\\{shown}"


def pipe_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column has names, and stands to the left, the others figures.

    >>> print(pipe_table(["", "PL"], [["a", "0.5"]]))
    |  | PL |
    |---|---:|
    | a | 0.5 |
    """
    lines = [f"| {' | '.join(map(plain, row))} |" for row in (headers, *rows)]
    return "\n".join([lines[0], "|---" + "|---:" * (len(headers) - 1) + "|", *lines[1:]])
