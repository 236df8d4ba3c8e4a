"""`weval reproduce --plan` in a terminal: rows and what they wait for, steps and what they take, and all remedies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from weval.report.tables import hanging, table, wrapped
from weval.reproduce.planning import Missing, Plan, PlannedCell, PlannedRow, PlannedStep, PlannedTable, Totals
from weval.wording import DASH, counted

MOST_STEPS = 6
"""So many steps are named that lack the same; of more, how many."""

MOST_NOTES = 8

ROOM = 20
"""Columns for what a step lacks."""

HEADINGS = {
    "fetch": "fetch: public files",
    "build": "build: data that was never released",
    "train": "train",
    "run": "run: who ranks the answers right",
    "bench": "bench: who writes well",
}


def planned_text(plan: Plan) -> str:
    """The plan in 80 columns. What is lacking has a number, by which rows and steps refer to it; remedies come last."""
    check = (
        ["This is a check of the machinery: its figures say nothing of the paper's models."] if plan.is_check else []
    )
    parts = [wrapped(f"{plan.title} (profile {plan.profile}, in {plan.folder})"), *map(wrapped, check)]
    parts += [_table(each) for each in plan.tables]
    parts += ["\n".join(_steps(plan.steps)), "\n".join(_totals(plan.totals))]
    if plan.missing:
        parts.append("\n".join(["what is missing", *_missing(plan.missing)]))
    if silent := [name.removesuffix(":443") for name, answers in plan.reached.items() if not answers]:
        parts.append(wrapped(f"asked for a second at most, and without an answer: {', '.join(silent)}"))
    if plan.notes:
        shown = [*plan.notes[:MOST_NOTES], *([f"{len(plan.notes) - MOST_NOTES} more in --json"] if _more(plan) else [])]
        parts.append(
            "\n".join(["what the estimates stand on", *(line for note in shown for line in hanging("- ", note))])
        )
    return "\n\n".join(parts)


def _more(plan: Plan) -> bool:
    return len(plan.notes) > MOST_NOTES


def _table(found: PlannedTable) -> str:
    return "\n".join(
        [*hanging("", f"{found.label}: {found.title}"), *(line for row in found.rows for line in _row(row))]
    )


def _row(row: PlannedRow) -> Iterator[str]:
    """A row and what its cells wait for: once where that is the same for all of them."""
    said = [(cell.label, _said(cell)) for cell in row.cells]
    if len({text for _, text in said}) == 1:
        yield from hanging("  ", f"{row.name}: {said[0][1]}")
        return
    yield from hanging("  ", row.name)
    for label, text in said:
        yield from hanging("    ", f"{label}: {text}")


def _said(cell: PlannedCell) -> str:
    if cell.state is None:
        return f"not run: {cell.why}"
    return f"needs {numbers(cell.waits_for)}" if cell.waits_for else cell.state


def _steps(steps: Sequence[PlannedStep]) -> Iterator[str]:
    """A table of the steps by what they do; a dash for what is not known or not needed."""
    groups = {does: [step for step in steps if step.does == does] for does in HEADINGS}
    rows = [(f"  {step.name}", *_takes(step)) for found in groups.values() for step in found]
    header, *lines = table(("step", "GPUs × GB", "GPU h", "requests", "USD", "lacks"), rows, keeps_start=True).split(
        "\n"
    )
    yield header
    for does, found in groups.items():
        if found:
            yield HEADINGS[does]
        yield from lines[: len(found)]
        del lines[: len(found)]


def _takes(step: PlannedStep) -> tuple[str, ...]:
    cost = step.cost
    if step.state == "done":
        return "", "", "", "", "done"
    dollars = [usd for usd in (cost.usd, cost.gpu_usd) if usd is not None]
    memory = "" if cost.memory_gb is None else f" × {math.ceil(cost.memory_gb)}"
    return (
        f"{cost.gpus}{memory}" if cost.gpus else DASH,
        DASH if cost.gpu_hours is None else _small(cost.gpu_hours, 1),
        f"{cost.requests:,}" if cost.requests else DASH,
        _small(math.fsum(dollars), 0) if dollars else DASH,
        _lacks(step) if step.lacks else "waits" if step.state == "blocked" else step.state,
    )


def _lacks(step: PlannedStep) -> str:
    """What a step lacks by its numbers; where these take too much room, how much that is."""
    said = numbers(step.lacks)
    return said if len(said) <= ROOM else counted(len(step.lacks), "thing")


def _small(value: float, decimals: int) -> str:
    """A number in so many decimals, and what would be nothing in these as less than their least.

    >>> _small(1234.5, 0), _small(0.02, 1)
    ('1,234', '<0.1')
    """
    least = 10**-decimals
    return f"<{least:g}" if 0 < value < least else f"{value:,.{decimals}f}"


def _totals(found: Totals) -> Iterator[str]:
    yield wrapped(
        f"{counted(found.steps, 'step')}: {found.done} done, {found.ready} ready, {found.blocked} that lack something, "
        "or wait for one that does"
    )
    taken = []
    if found.gpu_hours:
        hours, usd = _small(found.gpu_hours, 1), _small(found.gpu_usd, 0)
        taken.append(f"{hours} GPU hours ({usd} USD) on {found.gpus} at once at the most")
    if found.requests:
        taken.append(f"{found.requests:,} requests to models")
    if found.paid_requests:
        taken.append(f"{found.paid_requests:,} of them to APIs, for {_small(found.usd, 0)} USD")
    if taken:
        yield wrapped(f"about {', '.join(taken)}")
    if found.unknown:
        yield wrapped(f"not all that these take is known: {', '.join(found.unknown)}")


def _missing(found: Sequence[Missing]) -> Iterator[str]:
    width = len(f"{len(found)}")
    for number, one in enumerate(found, start=1):
        first = f"{number:>{width}}  "
        yield from hanging(first, one.what)
        if one.how:
            yield from hanging(" " * len(first), one.how)
        yield from hanging(" " * len(first), _lackers(one.steps))


def _lackers(steps: Sequence[str]) -> str:
    more = len(steps) - MOST_STEPS
    named = ", ".join(steps[:MOST_STEPS])
    return f"for {named} and {more} more" if more > 0 else f"for {named}"


def numbers(places: Iterable[int]) -> str:
    """Places in a list as numbers from 1 on, those that follow each other together.

    >>> numbers((0, 1, 2, 4)), numbers((3,))
    ('1–3, 5', '4')
    """
    runs = list[list[int]]()
    for place in sorted(places):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}–{run[-1] + 1}" for run in runs)
