"""Writers beside each other, benchmark by benchmark: for the terminal, and as one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from weval.bench.best_of.beside import Beside
from weval.bench.best_of.result import BestOf
from weval.bench.compare import Across
from weval.bench.finish import BenchOutcome
from weval.bench.result import BenchResult, FigureStamp
from weval.files import one_line, write_text
from weval.report.bench_duels import duel_panels, duel_sentences, duels_table
from weval.report.bench_panels import further
from weval.report.bench_text import further_text
from weval.report.bench_wording import bench_counts, bench_title, judged_by
from weval.report.best_of import WHAT, beside_panel, best_of_heading, best_of_panel, length_panel
from weval.report.compared import TESTS, lettered
from weval.report.page import draw, environment, how_to_draw
from weval.report.panel import Panel, short_name
from weval.report.svg import can_draw
from weval.report.tables import GAP, WIDTH, table, wrapped
from weval.wording import counted, interval_of, value_of

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_COLUMNS, MAX_CURVES = 10, 12
"""Figures beside the headline in the table of runs, and bests of n on a page."""

ADJUSTED = "p holm is adjusted for all pairs of runs, figure by figure; Wilcoxon and t are not."


class RunLine(NamedTuple):
    """One run in the table of a benchmark: its letter, name, headline with interval, other figures and what lacks."""

    letter: str
    name: str
    headline: str
    interval: str
    others: tuple[str, ...]
    missing: str


class Section(NamedTuple):
    """What a page says of one benchmark."""

    title: str
    counts: str
    notices: Sequence[str]
    stamp: FigureStamp
    others: Sequence[str]
    runs: Sequence[RunLine]
    sentences: Sequence[str]
    panels: Sequence[tuple[Panel, Markup | None]]
    result: BenchResult
    folders: Mapping[str, str]


Curves = Sequence[tuple[BestOf, Sequence[Beside]]]
"""Bests of n, each with what stands beside it."""


def write_bench_comparison(found: Sequence[Across], path: Path, curves: Curves = ()) -> None:
    """Writes the page, through links to where they lead. Raises ResultError where it cannot be written."""
    write_text(path.resolve(), bench_comparison_page(found, curves))


def bench_comparison_page(found: Sequence[Across], curves: Curves = ()) -> str:
    """The page as HTML: the same for the same runs, under 1.5 MB whatever they are called."""
    letters = _letters(found)
    panels = [panel for at, (best, others) in enumerate(curves[:MAX_CURVES]) for panel in _of_curve(at, best, others)]
    return (
        environment()
        .get_template("bench_compared.html.j2")
        .render(
            heading=_heading(found) if found else "Best of n",
            curves=list(zip(panels, draw(panels), strict=True)),
            what_curves=WHAT,
            choices=[(best_of_heading(best.result), str(best.folder)) for best, _ in curves[:MAX_CURVES]],
            sections=[_section(at, across, letters) for at, across in enumerate(found)],
            overview=_overview(found, letters) if len(found) > 1 else None,
            tests=f"{TESTS} {ADJUSTED}",
            no_charts=None if can_draw() else how_to_draw("weval bench report"),
        )
    )


def _of_curve(at: int, best: BestOf, others: Sequence[Beside]) -> list[Panel]:
    panels = [best_of_panel(at, best.result, others), length_panel(at, best.result)]
    return [*panels, *([beside_panel(best.result, others)] if others else [])]


def bench_compared_text(found: Sequence[Across]) -> str:
    """The same for a terminal of 80 columns."""
    letters = _letters(found)
    parts = [*(wrapped(f"{letter}  {one_line(name)}") for name, letter in letters.items())]
    for across in found:
        parts += ["", *_section_text(across, letters)]
    if any(across.comparison for across in found):
        parts += ["", wrapped(ADJUSTED), wrapped(TESTS)]
    return "\n".join(parts)


def _letters(found: Sequence[Across]) -> dict[str, str]:
    """One letter for each name, the same on the whole page."""
    return lettered(list(dict.fromkeys(name for across in found for name in _in_order(across))))


def _in_order(across: Across) -> dict[str, BenchOutcome]:
    """The runs by name, in the order of their comparison."""
    named = dict(zip(across.names, across.outcomes, strict=True))
    return {run.name: named[run.name] for run in across.comparison.runs} if across.comparison else named


def _heading(found: Sequence[Across]) -> str:
    titles = [across.outcomes[0].result.benchmark.title for across in found]
    return f"Writers on {titles[0]}" if len(titles) == 1 else f"Writers on {len(titles)} benchmarks"


def _counts(across: Across) -> str:
    """On which items, and on how many of them, and by whom they are judged."""
    found, result = across.comparison, across.outcomes[0].result
    said = (
        f"{counted(found.n_items, 'item')}, {found.n_compared[found.headline]:,} scored by all and compared"
        if found
        else f"one run only; {bench_counts(result)}"
    )
    return said + judged_by(result)


def _others(across: Across) -> list[str]:
    """The figures beside the headline that some run has."""
    results = [outcome.result for outcome in across.outcomes]
    there = [name for name in results[0].figures if any(result.figures[name].estimate for result in results)]
    return [name for name in there if name != results[0].headline][:MAX_COLUMNS]


def _runs(across: Across, letters: Mapping[str, str]) -> list[RunLine]:
    """The runs with their figures: of several on the items that all have."""
    result = across.outcomes[0].result
    shared = {run.name: run.figures for run in across.comparison.runs} if across.comparison else {}
    lines = []
    for name, outcome in _in_order(across).items():
        own = {figure: scored.estimate for figure, scored in outcome.result.figures.items()}
        figures, stamp = shared.get(name, own), result.stamps[result.headline]
        headline = figures[result.headline]
        lines.append(
            RunLine(
                letter=letters[name],
                name=short_name(name),
                headline=value_of(headline, stamp.decimals),
                interval=interval_of(headline, stamp.decimals),
                others=tuple(value_of(figures[key], result.stamps[key].decimals) for key in _others(across)),
                missing=f"{outcome.result.n_missing:,}",
            )
        )
    return lines


def _overview(found: Sequence[Across], letters: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every writer's headline on every benchmark, on all items that it was scored on there."""
    columns = [_in_order(across) for across in found]
    rows = []
    for name, letter in letters.items():
        cells = []
        for runs in columns:
            result = runs[name].result if name in runs else None
            headline = result.figures[result.headline].estimate if result else None
            decimals = result.stamps[result.headline].decimals if result else 0
            cells.append((value_of(headline, decimals), interval_of(headline, decimals) if headline else ""))
        rows.append((letter, short_name(name), cells))
    return rows


