"""The charts of the pages, each from plain values; `label` says in words what it shows. Needs `drawing()` around.

Every chart is as wide as a telephone, so that nothing in it shrinks there; names of categories stand beside their bars.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from weval.metrics import FloatArray
from weval.report.svg import FAINT, FILL, FONT_SIZE, HEIGHT, INK, OTHER, PAPER, SOFT, WIDTH, blank, inline, placeholder

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

MAX_DOTS = 1500
"""Of a scatter; more are counted in hexagons, or the page would grow with the task."""

ROW, AXIS, LEGEND = 19.0, 50.0, 28.0
"""Points for each row of a chart with names, for the axis below them, and for a legend above them or ticks below."""

_MULTIPLES = (1, 0.5, 2, 0.1, 10, 0.01, 100, 0.25, 4, 0.7, 1.5, 0.8, 1.25, 0.9, 1.1)
"""The roundest first."""


class Mark(NamedTuple):
    """A value, its interval where it has one, and what it is of."""

    name: str
    value: float
    ci: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """The interval, or the value twice."""
        return self.ci or (self.value, self.value)


class Span(NamedTuple):
    """A figure under the tie rules, and as the released script has it."""

    name: str
    adverse: float
    expected: float
    favourable: float
    released: float | None


def score_by_kept(marks: Sequence[Mark], label: str) -> Markup:
    """The mean score of candidates that kept so many requirements, over the item's mean."""
    figure, axes = blank(left=62)
    _columns(axes, marks, reference=0.0)
    axes.set_xlabel("requirements kept")
    axes.set_ylabel("score − item's mean")
    return inline(figure, "score-by-kept", label)


def accuracy_by_gap(marks: Sequence[Mark], label: str) -> Markup:
    """Accuracy on pairs, by how many requirements they are apart; 0.5 is chance."""
    figure, axes = blank(left=62)
    _columns(axes, marks, reference=0.5)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("requirements apart")
    axes.set_ylabel("pairs in gold order")
    return inline(figure, "accuracy-by-gap", label)


def requirement_effects(marks: Sequence[Mark], label: str) -> Markup:
    """What one more kept requirement of each type does to the log-odds of standing above."""
    figure, axes = blank(AXIS + 2 * ROW * len(marks), left=62)
    _rows(axes, marks, FILL)
    _names(axes, [mark.name for mark in marks])
    axes.set_xlabel("effect on the log-odds")
    return inline(figure, "requirement-effects", label)


