"""A best of n in text, as panels, and as a page: the curve, its ceiling, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from weval.bench.best_of.beside import Beside
from weval.bench.best_of.result import BestOf, BestOfResult, Point
from weval.files import one_line, write_text
from weval.report import charts
from weval.report.bench_page import maker_text
from weval.report.bench_wording import MAX_NAME, bench_title, judged_by
from weval.report.charts import Mark
from weval.report.page import draw, environment, how_to_draw
from weval.report.panel import Panel, Table, short_name, spoken
from weval.report.svg import can_draw
from weval.report.tables import table, wrapped
from weval.results import Estimate
from weval.store import REPORT
from weval.wording import DASH, counted, interval, interval_of, number, value_of

MAX_OTHERS, MAX_FIGURES = 8, 8
"""Writers in a chart, and figures in a table beside the headline."""

WHAT = (
    "What is to be expected of the best of n texts, drawn at random and chosen by the reward model; gain: over n = 1, "
    "paired by items; ceiling: if the judge itself chose; words: of the text that is chosen."
)


def best_of_heading(result: BestOfResult) -> str:
    """Whose texts, chosen by whom, on which benchmark, and who judged them."""
    writer, reward = (one_line(maker.name, MAX_NAME) for maker in (result.writer, result.reward))
    return f"{writer}, best of {result.n_texts} by {reward}, on {bench_title(result)}{judged_by(result)}"


def best_of_counts(result: BestOfResult) -> str:
    """How many items and texts there were, and what became of them."""
    texts = result.texts
    said = [
        f"{n:,} {what}"
        for n, what in (
            (texts.n_unwritten, "not written"),
            (texts.n_empty, "empty"),
            (texts.n_unscored, "without a reward"),
        )
        if n
    ]
    items = f"{counted(result.n_items, 'item')}, {result.n_scored:,} scored, {result.n_missing:,} missing"
    return f"{items}; {counted(texts.n, 'text')}" + (f", {', '.join(said)}" if said else "")


def best_of_sentences(result: BestOfResult) -> Iterator[str]:
    """What the curve comes to, in words."""
    stamp, last = result.stamps[result.headline], result.points[-1]
    gain, ceiling = last.gain, _over(last.ceiling, result.points[0].ceiling)
    if gain:
        change = f"({interval_of(gain, stamp.decimals)}) from n = 1 to {last.n}"
        said = f"{stamp.label} changes by {number(gain.value, stamp.decimals)} {change}"
        sign = 1 if stamp.higher else -1
        yield said + (
            f"; the judge's own choice would change it by {number(ceiling, stamp.decimals)}." if ceiling else "."
        )
        if sign * gain.value < 0:
            told = gain.ci is not None and max(sign * bound for bound in gain.ci) < 0
            yield f"The reward model's choice is {'worse' if told else 'no better'} than chance."
    if result.kendall and result.accuracy:
        yield (
            f"Ranking of an item's texts against their marks: Kendall {number(result.kendall.value, 2)} "
            f"({interval_of(result.kendall, 2)}), {result.accuracy.value:.0%} of pairs in order."
        )
    first = result.points[0].words
    if first and last.words and first.value:
        yield (
            f"Length of what is chosen: {last.words.value / first.value:.2f} times that of n = 1. A length that rises "
            "where the figure does not is a reward that is gamed."
        )


def best_of_text(result: BestOfResult, others: Sequence[Beside] = ()) -> str:
    """A best of n for a terminal of 80 columns."""
    stamp = result.stamps[result.headline]
    headers, rows = _curve(result)
    parts = [wrapped(best_of_heading(result)), wrapped(best_of_counts(result)), "", table(headers, rows)]
    if others:
        parts += ["", table(_BESIDE, list(_beside_rows(result, others)))]
    parts += ["", wrapped(f"{stamp.label}: {stamp.about}"), wrapped(WHAT)]
    parts += ["", *(wrapped(said) for said in best_of_sentences(result))]
    if notes := [wrapped(f"note: {one_line(said)}") for said in _notes(result)]:
        parts += ["", *notes]
    return "\n".join(parts)


def best_of_panel(at: int, result: BestOfResult, others: Sequence[Beside] = ()) -> Panel:
    """The curve, with the figures of other writers as lines; `at` keeps charts of a page apart."""
    stamp, points = result.stamps[result.headline], result.points
    marks = [Mark(str(point.n), found.value, found.ci) for point in points if (found := _headline(result, point))]
    ceiling = [point.ceiling.value if point.ceiling else float("nan") for point in points if _headline(result, point)]
    lines = [Mark(short_name(one.name), one.figure.value, one.figure.ci) for one in others if one.figure][:MAX_OTHERS]
    title = f"Best of n by {short_name(result.reward.name)}: texts of {short_name(result.writer.name)}"
    finding = " ".join([*best_of_sentences(result), "Dotted: if the judge itself chose."])
    finding += " Dashed, in the band of its interval: a writer of one text." if lines else ""
    label = spoken(title, [*marks, *lines], partial(number, decimals=stamp.decimals))
    drawn = partial(charts.best_of_n, marks, ceiling, lines, label, f"best-of-{at}", stamp.label) if marks else None
    return Panel(title, finding, drawn, Table(*_curve(result, all_figures=True)))


def length_panel(at: int, result: BestOfResult) -> Panel:
    """How long the chosen text is, for each n: where rewards follow length, this rises whatever the figure does."""
    marks = [Mark(str(point.n), point.words.value, point.words.ci) for point in result.points if point.words]
    title = f"Length of what {short_name(result.reward.name)} chooses"
    label, name = spoken(title, marks, partial(number, decimals=0)), f"best-of-words-{at}"
    drawn = partial(charts.best_of_n, marks, (), (), label, name, "words") if marks else None
    rows = [(mark.name, number(mark.value, 0), interval(mark.ci, 0)) for mark in marks]
    return Panel(title, "", drawn, Table(("n", "words", "95 % interval"), rows))


def beside_panel(result: BestOfResult, others: Sequence[Beside]) -> Panel:
    """The writers beside a curve, as numbers."""
    finding = f"On the items that both have, how much more {result.stamps[result.headline].label} the best of "
    finding += f"{result.n_texts} has than a writer of one text, and from which n on it is as good."
    return Panel("Beside other writers", finding, None, Table(_BESIDE, list(_beside_rows(result, others))))


def write_best_of_report(best: BestOf) -> Path:
    """Writes the page into the folder and returns where it lies."""
    path = best.folder / REPORT
    write_text(path, best_of_page(best.result))
    return path


def best_of_page(result: BestOfResult) -> str:
    """The page as HTML: the same for the same result."""
    panels = [best_of_panel(0, result), length_panel(0, result)]
    return (
        environment()
        .get_template("best_of.html.j2")
        .render(
            result=result,
            heading=best_of_heading(result),
            counts=best_of_counts(result),
            notes=list(_notes(result)),
            what=WHAT,
            panels=list(zip(panels, draw(panels), strict=True)),
            no_charts=None if can_draw() else how_to_draw("weval bench report RUN"),
            makers={
                "writer": maker_text(result.writer),
                "judge": maker_text(result.judge) if result.judge else "",
                "reward model": maker_text(result.reward),
            },
        )
    )


_BESIDE = ("", "its own", "95 % interval", "best of N minus it", "95 % interval", "equal at n")


def _beside_rows(result: BestOfResult, others: Sequence[Beside]) -> Iterator[tuple[str, ...]]:
    decimals = result.stamps[result.headline].decimals
    for one in others:
        yield (
            short_name(one.name),
            value_of(one.figure, decimals),
            interval_of(one.figure, decimals),
            value_of(one.more, decimals),
            interval_of(one.more, decimals),
            DASH if one.equals is None else str(one.equals),
        )


def _curve(result: BestOfResult, *, all_figures: bool = False) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The curve as a table: bounds where something is missing, other figures where there is room for them."""
    stamp, bounds = result.stamps[result.headline], result.n_missing > 0
    more = [
        name
        for name in result.stamps
        if name != result.headline and any(point.figures[name].estimate for point in result.points)
    ][: MAX_FIGURES if all_figures else 0]
    named = [result.stamps[name].label for name in more]
    usual = ("n", stamp.label, "95 % interval", "gain", "95 % interval", "ceiling", "words")
    headers = (*usual, *(["bounds"] if bounds else []), *named)
    rows = []
    for point in result.points:
        found = point.figures[result.headline]
        ends = sorted(end for end in (found.worst, found.best) if end is not None)
        rows.append(
            (
                str(point.n),
                value_of(found.estimate, stamp.decimals),
                interval_of(found.estimate, stamp.decimals),
                value_of(point.gain, stamp.decimals),
                interval_of(point.gain, stamp.decimals),
                value_of(point.ceiling, stamp.decimals),
                f"{point.words.value:,.0f}" if point.words else DASH,
                *([interval((ends[0], ends[-1]) if ends else None, stamp.decimals)] if bounds else []),
                *(value_of(point.figures[name].estimate, result.stamps[name].decimals) for name in more),
            )
        )
    return headers, rows


def _headline(result: BestOfResult, point: Point) -> Estimate | None:
    return point.figures[result.headline].estimate


def _over(one: Estimate | None, other: Estimate | None) -> float | None:
    return one.value - other.value if one and other else None


def _notes(result: BestOfResult) -> Iterator[str]:
    yield from result.notices
    for what, reasons in (("missing, ", result.missing), ("without a reward, ", result.unscored)):
        for reason, n in reasons.items():
            yield f"{what}{n:,}: {reason}"
