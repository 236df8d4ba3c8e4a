"""The findings of `weval reproduce --checks` in a terminal, and as Markdown."""

from __future__ import annotations

from weval.report.findings import Table, findings
from weval.report.markdown import paragraph, pipe_table, plain
from weval.report.tables import table, wrapped
from weval.reproduce.checks import Checks


def checked_text(checks: Checks) -> str:
    """Every finding in lines of at most 80 columns."""
    parts = []
    for section in findings(checks):
        parts.append(wrapped(section.title))
        parts += [_text(part) for part in section.parts]
    return "\n\n".join(parts)


def checked_markdown(checks: Checks) -> str:
    """The same as Markdown, headings from the first level; nothing in a name is markup there."""
    parts = []
    for level, section in enumerate(findings(checks)):
        parts.append(f"{'##' if level else '#'} {plain(section.title)}")
        parts += [_markdown(part) for part in section.parts]
    return "\n\n".join(parts) + "\n"


def _text(part: str | Table) -> str:
    if isinstance(part, Table):
        return table(part.headers, part.rows, keeps_start=True)  # names of models are told apart by their start
    return wrapped(part)


def _markdown(part: str | Table) -> str:
    return pipe_table(part.headers, part.rows) if isinstance(part, Table) else paragraph(part)
