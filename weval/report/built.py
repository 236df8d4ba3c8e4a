"""A build in a terminal: what each step came to, and what it would cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from weval.build.estimate import Estimate
from weval.build.perform import Done
from weval.report.tables import table, wrapped
from weval.report.wording import usd_text
from weval.wording import counted


def built_text(done: Iterable[Done]) -> str:
    """A line per step: rows, left out, paid; then why things were left out, and where the last file lies."""
    done = list(done)
    parts = [table(("step", "rows", "left out", "replies", "USD", "state"), [_row(one) for one in done])]
    for one in done:
        if one.record.left_out:
            said = ", ".join(f"{n:,} {reason.replace('_', ' ')}" for reason, n in one.record.left_out.items())
            parts.append(wrapped(f"{one.record.step} left out: {said}"))
    return "\n\n".join([*parts, str(done[-1].file)])


def _row(done: Done) -> tuple[str, ...]:
    record = done.record
    edited = record.files.keys() & set(done.by_hand)
    return (
        record.step,
        "–" if done.file.name in edited else f"{record.n_rows:,}",
        f"{sum(record.left_out.values()):,}",
        f"{record.spent.replies:,}" if record.spent.replies else "–",
        usd_text(record.spent.cost_usd),
        "made" if done.is_new else "edited" if edited else "here",
    )


def estimate_text(found: Estimate) -> str:
    """A line per role that is asked, the sum of what is known, and what need not be asked any more."""
    rows = [
        (
            f"{line.step}: {line.role}",
            f"{line.calls:,}",
            f"{line.tokens_in:,}",
            f"{line.tokens_out:,}",
            usd_text(line.usd),
        )
        for line in found.lines
    ]
    shown = [table(("who", "calls", "tokens in", "tokens out", "USD"), rows)] if rows else []
    return "\n\n".join([*shown, *map(wrapped, _said(found))])


def _said(found: Estimate) -> Iterator[str]:
    if not found.lines:
        yield "nothing is asked of a model"
    else:
        total = "" if found.usd is None else f"about {usd_text(found.usd)} USD "
        yield f"{total}for {counted(found.items, 'item')}; attempts after bad replies come on top"
    unnamed = sum(line.model is None for line in found.lines)
    unknown = sum(line.usd is None for line in found.lines) - unnamed
    if unknown:
        yield f"{unknown} of {counted(len(found.lines), 'role')}: no price is known, or it is not paid by tokens"
    if unnamed:
        yield f"{unnamed} of {counted(len(found.lines), 'role')}: no model is named yet, or one that writes no text"
    if found.kept:
        yield f"replies kept already: {found.kept:,}; what they answer is neither asked nor paid again"
    if found.made:
        yield f"made already, and not counted here: {', '.join(found.made)}"
