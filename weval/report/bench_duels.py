"""Differences of writers on one benchmark: in sentences, in panels of a page, and as a table of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weval.bench.compare import BenchComparison, BenchDuel
from weval.bench.result import FigureStamp
from weval.comparison import Difference
from weval.report import charts
from weval.report.charts import Mark
from weval.report.compared import difference_row, sentence
from weval.report.compared_panels import MAX_DUELS
from weval.report.panel import Panel, first_rows, short_name, spoken
from weval.report.tables import table
from weval.wording import counted, number

MAX_SENTENCES = 10
"""On pairs of runs."""


def figures_shown(comparison: BenchComparison) -> list[str]:
    """The figures that some run has."""
    return [name for name in comparison.stamps if any(run.figures[name] for run in comparison.runs)]


def duel_sentences(comparison: BenchComparison, letters: Mapping[str, str]) -> Iterator[str]:
    """What may be said of each pair in the headline."""
    stamp = comparison.stamps[comparison.headline]
    for duel in comparison.duels[:MAX_SENTENCES]:
        if found := duel.figures[comparison.headline]:
            names = (letters[duel.first], letters[duel.second])
            yield sentence(stamp.label, found, names, decimals=stamp.decimals, higher=stamp.higher)
    if (more := len(comparison.duels) - MAX_SENTENCES) > 0:
        yield f"{more:,} more pairs: see the table."


def _pair(duel: BenchDuel, letters: Mapping[str, str], minus: str = "−") -> str:
    return f"{letters[duel.first]} {minus} {letters[duel.second]}"


def duel_panels(at: int, comparison: BenchComparison, letters: Mapping[str, str]) -> Iterator[Panel]:
    """Of two runs all figures; of more the headline of all pairs, then the other figures."""
    stamps, headline, shown = comparison.stamps, comparison.headline, figures_shown(comparison)
    if len(comparison.duels) == 1:
        (duel,) = comparison.duels
        yield _panel(
            f"{at}", f"{_pair(duel, letters)}, figure by figure", {name: (duel, name) for name in shown}, stamps
        )
        return
    pairs = {_pair(duel, letters): (duel, headline) for duel in comparison.duels}
    yield _panel(f"{at}", f"Differences in {stamps[headline].label}", pairs, stamps)
    others = {
        f"{_pair(duel, letters)} {stamps[name].label}": (duel, name)
        for name in shown
        if name != headline
        for duel in comparison.duels
    }
    if others:
        yield _panel(f"{at}-others", "Differences in the other figures", others, stamps)


def _panel(
    at: str,
    title: str,
    chosen: Mapping[str, tuple[BenchDuel, str]],
    stamps: Mapping[str, FigureStamp],
) -> Panel:
    """Differences by name; figures of another range than the first are in the table alone."""
    rows, marks, first = [], list[Mark](), None
    n_apart = n = 0
    for label, (duel, name) in chosen.items():
        stamp, found = stamps[name], duel.figures[name]
        shown = stamp.label if label == name else label
        rows.append((*_row(shown, found, stamp.decimals), number(found.detectable if found else None, stamp.decimals)))
        if found:
            first = first or stamp
            n, n_apart = n + 1, n_apart + (found.p_holm <= 0.05)
            if (stamp.low, stamp.high) == (first.low, first.high):
                marks.append(Mark(short_name(shown), found.value, found.ci))
    finding = f"Of {counted(n, 'difference')}, {n_apart:,} are told from 0 at the 5 % level (p holm)."
    if len(marks) < n:
        finding += " Figures of other units are in the table."
    if len(marks) > MAX_DUELS:
        finding += f" Drawn: the first {MAX_DUELS}."
    headers = ("", "difference", "95 % interval", "p holm", "Wilcoxon", "t", "d", "items needed", "detectable")
    marks = marks[:MAX_DUELS]
    said = spoken(title, marks, lambda value: number(value, first.decimals if first else 3))
    picture = (lambda: charts.differences(marks, f"differences-{at}", said)) if marks else None
    return Panel(title, finding, picture, first_rows(headers, rows))


def _row(name: str, found: Difference | None, decimals: int) -> tuple[str, ...]:
    return difference_row(short_name(name), found, found.p_holm if found else None, decimals)


def duels_table(comparison: BenchComparison, letters: Mapping[str, str]) -> str:
    """Of two runs all figures, of more the headline of all pairs."""
    stamps, headline = comparison.stamps, comparison.headline
    if len(comparison.duels) == 1:
        (duel,) = comparison.duels
        first = _pair(duel, letters, "-")
        shown = [(stamps[name], duel.figures[name]) for name in figures_shown(comparison)]
        rows = [_row(stamp.label, found, stamp.decimals) for stamp, found in shown]
    else:
        first, decimals = stamps[headline].label, stamps[headline].decimals
        rows = [_row(_pair(duel, letters, "-"), duel.figures[headline], decimals) for duel in comparison.duels]
    return table([first, "value", "95 % interval", "p holm", "Wilcoxon", "t", "d", "items"], rows)
