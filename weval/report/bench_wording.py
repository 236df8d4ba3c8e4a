"""The words in which terminal and pages speak of a benchmark's result."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from weval.bench.result import BenchResult, Cell, RepairEffect, StepReport
from weval.files import one_line
from weval.report.beside import score_text
from weval.report.wording import cost_text
from weval.results import Estimate
from weval.wording import DASH, counted, interval_of, number, value_of

PUBLISHED = (
    "Published: what the benchmark's own script makes of the same replies, its faults too. Compare with published "
    "tables by it, judge by ours."
)
MAX_NAME, MAX_CELL = 150, 60
"""Characters of a name from outside, and of a text in a cell."""

AT_WORST = "At worst: the figure if everything that is missing had the worst mark there is."


class FigureLine(NamedTuple):
    """A figure in text, and its estimate for the bar between the two ends of its range."""

    name: str
    label: str
    value: str
    interval: str
    n: str
    missing: str
    published: str
    worst: str
    about: str
    estimate: Estimate | None
    ends: tuple[float, float] | None
    decimals: int


def bench_heading(result: BenchResult) -> str:
    """Whose texts, on which benchmark, and who judged them."""
    stamp = result.benchmark
    said = f"{one_line(result.writer.name, MAX_NAME)} on {stamp.title} {stamp.version}"
    said += f" ({stamp.set})" if stamp.set != "all" else ""
    return said + (f", judged by {one_line(result.judge.name, MAX_NAME)}" if result.judge else "")


def bench_counts(result: BenchResult) -> str:
    """How many items there were and what became of them."""
    return f"{counted(result.n_items, 'item')}, {result.n_scored:,} scored, {result.n_missing:,} missing"


def bench_remarks(result: BenchResult) -> list[str]:
    """What a reader must know before believing the figures."""
    said = list(result.notices)
    said += [f"not publishable: {reason}" for reason in result.unpublishable_because]
    if result.original_stops:
        stops = one_line(result.original_stops)
        said.append(f"there are no published figures: the benchmark's own script stops ({stops})")
    return said


def figure_lines(result: BenchResult) -> list[FigureLine]:
    """Every figure, the headline first."""
    lines = []
    for name, found in result.figures.items():
        stamp, estimate = result.stamps[name], found.estimate
        lines.append(
            FigureLine(
                name=name,
                label=stamp.label,
                value=value_of(estimate, stamp.decimals),
                interval=interval_of(estimate, stamp.decimals),
                n=f"{estimate.n:,}" if estimate else DASH,
                missing=f"{found.n_missing:,}",
                published=number((result.original or {}).get(name), stamp.decimals),
                worst=number(found.worst, stamp.decimals),
                about=stamp.about,
                estimate=estimate,
                ends=(stamp.low, stamp.high) if math.isfinite(stamp.high - stamp.low) else None,
                decimals=stamp.decimals,
            )
        )
    return lines


def shows_published(result: BenchResult) -> bool:
    """Whether the published arithmetic stands beside ours: not where it is ours."""
    return result.mode == "repaired" and result.original is not None


def repairs_that_changed(result: BenchResult) -> list[RepairEffect]:
    """Those that make a difference on some item, the most first."""
    return sorted((repair for repair in result.repairs if repair.n_items), key=lambda repair: -repair.n_items)


def repairs_without_effect(result: BenchResult) -> str:
    """Those that make none, in one sentence; empty where there are none."""
    idle = [repair.name for repair in result.repairs if not repair.n_items]
    return f"Without effect here: {', '.join(idle)}." if idle else ""


def without(result: BenchResult, repair: RepairEffect) -> str:
    """The headline without a repair."""
    return number(repair.without, result.stamps[result.headline].decimals)


def step_line(step: StepReport) -> str:
    """What a step came to and what it took."""
    parts = [counted(step.n_calls, "call")]
    if step.n_unread:
        parts.append(f"{step.n_unread:,} without a reply that can be read")
    if step.n_asked_again:
        parts.append(f"{step.n_asked_again:,} asked again")
    parts += [cost] if (cost := cost_text(step.cost)) else []
    if step.cost.seconds is not None:
        parts.append(f"{step.cost.seconds:,.0f} s")
    return ", ".join(parts)


def step_reasons(result: BenchResult) -> Iterator[str]:
    """Replies that are not as they should be, step by step, with an example of each."""
    for name, step in result.steps.items():
        for status, reason in step.reasons.items():
            yield f"{name} {status}: {step.statuses.get(status, 0):,}, for example {reason}"


def cell_text(cell: Cell) -> str:
    """A cell of a further table."""
    if cell is None:
        return DASH
    if isinstance(cell, int):
        return f"{cell:,}"
    return score_text(cell) if isinstance(cell, float) else one_line(cell, MAX_CELL)
