"""What became of queries, criteria and preferences, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from weval.bench.construction.preferences import KindResult, PreferencesResult
from weval.bench.construction.records import Made
from weval.report.tables import table, wrapped
from weval.wording import counted, interval_of, number, value_of

SHOWN = 5
"""So many of those that were left out are named."""


def made_text(made: Made) -> str:
    """How many rows of how many, what the replies came to, and what was left out and why."""
    said = [f"{made.file}: {made.n_rows:,} of {made.n_asked:,}"]
    said += [f"{n:,} duplicates after {step}" for step, n in made.duplicates.items()]
    replies = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in made.replies.items())
    usd = "" if made.cost.usd is None else f"; {made.cost.usd:,.2f} USD"
    parts = [wrapped("; ".join(said)), wrapped(f"replies: {replies or 'none'}{usd}")]
    parts += [
        wrapped(f"left out: {one.id}: {one.reason}{f' ({one.detail})' if one.detail else ''}")
        for one in made.left_out[:SHOWN]
    ]
    if len(made.left_out) > SHOWN:
        parts.append(f"and {len(made.left_out) - SHOWN:,} more (--json names all)")
    return "\n".join(parts)


def preferences_text(found: PreferencesResult) -> str:
    """Agreement by each kind of criteria, and how far the kinds are apart."""
    queries = "query" if found.n_items == 1 else "queries"
    of_whom = f"{counted(found.n_judgements, 'judgement')} of people on {found.n_items:,} {queries}"
    head = f"{found.judge.name}: {of_whom}"
    rows = [_row(kind, one) for kind, one in found.kinds.items()]
    parts = [
        wrapped(head),
        table(("criteria", "agreement", "95 % interval", "three-way", "judged", "ties", "missing"), rows),
        *_notes(found),
    ]
    if found.apart:
        apart = [
            (
                f"{one.first} − {one.second}",
                number(one.difference),
                number(one.p),
                number(one.p_adjusted),
                f"{one.n_items:,}",
            )
            for one in found.apart
        ]
        parts.append(table(("criteria", "difference", "p", "p holm", "queries"), apart))
    return "\n\n".join(parts)


def _row(kind: str, one: KindResult) -> tuple[str, ...]:
    figures = one.agreement
    return (
        kind,
        value_of(figures.value),
        interval_of(figures.value),
        value_of(figures.three_way),
        f"{figures.value.n_pairs:,}" if figures.value else "0",
        f"{figures.n_scored_ties:,}",
        f"{figures.n_missing:,}",
    )


def _notes(found: PreferencesResult) -> Iterator[str]:
    first = next(iter(found.kinds.values()), None)
    ties = first.agreement.n_human_ties if first else 0
    said = "agreement: the share of judgements, no ties among them, where the preferred response has the higher score; "
    said += f"equal scores count half. People called {counted(ties, 'tie')}: these count in three-way only."
    yield wrapped(said)
    reasons = [f"{kind}: {status}: {why}" for kind, one in found.kinds.items() for status, why in one.reasons.items()]
    if reasons:
        yield "\n".join(map(wrapped, reasons[:SHOWN]))
