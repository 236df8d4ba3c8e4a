"""The items on which a writer did worst and best, with what was asked, written and judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from weval.bench.finish import BenchOutcome
from weval.bench.items import BenchItem, Row, Step
from weval.bench.replies import ReplyRow
from weval.bench.run import opened
from weval.bench.told import Told, written
from weval.report.beside import ID_BYTES, score_text
from weval.report.excerpts import Excerpt, excerpt
from weval.wording import number

N_SHOWN = 5
"""Of the worst and of the best."""

MAX_PARTS, MAX_MARKS, PROMPT_BYTES, WRITTEN_BYTES, JUDGED_BYTES = 8, 12, 5_000, 24_000, 8_000
"""Of one item: replies of a step, figures, and bytes of HTML of its prompt, of all of its texts and of all verdicts."""


class Said(NamedTuple):
    """One reply: of which step and part, and its beginning."""

    label: str
    text: Excerpt


@dataclass(frozen=True, slots=True)
class ShownItem:
    """All that a page shows of an item. `cut` says what it does not show."""

    id: str
    note: str
    groups: str
    prompt: Excerpt
    marks: str
    why: Excerpt | None
    said: tuple[Said, ...]
    cut: str


@dataclass(frozen=True, slots=True)
class Extremes:
    """The items with the worst headline, worst first, and those with the best, best first; none is in both."""

    worst: Sequence[ShownItem]
    best: Sequence[ShownItem]


class Lost(NamedTuple):
    """An item without the headline, and why."""

    id: str
    why: str


def extremes(outcome: BenchOutcome) -> Extremes:
    """The items at both ends. Equal ones stand in the order of the benchmark."""
    headline = outcome.result.headline
    values = {at: value for at, row in enumerate(outcome.rows) if (value := mark_of(row, headline)) is not None}
    sign = 1 if outcome.result.stamps[headline].higher else -1
    n = min(N_SHOWN, len(values) // 2) or len(values)
    worst = sorted(values, key=lambda at: sign * values[at])[:n]
    best = sorted(values.keys() - worst, key=lambda at: (-sign * values[at], at))[:n]
    steps = outcome.benchmark.steps(outcome.benchmark.options)
    with opened(outcome.folder, outcome.benchmark, steps, only_reads=True) as (_, told):
        found = {at: _shown(outcome, at, steps, told) for at in (*worst, *best)}
    return Extremes([found[at] for at in worst], [found[at] for at in best])


def lost_items(outcome: BenchOutcome) -> list[Lost]:
    """The items that have no headline though they should, in order."""
    headline = outcome.result.headline
    return [
        Lost(excerpt(row.item, ID_BYTES).text, excerpt(row.why or "", 2 * ID_BYTES).text)
        for row in outcome.rows
        if row.shares.get(headline, ()) is None
    ]


def mark_of(row: Row, figure: str) -> float | None:
    """What an item says of a figure; None where it is missing, does not apply or weighs nothing.

    >>> mark_of(Row("q", {"quality": (6.0, 2.0)}), "quality")
    3.0
    """
    share = row.shares.get(figure)
    return share[0] / share[1] if share and share[1] else None


def _shown(outcome: BenchOutcome, at: int, steps: Sequence[Step], told: Told) -> ShownItem:
    item, row, figures = outcome.items[at], outcome.rows[at], outcome.benchmark.figures
    marks = [(figure, value) for figure in figures if (value := mark_of(row, figure.name)) is not None]
    said, more = [], 0
    for step in steps:
        parts = _parts(outcome, step, item, told)
        said += list(_said(step, item, parts[:MAX_PARTS], told))
        more += max(0, len(parts) - MAX_PARTS)
    return ShownItem(
        id=excerpt(item.id, ID_BYTES).text,
        note=", ".join(f"{figure.label} {number(value, figure.decimals)}" for figure, value in marks[:1]),
        groups=", ".join(f"{name} {label}" for name, label in _cut(item)),
        prompt=excerpt(item.prompt, PROMPT_BYTES),
        marks=", ".join(f"{figure.label} {number(value, figure.decimals)}" for figure, value in marks[1:MAX_MARKS]),
        why=excerpt(row.why, 2 * ID_BYTES) if row.why else None,
        said=tuple(said),
        cut=f"Not shown here: {more:,} more replies." if more else "",
    )


def _parts(outcome: BenchOutcome, step: Step, item: BenchItem, told: Told) -> list[str]:
    """The calls about an item that have replies, in the order in which they are asked."""
    if not told.has(step.name):
        return []
    asked = dict.fromkeys(outcome.benchmark.parts(step, item, told))
    have = told.parts(step.name, item.id)
    return [*(part for part in asked if part in have), *(part for part in have if part not in asked)]


def _cut(item: BenchItem) -> Iterator[tuple[str, str]]:
    for name, label in list(item.groups.items())[:MAX_PARTS]:
        yield excerpt(name, ID_BYTES).text, excerpt(label, ID_BYTES).text


def _said(step: Step, item: BenchItem, parts: Sequence[str], told: Told) -> Iterator[Said]:
    """The reply that counts to each call. Reasoning before a text is no part of it."""
    for part in parts:
        row = told.get(step.name, item.id, part)
        if row is None:
            continue
        limit = (WRITTEN_BYTES if step.role == "writer" else JUDGED_BYTES) // len(parts)
        label = step.role if len(parts) == 1 else f"{step.role} {excerpt(part, ID_BYTES).text}"
        status = "" if row.status == "ok" else f" ({row.status})"
        yield Said(label + status, excerpt(_words(step, row), limit))


def _words(step: Step, row: ReplyRow) -> str:
    if row.status != "ok" and not row.text:
        return row.reason or ""
    if step.role == "rater":
        return ", ".join(map(score_text, row.values))
    return written(row).text if step.role == "writer" else row.text
