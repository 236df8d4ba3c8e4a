"""What a comparison's page shows: for each question a chart of differences, what it says in words, and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weval.comparison import Comparison, Difference, Duel
from weval.disagreement import Disagreement
from weval.report import charts
from weval.report.charts import Mark
from weval.report.compared import by_gap, difference_row, letters_of
from weval.report.panel import MAX_ROWS, Panel, Table, first_rows, short_name, spoken
from weval.report.wording import label_of
from weval.wording import interval, number, value_of

MAX_DUELS = 20
"""In the chart; the table has more."""

Differences = Mapping[str, tuple[Difference, float]]
"""By name, a difference and the p value to be shown with it."""


def compared_panels(comparison: Comparison) -> list[Panel]:
    """All panels, in the order of the page. Where two runs disagree is shown for two runs only."""
    if len(comparison.duels) > 1:
        return [_duels(comparison)]
    (duel,) = comparison.duels
    parts = duel.disagreement
    return [
        _figures(duel),
        *_ahead("By the type of what was dropped", "type", parts.requirement_type),
        *_ahead("By how many requirements apart", "apart", by_gap(parts.dropped)),
        *_ahead("By category", "category", parts.category),
    ]


def _duels(comparison: Comparison) -> Panel:
    letters = letters_of(comparison)
    named = {
        f"{letters[duel.first]} − {letters[duel.second]}": duel.metrics["correlation"] for duel in comparison.duels
    }
    found = {name: (difference, difference.p_holm) for name, difference in named.items() if difference}
    apart = sum(p <= 0.05 for _, p in found.values())
    finding = (
        f"Of {len(named)} pairs of runs, {apart} are told apart at the 5 % level, adjusted for all of them (Holm)."
    )
    if len(found) > MAX_DUELS:
        finding += f" Drawn: the first {MAX_DUELS}."
    return _differences("Differences in correlation", finding, "pair", "p holm", found)


def _figures(duel: Duel) -> Panel:
    found = {
        short_name(label_of(name)): (difference, difference.p)
        for name, difference in duel.metrics.items()
        if difference
    }
    ahead = {
        "A is ahead in": [name for name, (d, p) in found.items() if p <= 0.05 and d.value > 0],
        "B is ahead in": [name for name, (d, p) in found.items() if p <= 0.05 and d.value < 0],
        "no difference is found in": [name for name, (_, p) in found.items() if p > 0.05],
    }
    said = "; ".join(f"{what} {', '.join(names)}" for what, names in ahead.items() if names)
    finding = f"{said[:1].upper()}{said[1:]}." if said else "Undefined: no figure is defined for both."
    return _differences("A minus B", finding, "figure", "p", found)


def _differences(title: str, finding: str, what: str, p_header: str, found: Differences) -> Panel:
    marks = [Mark(name, difference.value, difference.ci) for name, (difference, _) in found.items()][:MAX_DUELS]
    rows = [
        (*difference_row(name, difference, p), number(difference.detectable)) for name, (difference, p) in found.items()
    ]
    headers = (what, "difference", "95 % interval", p_header, "Wilcoxon", "t", "d", "items needed", "detectable")
    draw = (lambda: charts.differences(marks, "differences", spoken(title, marks))) if marks else None
    return Panel(title, finding, draw, first_rows(headers, rows))


def _ahead(title: str, what: str, parts: Mapping[str, Disagreement]) -> Iterator[Panel]:
    """Where the one is ahead of the other in pairwise accuracy; nothing where there are no parts."""
    if not parts:
        return
    shown = {short_name(name): part for name, part in [*parts.items()][:MAX_ROWS]}
    marks = [Mark(name, part.advantage.value, part.advantage.ci) for name, part in shown.items()]
    drawn = sorted(marks, key=lambda mark: -abs(mark.value))[:MAX_DUELS]
    drawn = [mark for mark in marks if mark in drawn]
    rows = [
        (
            name,
            f"{part.advantage.n_pairs:,}",
            *(f"{count:,}" for count in (part.both, part.only_first, part.only_second, part.neither)),
            value_of(part.advantage),
            interval(part.advantage.ci),
        )
        for name, part in shown.items()
    ]
    headers = (what, "pairs", "both", "only A", "only B", "neither", "A ahead", "95 % interval")
    finding = (
        "A's accuracy on pairs minus B's; a tie counts half. The numbers say who puts how many pairs in gold order."
    )
    if len(drawn) < len(parts):
        finding += f" Drawn: the {len(drawn)} on which they differ most, of the first {len(marks)}."
    yield Panel(
        title,
        finding,
        lambda: charts.differences(drawn, f"ahead-{what}", spoken(title, drawn)),
        Table(headers, rows, len(parts) - len(shown)),
    )
