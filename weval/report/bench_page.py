"""report.html of a benchmark: one self-contained page per writer. No script, every foreign text escaped."""

from __future__ import annotations

from pathlib import Path

from weval.bench.finish import BenchOutcome
from weval.bench.result import Maker
from weval.files import write_text
from weval.report.bench_items import extremes, lost_items
from weval.report.bench_panels import bench_panels
from weval.report.bench_wording import (
    AT_WORST,
    PUBLISHED,
    bench_counts,
    bench_heading,
    bench_remarks,
    figure_lines,
    figures_without_items,
    repairs_that_changed,
    repairs_without_effect,
    shows_published,
    some_missing,
    step_line,
    step_reasons,
    without,
)
from weval.report.excerpts import excerpt
from weval.report.page import FINGERPRINT_BYTES, draw, environment, fingerprint_text, how_to_draw
from weval.report.panel import MAX_ROWS
from weval.report.svg import can_draw
from weval.store import REPORT


def write_bench_report(outcome: BenchOutcome) -> Path:
    """Writes the page into the run folder and returns where it lies."""
    path = outcome.folder / REPORT
    write_text(path, bench_page(outcome))
    return path


def bench_page(outcome: BenchOutcome) -> str:
    """The page as HTML: the same for the same run, under 1.5 MB whatever the texts are."""
    result = outcome.result
    panels, lost, ends = bench_panels(outcome), lost_items(outcome), extremes(outcome)
    return (
        environment()
        .get_template("bench.html.j2")
        .render(
            result=result,
            heading=bench_heading(result),
            counts=bench_counts(result),
            remarks=bench_remarks(result),
            figures=figure_lines(result),
            no_items=figures_without_items(result),
            headline=result.stamps[result.headline].label,
            published=PUBLISHED if shows_published(result) else "",
            at_worst=AT_WORST if some_missing(result) else "",
            repairs=[(repair, without(result, repair)) for repair in repairs_that_changed(result)],
            shows_without=any(repair.without is not None for repair in result.repairs),
            idle=repairs_without_effect(result),
            panels=list(zip(panels, draw(panels), strict=True)),
            no_charts=None if can_draw() else how_to_draw("weval bench report RUN"),
            lost=lost[:MAX_ROWS],
            more_lost=max(0, len(lost) - MAX_ROWS),
            extremes=(("Worst", ends.worst), ("Best", ends.best)),
            steps={name: step_line(step) for name, step in result.steps.items()},
            reasons=list(step_reasons(result)),
            writer=maker_text(result.writer),
            judge=maker_text(result.judge) if result.judge else "",
        )
    )


def maker_text(maker: Maker) -> str:
    """A writer or judge, and what it says it is."""
    source = ", from a file" if maker.given else ""
    return f"{excerpt(maker.name, FINGERPRINT_BYTES).text}{source}, {fingerprint_text(maker.fingerprint)}"
