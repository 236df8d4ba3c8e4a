"""A report as the tables of docs/figures.md: ratios first, then how cost grows, then other figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.records import Measured, Report, Series
from tests.benchmarks.telling import duration, number

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def put_into(page: Path, report: Report) -> None:
    """Replaces what stands between the two marks of a page. Raises ValueError where it has none."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: lacks the marks {BEGIN} and {END}")
    page.write_text(f"{before}{begin}\n\n{tables(report)}\n\n{end}{after}", encoding="utf-8")


def tables(report: Report) -> str:
    """Everything but notes of what is missing, which stand in the text."""
    found = [(outcome.name, outcome.measured) for outcome in report.benchmarks if outcome.measured]
    return "\n".join([_head(report), "", *_ratios(found), "", *_series(found), "", *_figures(found)])


def _head(report: Report) -> str:
    machine = report.machine
    versions = {name: version for outcome in report.benchmarks if outcome.measured
                for name, version in outcome.measured.versions.items()}  # fmt: skip
    known = ", ".join(f"{name} {version}" for name, version in {**report.versions, **versions}.items())
    busy = " and ".join(f"{load:.1f}" for load in machine.load)
    return (
        f"Measured on {report.date} in {report.seconds:,.0f} s: {machine.system} on {machine.processor}, "
        f"{machine.cores} cores shared with others (load before and after: {busy}). {known}."
    )


def _ratios(found: list[tuple[str, Measured]]) -> Iterator[str]:
    yield "| weval | beside | ratio of seconds | range, rounds | seconds |"
    yield "|---|---|---|---|---|"
    for _, measured in found:
        for ratio in measured.ratios:
            spread = f"{ratio.low:.3g} to {ratio.high:.3g}, {len(ratio.rounds)}"
            ours, theirs = map(duration, ratio.seconds)
            clock = " on the clock" if ratio.clock == "wall" else ""
            yield f"| {ratio.ours} | {ratio.theirs} | **{ratio.median:.3g}** | {spread} | {ours} by {theirs}{clock} |"


def _series(found: list[tuple[str, Measured]]) -> Iterator[str]:
    yield "| benchmark | what | by | line | R² | power (R²) | at the largest |"
    yield "|---|---|---|---|---|---|---|"
    for name, measured in found:
        for series in measured.series:
            yield f"| {name} | {series.name} | {series.unit} | {_growth(series)} | {_largest(series)} |"


def _growth(series: Series) -> str:
    if not (growth := series.growth):
        return "– | – | –"
    straight = f"{duration(growth.fixed)} + {duration(growth.each)} · n"
    return f"{straight} | {_r2(growth.r2)} | {growth.power:.2f} ({_r2(growth.power_r2)})"


def _r2(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _largest(series: Series) -> str:
    last = max(series.points, key=lambda point: point.n)
    memory = f", {last.mb:,.0f} MB" if last.mb else ""
    return f"{last.n:,}: {duration(last.seconds)}{' on the clock' if series.clock == 'wall' else ''}{memory}"


def _figures(found: list[tuple[str, Measured]]) -> Iterator[str]:
    yield "| benchmark | figure | value |"
    yield "|---|---|---|"
    for name, measured in found:
        for figure in measured.figures:
            yield f"| {name} | {figure.name} | {f'{number(figure.value)} {figure.unit}'.rstrip()} |"
