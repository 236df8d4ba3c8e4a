"""The result of a benchmark for a terminal of 80 columns: figures, what is missing, what the repairs changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from rich.cells import cell_len

from weval.bench.result import BenchResult, FurtherTable
from weval.files import one_line
from weval.report.bench_wording import (
    AT_WORST,
    PUBLISHED,
    bench_counts,
    bench_heading,
    bench_remarks,
    cell_text,
    figure_lines,
    figures_without_items,
    repairs_that_changed,
    repairs_without_effect,
    shows_published,
    some_missing,
    step_line,
    step_reasons,
    table_texts,
    without,
)
from weval.report.tables import GAP, WIDTH, table, wrapped
from weval.wording import counted

N_ABOUT = 3
"""So many figures are told what they are; the page tells it of all."""

MAX_TABLE_ROWS, MAX_FIRST, MAX_ABOUT = 30, 24, 600
"""Of a further table in a terminal, columns of its names, and characters of what is said about it."""


def bench_text(result: BenchResult) -> str:
    """A run in full: the figures with intervals, then all that a reader must know of them."""
    parts = [wrapped(bench_heading(result)), wrapped(bench_counts(result)), "", _figures(result), ""]
    parts += [wrapped(line) for line in _what_they_are(result)]
    for block in (_missing(result), _repairs(result), *map(further_text, result.further), _steps(result)):
        parts += [*([""] if parts[-1] else []), *block] if block else []
    notes = [f"note: {text}" for text in (*bench_remarks(result), *step_reasons(result))]
    return "\n".join([*parts, *([""] if notes else []), *map(wrapped, notes)])


def _figures(result: BenchResult) -> str:
    published, missing = shows_published(result), some_missing(result)
    rows = [
        (line.label, line.value, line.interval, line.n, line.missing, line.published, line.worst)
        for line in figure_lines(result)
    ]
    optional = ("missing" if missing else "", "published" if published else "", "at worst" if missing else "")
    return table(["", "value", "95 % interval", "items", *optional], rows, keeps_start=True)


def _what_they_are(result: BenchResult) -> Iterator[str]:
    yield from (f"{line.label}: {line.about}" for line in figure_lines(result)[:N_ABOUT])
    if none := figures_without_items(result):
        yield none
    if shows_published(result):
        yield PUBLISHED
    if some_missing(result):
        yield AT_WORST


def _missing(result: BenchResult) -> list[str]:
    return [wrapped(f"missing, {counted(n, 'item')}: {reason}") for reason, n in result.missing.items()]


def _repairs(result: BenchResult) -> list[str]:
    label = result.stamps[result.headline].label
    said = [
        f"repair {repair.name}, on {counted(repair.n_items, 'item')}: {repair.about}"
        + ("" if repair.without is None else f"; {label} without it {without(result, repair)}")
        for repair in repairs_that_changed(result)
    ]
    idle = repairs_without_effect(result)
    return [wrapped(line) for line in (*said, *([f"Repairs. {idle}"] if idle else []))]


def further_text(found: FurtherTable) -> list[str]:
    """A benchmark's own table: as many columns as fit, and not all of very many rows."""
    headers, rows = tuple(map(cell_text, found.headers)), table_texts(found)
    widths = [max(cell_len(row[at]) for row in (headers, *rows)) + len(GAP) for at in range(len(headers))]
    fit = sum(total <= WIDTH - min(widths[0], MAX_FIRST) for total in accumulate(widths[1:])) + 1
    left_out = {"rows": len(rows) - MAX_TABLE_ROWS, "columns": len(headers) - fit}
    more = " and ".join(f"{n:,} more {what}" for what, n in left_out.items() if n > 0)
    lines = [
        wrapped(one_line(f"{found.title}: {found.about}", MAX_ABOUT)),
        table(headers[:fit], [row[:fit] for row in rows[:MAX_TABLE_ROWS]]),
    ]
    return [*lines, f"{more}: see result.json"] if more else lines


def _steps(result: BenchResult) -> list[str]:
    return [wrapped(f"{name}: {step_line(step)}") for name, step in result.steps.items()]
