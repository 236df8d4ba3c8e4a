"""Tables that fit a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table

from weval.report.wording import (
    DASH,
    LABELS,
    LENGTH_BIAS,
    RELEASED_WHY,
    counts,
    heading,
    interval,
    number,
    remarks,
    value_of,
)
from weval.results import Estimate, PairEstimate, Result
from weval.run import Volume

WIDTH = 80


def result_text(result: Result) -> str:
    """The headline of one run: figures, intervals, the released script's figures beside them."""
    rows = [
        (
            label,
            value_of(result.metrics.get(name)),
            interval(estimate.ci if (estimate := result.metrics.get(name)) else None),
            str(estimate.n) if estimate else DASH,
            number((result.released or {}).get(name)),
            number(result.pessimistic.get(name)) if result.n_missing else "",
        )
        for name, label in LABELS.items()
    ]
    table = _table(["", "value", "95 % interval", "items", "released", "pessimistic" if result.n_missing else ""], rows)
    notes = [*(f"note: {text}" for text in remarks(result)), RELEASED_WHY]
    return "\n".join([_wrapped(heading(result)), _wrapped(counts(result)), "", table, "", *map(_wrapped, notes)])


def details_text(result: Result) -> str:
    """One run in full: the headline, then every breakdown."""
    parts = [result_text(result)]
    for title, groups in (("by category", result.by.category), ("by language", result.by.language)):
        if groups:
            parts += ["", _parts_table(title, groups)]
    for title, pairs in (
        ("accuracy on pairs, by how many requirements apart", result.by.dropped),
        ("accuracy on pairs, by the type of what was dropped", result.by.requirement_type),
    ):
        if pairs:
            parts += ["", _pairs_table(title, pairs)]
    bias = result.diagnosis.length_bias
    if bias:
        parts += ["", _wrapped(f"length bias {value_of(bias)} ({interval(bias.ci)}): {LENGTH_BIAS}")]
    return "\n".join(parts)


def comparison_text(results: Sequence[Result]) -> str:
    """Several runs in one table, best correlation first."""
    ordered = sorted(results, key=lambda r: -(r.metrics["correlation"] or _NOTHING).value)
    tasks = {result.task.name for result in results}
    rows = [
        (
            result.model.name if len(tasks) == 1 else f"{result.model.name} ({result.task.name})",
            value_of(result.metrics["correlation"]),
            interval(found.ci if (found := result.metrics["correlation"]) else None),
            value_of(result.metrics["il"]),
            value_of(result.metrics["pl"]),
            value_of(result.metrics["reading"]),
            number((result.released or {}).get("correlation")),
            f"{result.n_scored}/{result.n_items}",
        )
        for result in ordered
    ]
    table = _table(["model", "corr.", "95 % interval", "IL", "PL", "reading", "released", "scored"], rows)
    title = f"{', '.join(sorted(tasks))}" if len(tasks) == 1 else f"{len(tasks)} tasks"
    return "\n".join([title, "", table, "", _wrapped(RELEASED_WHY)])


def volume_text(volume: Volume) -> str:
    """What --estimate found."""
    return (
        f"{volume.items:,} items, {volume.requests:,} requests, {volume.characters:,} characters "
        f"(about {volume.characters // 4:,} tokens of English) to be read"
    )


_NOTHING = Estimate(value=-2.0, ci=None, n=0)  # below every correlation


def _parts_table(title: str, groups: Mapping[str, Mapping[str, Estimate | None]]) -> str:
    rows = [
        (
            name,
            value_of(found.get("correlation")),
            interval(estimate.ci if (estimate := found.get("correlation")) else None),
            value_of(found.get("il")),
            value_of(found.get("pl")),
            value_of(found.get("reading")),
            str(estimate.n if estimate else 0),
        )
        for name, found in groups.items()
    ]
    return _table([title, "corr.", "95 % interval", "IL", "PL", "reading", "items"], rows)


def _pairs_table(title: str, groups: Mapping[str, PairEstimate]) -> str:
    rows = [(name, value_of(found), interval(found.ci), f"{found.n_pairs:,}") for name, found in groups.items()]
    return title + "\n" + _table(["", "accuracy", "95 % interval", "pairs"], rows)


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table without frames; what is too long in the first column is cut with an ellipsis."""
    shown = [index for index, header in enumerate(headers) if header or index == 0]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="", show_edge=False)
    for index in shown:
        table.add_column(headers[index], justify="right" if index else "left", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(row[index] for index in shown))
    buffer = StringIO()
    # Markup off: a model's or a category's name is text.
    Console(file=buffer, width=WIDTH, markup=False, highlight=False, emoji=False, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n"))


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)
