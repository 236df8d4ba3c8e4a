"""A reproduction's tables as Markdown, as for a pull request or a model card."""

from __future__ import annotations

from collections.abc import Iterator

from weval.report.markdown import paragraph, pipe_table, plain
from weval.report.reproduced_wording import (
    CHECK,
    Shown,
    cells_of,
    counts_of_cells,
    counts_of_steps,
    reading_of,
    reasons_of_table,
)
from weval.reproduce.outcome import ReproducedTable, Reproduction
from weval.reproduce.telling import duration
from weval.wording import DASH

COMPARED = ("row", "column", "published", "released", "95 %", "headline", "95 %", "difference", "verdict")
CHECKED = ("row", "column", "released", "95 %", "headline", "95 %", "")


def reproduced_markdown(reproduction: Reproduction) -> str:
    """The tables, why cells have no figure, and the steps; nothing that a step or a model says is markup."""
    parts = [f"# {plain(reproduction.title)}", paragraph(reproduction.about)]
    if reproduction.is_check:
        parts.append(f"> **{plain(CHECK)}**")
    parts += [paragraph(f"{counts_of_cells(reproduction)}. {counts_of_steps(reproduction)}.")]
    for table in reproduction.tables:
        parts += _table(table, is_check=reproduction.is_check)
    parts += ["## How to read it", paragraph(reading_of(reproduction)), "## Steps", _steps(reproduction)]
    versions = ", ".join(f"{name} {version}" for name, version in reproduction.versions.items())
    parts.append(paragraph(f"BCa bootstrap over items, {reproduction.resamples:,} resamples; {versions}."))
    return "\n\n".join(parts) + "\n"


def _table(table: ReproducedTable, *, is_check: bool) -> Iterator[str]:
    yield f"## {plain(f'{table.label}. {table.title}')}"
    yield paragraph(f"{'Stands for' if is_check else 'Published in'} {table.source}.")
    lines = [
        [row.name if at == 0 else "", *_cells(shown, is_check=is_check)]
        for row, cells in cells_of(table)
        for at, shown in enumerate(cells)
    ]
    yield pipe_table(CHECKED if is_check else COMPARED, lines)
    about = [f"{row.name}: {row.about}" for row in table.rows if row.about]
    said = [f"{what}: {why}" for what, why in reasons_of_table(table)]
    if listed := [*said, *about, *table.notes]:
        yield "\n".join(f"- {paragraph(line)}" for line in listed)


def _cells(shown: Shown, *, is_check: bool) -> list[str]:
    figures = [shown.released, shown.released_ci, shown.headline, shown.headline_ci]
    if is_check:
        return [shown.label, *figures, shown.verdict if shown.verdict == "not run" else ""]
    return [shown.label, shown.published, *figures, shown.difference, shown.verdict]


def _steps(reproduction: Reproduction) -> str:
    rows = [
        (
            step.name,
            step.state,
            DASH if step.seconds is None else duration(step.seconds),
            step.command,
            "; ".join(filter(None, (step.why, step.remedy))),
        )
        for step in reproduction.steps
    ]
    return pipe_table(["step", "state", "time", "command", "why not"], rows)