def by_category(
    marks: Sequence[Mark], overall: float, label: str, *, figure_label: str = "correlation", name: str = "by-category"
) -> Markup:
    """A figure in each category, in the order given, with that of all items as a line; `name` keeps charts apart."""
    figure, axes = blank(AXIS + ROW * len(marks), left=168)
    _rows(axes, marks, FILL)
    _names(axes, [placeholder(index) for index in range(len(marks))])
    axes.axvline(overall, color=OTHER, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_xlabel(f"{figure_label} (dashed: all items)")
    return inline(figure, name, label, [mark.name for mark in marks])


def differences(marks: Sequence[Mark], name: str, label: str) -> Markup:
    """Differences of two runs with their intervals, one below the other; `name` keeps charts of a page apart."""
    figure, axes = blank(AXIS + ROW * len(marks), left=168)
    _rows(axes, marks, FILL)
    _names(axes, [placeholder(index) for index in range(len(marks))])
    axes.set_xlabel("difference")
    return inline(figure, name, label, [mark.name for mark in marks])


def faults(marks: Sequence[Mark], label: str) -> Markup:
    """What a judge without fault has at 0, one below the other."""
    figure, axes = blank(AXIS + ROW * len(marks), left=102)
    _rows(axes, marks, FILL)
    _names(axes, [mark.name for mark in marks])
    axes.set_xlabel("share, or above chance")
    return inline(figure, "health", label)


def reading_and_probes(figures: Mapping[str, Sequence[Mark]], names: Sequence[str], label: str) -> Markup:
    """One or two figures, each with a mark for the run as asked and for each of its probes; `names` orders these."""
    figure, axes = blank(2 * LEGEND + 2 * ROW * len(names), left=102, bottom=LEGEND, top=LEGEND)
    for index, (text, marks) in enumerate(figures.items()):
        shift = 0.14 * (2 * index - len(figures) + 1)
        at = [names.index(mark.name) + shift for mark in marks]
        _rows(axes, marks, (FILL, OTHER)[index], at=at, hollow=index > 0, text=text)
    _names(axes, names)
    axes.set_xlim(-1.05, 1.05)
    _legend(axes)
    return inline(figure, "reading", label)


def tie_rules(spans: Sequence[Span], label: str) -> Markup:
    """From ties against gold to ties in its favour, with the expectation, and what the released script says."""
    figure, axes = blank(2 * LEGEND + 2 * ROW * len(spans), left=76, bottom=LEGEND, top=LEGEND)
    for index, span in enumerate(spans):
        axes.plot([span.adverse, span.favourable], [index, index], color=FILL, linewidth=6, alpha=0.35)
    at = range(len(spans))
    axes.plot([span.expected for span in spans], at, "o", color=FILL, markersize=6, label="expectation")
    released = [(span.released, index) for index, span in enumerate(spans) if span.released is not None]
    if released:
        axes.plot(*zip(*released, strict=True), "D", color=OTHER, markersize=7, fillstyle="none", label="released")
    _names(axes, [span.name for span in spans])
    axes.set_xlim(min(-0.04, *(span.adverse - 0.05 for span in spans)), 1.05)
    _legend(axes)
    return inline(figure, "tie-rules", label)


def length_scatter(lengths: FloatArray, scores: FloatArray, trend: Sequence[tuple[float, float]], label: str) -> Markup:
    """A dot for every candidate, hexagons for very many: its length against its score, both relative to its item.

    `lengths` are doublings of the item's mean, `scores` in standard deviations; `trend` joins the means of parts.
    """
    figure, axes = blank(left=50)
    _dots(axes, lengths, scores)
    if len(trend) > 1:
        axes.plot(*zip(*trend, strict=True), "-o", color=OTHER, linewidth=1.8, markersize=5)
    axes.axhline(0, color=SOFT, linewidth=1)
    ticks = _multiples(float(lengths.min()), float(lengths.max()))
    axes.set_xticks([math.log2(tick) for tick in ticks], [f"×{tick:g}" for tick in ticks])
    axes.set_xlabel("length, of the item's mean length")
    axes.set_ylabel("score (standardised)")
    return inline(figure, "length", label)


def asked_and_written(asked: FloatArray, written: FloatArray, beyond: Sequence[float], label: str) -> Markup:
    """A dot for every text: the words asked for against the words written, both as powers of ten.

    `beyond` are multiples of what was asked for at which a dotted line is drawn, beside the dashed one of ×1.
    """
    figure, axes = blank(WIDTH * 0.8, left=62)
    x, y = np.log10(asked), np.log10(written)
    _dots(axes, x, y, size=4.6)
    ends = np.array([x.min() - 0.1, x.max() + 0.1])
    axes.plot(ends, ends, color=OTHER, linewidth=1.2, linestyle=(0, (4, 3)))
    for multiple in beyond:
        axes.plot(ends, ends + math.log10(multiple), color=SOFT, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_xlim(*ends)
    low, high = min(y.min(), x.min()) - 0.1, max(y.max(), x.max()) + 0.1
    axes.set_ylim(low, high)
    for set_ticks, (start, end) in ((axes.set_xticks, ends), (axes.set_yticks, (low, high))):
        ticks = _powers(float(start), float(end))
        set_ticks([math.log10(tick) for tick in ticks], [f"{tick:,}" for tick in ticks])
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_xlabel("words asked for")
    axes.set_ylabel("words written")
    return inline(figure, "lengths", label)


def best_of_n(
    marks: Sequence[Mark], ceiling: Sequence[float], others: Sequence[Mark], label: str, name: str, figure_label: str
) -> Markup:
    """A figure of the best of n for each n, with the judge's own choice (dotted), if any; and the figures of others,
    each a dashed line in a band of its interval, under its name. `name` keeps charts of a page apart.
    """
    figure, axes = blank(HEIGHT + ROW * len(others), left=62, top=10.0 + ROW * len(others))
    at = range(len(marks))
    for index, other in enumerate(others):
        axes.axhspan(*other.ends, color=OTHER, alpha=0.12, linewidth=0)
        axes.axhline(other.value, color=OTHER, linewidth=1.2, linestyle=(0, (4 + 3 * index, 3)))
        height = 1.04 + 0.09 * (len(others) - 1 - index)
        axes.plot([0, 0.12], [height - 0.015] * 2, color=OTHER, linewidth=1.2, linestyle=(0, (4 + 3 * index, 3)),
                  transform=axes.transAxes, clip_on=False)  # fmt: skip
        axes.text(0.15, height, placeholder(index), transform=axes.transAxes, va="center")
    axes.plot(at[: len(ceiling)], ceiling, color=SOFT, linewidth=1.2, linestyle=(0, (1, 2)))
    axes.vlines(at, *zip(*(mark.ends for mark in marks), strict=True), color=FILL, linewidth=2)
    axes.plot(at, [mark.value for mark in marks], "-o", color=FILL, linewidth=1.2, markersize=6)
    axes.set_xticks(at, [mark.name for mark in marks])
    axes.set_xlim(-0.5, len(marks) - 0.5)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_xlabel("n, of which the best is taken")
    axes.set_ylabel(figure_label)
    return inline(figure, name, label, [other.name for other in others])


def _powers(low: float, high: float) -> list[int]:
    """Powers of ten between two powers, with thrice each where there are few of them."""
    exponents = range(math.floor(low), math.ceil(high) + 1)
    steps = (1, 3) if high - low < 3.5 else (1,)
    found = [step * 10**exponent for exponent in exponents if exponent >= 0 for step in steps]
    return [tick for tick in found if low <= math.log10(tick) <= high]


def _dots(axes: Axes, x: FloatArray, y: FloatArray, size: float = 3.2) -> None:
    """A dot for each, or hexagons of very many."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    if len(x) > MAX_DOTS:
        faint, full = to_rgba(FILL, 0.1), to_rgba(FILL, 0.8)
        shades = LinearSegmentedColormap.from_list("fill", [faint, full], N=12)
        axes.hexbin(x, y, gridsize=(28, 13), bins="log", mincnt=1, cmap=shades, linewidths=0.2)
    else:
        axes.plot(x, y, "o", color=FILL, markersize=size, alpha=0.4, markeredgewidth=0)


def _multiples(low: float, high: float) -> list[float]:
    """Round multiples within so many doublings, none too near to a rounder one."""
    apart = max(high - low, 0.1) / 7
    chosen: list[float] = []
    for tick in _MULTIPLES:
        at = math.log2(tick)
        if min(low, 0) <= at <= max(high, 0) and all(abs(at - math.log2(other)) >= apart for other in chosen):
            chosen.append(tick)
    return sorted(chosen)


def _columns(axes: Axes, marks: Sequence[Mark], *, reference: float) -> None:
    """Values with their intervals side by side, joined by a thin line; too many names are thinned out."""
    at = range(len(marks))
    axes.axhline(reference, color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
    axes.vlines(at, *zip(*(mark.ends for mark in marks), strict=True), color=FILL, linewidth=2)
    axes.plot(at, [mark.value for mark in marks], "-o", color=FILL, linewidth=0.8, markersize=6)
    step = -(-len(marks) // 12)
    axes.set_xticks(at[::step], [mark.name for mark in marks[::step]])
    axes.set_xlim(-0.5, len(marks) - 0.5)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


def _rows(
    axes: Axes, marks: Sequence[Mark], colour: str, *, at: Sequence[float] = (), hollow: bool = False, text: str = ""
) -> None:
    """Values with their intervals, one below the other."""
    rows = at or range(len(marks))
    axes.hlines(rows, *zip(*(mark.ends for mark in marks), strict=True), color=colour, linewidth=2)
    fill = PAPER if hollow else colour
    values = [mark.value for mark in marks]
    axes.plot(values, rows, "o", color=colour, markersize=6, markerfacecolor=fill, label=text)


def _names(axes: Axes, names: Sequence[str]) -> None:
    """Names beside the rows, the first on top, and a line at 0."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=SOFT, linewidth=1)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=FONT_SIZE, labelcolor=INK,
        borderaxespad=0, handletextpad=0.4,
    )  # fmt: skip
