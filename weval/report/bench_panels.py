"""The panels of a benchmark's page: figures by group, words asked for against words written, and further tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from weval.bench.finish import BenchOutcome
from weval.bench.longbench_write.benchmark import Lengths
from weval.bench.longbench_write.scoring import BUCKETS, bucket
from weval.bench.result import BenchResult, FurtherTable
from weval.report import charts
from weval.report.bench_wording import table_texts
from weval.report.charts import Mark
from weval.report.excerpts import excerpt
from weval.report.panel import Panel, Table, first_rows, short_name, spoken
from weval.results import Estimate
from weval.wording import counted, interval_of, number, value_of

MAX_GROUPINGS, MAX_DRAWN, MAX_TABLES, MAX_FIGURES, MAX_COLUMNS, CELL_BYTES = 8, 24, 8, 8, 12, 60
"""Groupings, groups in a chart, further tables, other figures, columns and bytes of a cell: every page has an end."""

NO_SCORE_AT = (4.0, 1 / 3)
"""Multiples of the length asked for from which on S_l is 0."""

Groups = Mapping[str, Mapping[str, Estimate | None]]


def bench_panels(outcome: BenchOutcome) -> list[Panel]:
    """All panels, in the order of the page."""
    result = outcome.result
    groupings = [(name, groups) for name, groups in result.by.items() if len(groups) > 1][:MAX_GROUPINGS]
    return [
        *lengths_panels(outcome),
        *(grouping(result, at, name, groups) for at, (name, groups) in enumerate(groupings)),
        *(further(found) for found in result.further[:MAX_TABLES]),
    ]


def grouping(result: BenchResult, at: int, name: str, groups: Groups) -> Panel:
    """The headline in every group of items, and the other figures in the table."""
    headline, stamps = result.headline, result.stamps
    stamp = stamps[headline]
    marks = [Mark(short_name(label), found.value, found.ci) for label, of in groups.items() if (found := of[headline])]
    others = [figure for figure in result.figures if figure != headline][:MAX_FIGURES]
    rows = [
        (
            short_name(label),
            f"{of_headline.n:,}" if (of_headline := found[headline]) else "0",
            value_of(of_headline, stamp.decimals),
            interval_of(of_headline, stamp.decimals),
            *(value_of(found[figure], stamps[figure].decimals) for figure in others),
        )
        for label, found in groups.items()
    ]
    headers = (short_name(name), "items", stamp.label, "95 % interval", *(stamps[other].label for other in others))
    title, overall = f"{stamp.label} by {short_name(name)}", result.figures[headline].estimate
    finding, drawn, draw = _finding(marks, stamp.decimals, higher=stamp.higher), _drawn(marks), None
    if len(drawn) < len(marks):
        finding += f" Drawn: the {MAX_DRAWN // 2} highest and the {MAX_DRAWN // 2} lowest of {len(marks):,}."
    if drawn and overall:
        label = spoken(title, drawn, partial(number, decimals=stamp.decimals))
        draw = partial(charts.by_category, drawn, overall.value, label, figure_label=stamp.label, name=f"group-{at}")
    return Panel(title, finding, draw, first_rows(headers, rows))


def lengths_panels(outcome: BenchOutcome) -> list[Panel]:
    """Words asked for against words written, where a benchmark asks for a length; otherwise nothing."""
    found = [row.detail for row in outcome.rows if isinstance(row.detail, Lengths)]
    known = [(lengths.required, lengths.written) for lengths in found if lengths.written is not None]
    if not known:
        return []
    asked, written = np.array(known, dtype=np.float64).T
    ratio, some = written / asked, written > 0
    parts = [(name, np.array([bucket(int(required)) == name for required in asked])) for name in BUCKETS]
    rows = [
        (
            name,
            f"{int(part.sum()):,}",
            *(f"{np.median(values[part]):,.0f}" for values in (asked, written)),
            f"{np.median(ratio[part]):.0%}",
        )
        for name, part in parts
        if part.any()
    ]
    finding = f"Half of the texts have at least {np.median(ratio):.0%} of the words asked for."
    if len(rows) > 1:
        finding += f" Where {_words(rows[-1][0])} were asked for, half have at least {rows[-1][-1]}."
    finding += " Dashed: as many as asked for; dotted: where the length scores 0."
    finding += f" {counted(int((~some).sum()), 'empty text')} not drawn." if not some.all() else ""
    title = "Words asked for and written"
    draw = partial(charts.asked_and_written, asked[some], written[some], NO_SCORE_AT, _said(title, rows))
    headers = ("words asked for", "texts", "median asked for", "median written", "median share")
    return [Panel(title, finding, draw if some.any() else None, Table(headers, rows))]


def _words(name: str) -> str:
    """One of BUCKETS in words."""
    low, high = (int(found) for found in re.findall(r"\d+", name))
    if name == BUCKETS[-1]:
        return f"{low:,} words or more"
    return f"{low:,} to {high:,} words" if low else f"fewer than {high:,} words"


def further(found: FurtherTable) -> Panel:
    """A benchmark's own table."""
    rows = [tuple(excerpt(cell, CELL_BYTES).text for cell in row[:MAX_COLUMNS]) for row in table_texts(found)]
    headers = tuple(excerpt(header, CELL_BYTES).text for header in found.headers[:MAX_COLUMNS])
    about = excerpt(found.about[:1].upper() + found.about[1:], 10 * CELL_BYTES).text
    return Panel(short_name(found.title), about, None, first_rows(headers, rows))


def _drawn(marks: list[Mark]) -> list[Mark]:
    """Those that a chart has room for: of very many the highest and the lowest, by value."""
    if len(marks) <= MAX_DRAWN:
        return marks
    ordered = sorted(marks, key=lambda mark: -mark.value)
    return ordered[: MAX_DRAWN // 2] + ordered[-(MAX_DRAWN // 2) :]


def _finding(marks: Sequence[Mark], decimals: int, *, higher: bool) -> str:
    if not marks:
        return "Undefined: no group has a value."
    ordered = sorted(marks, key=lambda mark: -mark.value if higher else mark.value)
    best, worst = (f"{mark.name} ({number(mark.value, decimals)})" for mark in (ordered[0], ordered[-1]))
    return f"Best in {best}, worst in {worst}."


def _said(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    return f"{title}: " + ", ".join(f"{row[0]} a median of {row[-1]}" for row in rows) + "."
