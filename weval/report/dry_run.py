"""`weval train --dry-run` in a terminal: what differs from the source first, then what it would take."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from weval.errors import visible
from weval.report.tables import WIDTH
from weval.training.dryrun import DryRun, Row
from weval.training.estimate import Estimate
from weval.wording import DASH, counted

FRAMEWORKS = {"trl": "TRL", "verl": "veRL"}


def dry_run_text(found: DryRun) -> str:
    """Everything of a dry run, in 80 columns. Nothing that differs is left out; what is not set is."""
    parts = [_lines(f"{found.recipe}, profile {found.profile}: {found.title}")]
    for title, standing in (("other than published", "differs"), ("the source is silent", "silent")):
        rows = [row for row in found.rows if row.standing == standing]
        parts.append("\n".join([f"{title}: {counted(len(rows), 'setting')}", *map(_block, rows)]))
    parts.append(_differences(found))
    for title, standing in (("as published", "same"), ("not in the source", "ours")):
        shown = [(row.field, row.this_run) for row in found.rows if row.standing == standing and row.this_run != DASH]
        if shown:
            parts.append("\n".join([f"{title}: {counted(len(shown), 'setting')}", *_aligned(shown)]))
    return "\n\n".join([*parts, _taken(found.estimate), "\n".join(_machine(found))])


def _block(row: Row) -> str:
    lines = [_lines(f"{row.field}: {row.this_run}", 2)]
    if row.published is not None:
        lines.append(_lines(f"published: {row.published}", 4))
    return "\n".join([*lines, _lines(f"source: {row.source}", 4)])


def _differences(found: DryRun) -> str:
    name = FRAMEWORKS[found.target]
    lines = [f"what {name} does otherwise than these settings: {counted(len(found.differences), 'thing')}"]
    for one in found.differences:
        lines += [_lines(f"{one.field}: {one.wanted} → {one.gets} (changes {one.changes})", 2), _lines(one.why, 4)]
    return "\n".join(lines)


def _taken(found: Estimate) -> str:
    lines = ["about what it takes"]
    if found.parameters is not None and found.trained is not None:
        lines.append(f"  {_count(found.parameters)} parameters, {_count(found.trained)} of them trained")
    if found.memory:
        rows = [(share.name, f"{share.gb:.3g} GB  {share.why}") for share in found.memory]
        rows.append(("in all", f"{found.memory_gb or 0:.3g} GB  at the most, beside what libraries take"))
        if found.rollout_gb is not None and found.writing_gb is not None:
            rows.append(
                (
                    "while writing",
                    f"{found.writing_gb:.3g} GB  {found.rollout_gb:.3g} of them vLLM's, beside what stays",
                )
            )
        each = "the device" if found.devices == 1 else f"each of {found.devices:,} devices"
        lines += [f"  on {each}:", *_aligned(rows, 4)]
    lines += _effort(found)
    return "\n".join([*lines, *(_lines(f"note: {note}", 2) for note in found.notes)])


def _effort(found: Estimate) -> Iterator[str]:
    said = [
        f"{found.steps:,} steps" if found.steps is not None else "",
        f"{found.texts:,} texts" if found.texts is not None else "",
        f"{_count(found.tokens)} tokens" if found.tokens is not None else "",
        f"{found.flops:.1e} operations" if found.flops is not None else "",
    ]
    if any(said):
        yield _lines(", ".join(filter(None, said)), 2)
    if found.hours is not None and found.hours_most is not None:
        cost = "" if found.usd is None else f", {found.usd:,.0f} USD"
        yield _lines(f"{_hours(found.hours)}{cost}; with texts as long as may be {_hours(found.hours_most)}", 2)


def _machine(found: DryRun) -> Iterator[str]:
    yield _lines(f"wants {found.wanted} (accelerate: {found.launcher}); here: {found.here}")
    if found.refused is not None:
        yield _lines(f"would not begin: {found.refused}", 2)
    for lack in found.lacks:
        yield _lines(f"lacks {lack}", 2)


def _aligned(rows: Sequence[tuple[str, str]], by: int = 2) -> Iterator[str]:
    """Names, and beside them what belongs to each."""
    width = max(len(name) for name, _ in rows)
    for name, said in rows:
        yield _lines(f"{name.ljust(width)}  {said}", by, by + width + 2)


def _lines(text: str, by: int = 0, then: int | None = None) -> str:
    """One paragraph, set in; what follows its first line is set in further."""
    first, others = " " * by, " " * (by + 2 if then is None else then)
    return textwrap.fill(
        visible(text), WIDTH, initial_indent=first, subsequent_indent=others if by or then else "",
        break_on_hyphens=False, drop_whitespace=True,
    )  # fmt: skip


def _hours(hours: float) -> str:
    """
    >>> _hours(0.02), _hours(15.2), _hours(238.4)
    ('1 minute', '15 hours', '238 hours')
    """
    if hours < 1:
        return counted(max(1, round(60 * hours)), "minute")
    return counted(round(hours), "hour")


def _count(n: int | None) -> str:
    """
    >>> _count(7_615_616_512), _count(22_713_216), _count(1_500), _count(None)
    ('7.62 B', '22.7 M', '1,500', '–')
    """
    if n is None:
        return DASH
    for size, unit in ((1e9, "B"), (1e6, "M")):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{n:,}"