def _section(at: int, across: Across, letters: Mapping[str, str]) -> Section:
    result, comparison = across.outcomes[0].result, across.comparison
    panels = [*duel_panels(at, comparison, letters), *map(further, comparison.further)] if comparison else []
    return Section(
        title=bench_title(result),
        counts=_counts(across),
        notices=[one_line(notice) for notice in (comparison or result).notices],
        stamp=result.stamps[result.headline],
        others=[result.stamps[name].label for name in _others(across)],
        runs=_runs(across, letters),
        sentences=list(duel_sentences(comparison, letters)) if comparison else [],
        panels=list(zip(panels, draw(panels), strict=True)),
        result=result,
        folders={letters[name]: str(outcome.folder) for name, outcome in _in_order(across).items()},
    )


def _section_text(across: Across, letters: Mapping[str, str]) -> list[str]:
    result, comparison = across.outcomes[0].result, across.comparison
    stamp, others = result.stamps[result.headline], [result.stamps[name].label for name in _others(across)]
    width = 1 + sum(len(GAP) + len(text) for text in (stamp.label, " 100.0 … 100.0", "missing"))
    shown = []
    for label in others:
        width += len(GAP) + max(len(label), 5)
        shown += [label] if width <= WIDTH else []
    rows = [(r.letter, r.headline, r.interval, r.missing, *r.others[: len(shown)]) for r in _runs(across, letters)]
    notices = comparison.notices if comparison else ()
    lines = [
        wrapped(f"{bench_title(result)}: {_counts(across)}"),
        *(wrapped(f"note: {one_line(text)}") for text in notices),
        "",
    ]
    lines.append(table(["", stamp.label, "95 % interval", "missing", *shown], rows))
    if comparison:
        lines += ["", duels_table(comparison, letters), ""]
        lines += [wrapped(said) for said in duel_sentences(comparison, letters)]
        lines += [line for one in comparison.further for line in ("", *further_text(one))]
    return lines
