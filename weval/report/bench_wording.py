"""The words in which terminal and pages speak of a benchmark's result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from weval.bench.best_of.result import BestOfResult
from weval.bench.result import BenchResult, Cell, FurtherTable, RepairEffect, StepReport
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

DIGITS, MAX_DECIMALS = 4, 6
"""Of the numbers of a column, that the largest has, and that none has more of."""

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
    return f"{one_line(result.writer.name, MAX_NAME)} on {bench_title(result)}{judged_by(result)}"


def bench_title(result: BenchResult | BestOfResult) -> str:
    """Which benchmark, and which of its sets where that is not all of it."""
    stamp = result.benchmark
    return f"{stamp.title} {stamp.version}" + (f" ({stamp.set})" if stamp.set != "all" else "")


def judged_by(result: BenchResult | BestOfResult) -> str:
    """Who judged, as the end of a sentence; empty where nobody did."""
    return f", judged by {one_line(result.judge.name, MAX_NAME)}" if result.judge else ""


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
    """Every figure that applies to some item, the headline first."""
    lines = []
    for name, found in result.figures.items():
        stamp, estimate = result.stamps[name], found.estimate
        if not _applies(result, name):
            continue
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


def figures_without_items(result: BenchResult) -> str:
    """Those that apply to none of the items, in one sentence; empty where there are none."""
    labels = [result.stamps[name].label for name in result.figures if not _applies(result, name)]
    return f"Of no item here: {', '.join(labels)}." if labels else ""


def _applies(result: BenchResult, name: str) -> bool:
    found = result.figures[name]
    return name == result.headline or bool(found.estimate or found.n_missing or (result.original or {}).get(name))


def shows_published(result: BenchResult) -> bool:
    """Whether the published arithmetic stands beside ours: not where it is ours."""
    return result.mode == "repaired" and result.original is not None


def some_missing(result: BenchResult) -> bool:
    """Whether some item lacks some figure that it should have."""
    return any(found.n_missing for found in result.figures.values())


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
    if not step.n_calls:
        return "nothing was asked"
    is_given = step.cost.requests == 0
    parts = [f"{counted(step.n_calls, 'call')}, answered by a file" if is_given else counted(step.n_calls, "call")]
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


def table_texts(found: FurtherTable) -> list[tuple[str, ...]]:
    """The cells of a further table, row by row; the numbers of a column have the same decimals."""
    n_columns = min((len(row) for row in found.rows), default=0)
    columns = [column_texts([row[at] for row in found.rows]) for at in range(n_columns)]
    return list(zip(*columns, strict=True))


def column_texts(cells: Sequence[Cell]) -> list[str]:
    """Cells below each other: so many decimals that the largest number has four digits, each by itself where the
    numbers are of very different sizes. What is nothing but rounding beside the largest is 0.

    >>> column_texts([1000.0, 964.27, None]), column_texts([52.684, 50.0]), column_texts([-2.2e-16, 0.1072])
    (['1000', '964', '–'], ['52.68', '50.00'], ['0.0000', '0.1072'])
    """
    sizes = [abs(cell) for cell in cells if isinstance(cell, float)]
    largest = max(sizes, default=0.0)
    some = [size for size in sizes if size > 1e-9 * largest]
    decimals = DIGITS - 1 - math.floor(math.log10(largest)) if largest else 0
    alike = bool(some) and max(some) < 1e3 * min(some) and 0 <= decimals <= MAX_DECIMALS
    return [number(cell, decimals) if alike and isinstance(cell, float) else cell_text(cell) for cell in cells]


def cell_text(cell: Cell) -> str:
    """A cell of a further table."""
    if cell is None:
        return DASH
    if isinstance(cell, int):
        return f"{cell:,}"
    return score_text(cell) if isinstance(cell, float) else one_line(cell, MAX_CELL)
