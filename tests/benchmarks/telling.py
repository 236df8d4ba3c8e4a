"""A report as text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from tests.benchmarks.records import Figure, Measured, Outcome, Ratio, Report, Series

WIDTH = 80


def told(report: Report) -> str:
    """Everything that was measured, ratios first."""
    machine = report.machine
    memory = f", {machine.memory_gb} GB" if machine.memory_gb else ""
    busy = ", ".join(f"{load:.1f}" for load in machine.load)
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    head = [
        f"{machine.system}, {machine.processor}, {machine.cores} cores{memory}; load before and after {busy}",
        f"{report.date}, {report.seconds:.0f} s in all; {versions}",
    ]
    lines = [line for text in head for line in wrap(text, WIDTH)]
    for outcome in report.benchmarks:
        lines += ["", *told_outcome(outcome)]
    return "\n".join(lines)


def told_outcome(outcome: Outcome) -> list[str]:
    """One benchmark."""
    lines = wrap(f"{outcome.name} ({outcome.seconds:.0f} s, {outcome.cpu:.0f} s of one core): {outcome.about}", WIDTH)
    if outcome.measured is None:
        return [*lines, *_indented(f"failed: {outcome.error}")]
    return [*lines, *_found(outcome.measured)]


def _found(measured: Measured) -> Iterator[str]:
    if measured.versions:
        yield from _indented(", ".join(f"{name} {version}" for name, version in measured.versions.items()))
    for ratio in measured.ratios:
        yield from _ratio(ratio)
    for series in measured.series:
        yield from _series(series)
    for figure in measured.figures:
        yield _figure(figure)
    for note in measured.notes:
        yield from _indented(note)
    for missing in measured.missing:
        yield from _indented(f"not measured: {missing}")


def _ratio(ratio: Ratio) -> Iterator[str]:
    clock = " on the clock" if ratio.clock == "wall" else ""
    yield from _indented(f"{ratio.ours}, by {ratio.theirs}:")
    ours, theirs = (duration(seconds) for seconds in ratio.seconds)
    spread = f"{ratio.low:.3g} to {ratio.high:.3g} in {len(ratio.rounds)} rounds"
    yield f"    {ratio.median:.3g} ({spread}); {ours} by {theirs}{clock}"


def _series(series: Series) -> Iterator[str]:
    clock = " on the clock" if series.clock == "wall" else ""
    yield from _indented(f"{series.name}, seconds{clock} (and peak MB) by {series.unit}:")
    for point in series.points:
        memory = f"{point.mb:8.0f} MB" if point.mb is not None else ""
        yield f"    {point.n:>10,}  {duration(point.seconds):>10}{memory}"
    if growth := series.growth:
        straight = f"{duration(growth.fixed)} + {duration(growth.each)} each, R² {_r2(growth.r2)}"
        yield f"    {straight}; n^{growth.power:.2f}, R² {_r2(growth.power_r2)}"


def _r2(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _figure(figure: Figure) -> str:
    return f"  {figure.name}: {number(figure.value)} {figure.unit}".rstrip()


def number(value: float) -> str:
    """A number with three digits, or all before the point.

    >>> number(12345.6), number(0.01234), number(0)
    ('12,346', '0.0123', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _indented(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them, with three digits.

    >>> duration(0.0000123), duration(0.25), duration(12.345)
    ('12.3 µs', '250 ms', '12.3 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= 0.9995 * size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 else f"{seconds:,.0f} s"
    return f"{seconds / 1e-9:.3g} ns"
