"""What a run of a benchmark would ask and cost, for a terminal."""

from __future__ import annotations

from weval.bench.estimate import BenchEstimate
from weval.report.tables import table, wrapped
from weval.report.wording import usd_text
from weval.wording import counted


def bench_estimate_text(found: BenchEstimate) -> str:
    """A line per step that asks a model, and the sum of what is known."""
    if not found.lines:
        return "nothing is asked of a model"
    headers = ("who", "step", "calls", "at most", "tokens in", "tokens out", "USD")
    rows = [
        (
            line.model,
            line.step,
            f"{line.calls:,}",
            f"{line.at_most:,}",
            f"{line.tokens_in:,}",
            f"{line.tokens_out:,}",
            usd_text(line.usd),
        )
        for line in found.lines
    ]
    total = "" if found.usd is None else f"about {usd_text(found.usd)} USD "
    said = f"{total}for {counted(found.items, 'item')}; calls again, for replies that cannot be read, come on top"
    unknown = sum(line.usd is None for line in found.lines)
    notes = [f"{unknown} of {counted(len(found.lines), 'step')}: no price is known, or it is not paid by tokens"]
    return "\n\n".join([table(headers, rows), wrapped(said), *map(wrapped, notes if unknown else [])])
