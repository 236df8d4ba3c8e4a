"""What verify found, as step.json and the data card tell it. Shares are fractions, with their intervals over items."""

from __future__ import annotations

from weval.audit import Adherence, Share
from weval.types import Count, Record


class Looked(Record):
    """How far answers meet what they were written to, and what they were not, by one who says what is met.

    `model` is null for the mechanical checks. `n_missing` counts the questions that have no answer; `adherence` is null
    where there is none at all.
    """

    model: str | None
    n_answers: Count
    n_missing: Count
    adherence: Adherence | None


class Beside(Record):
    """Of so many answers beside the best of their item: the shares that read better, as well, and worse."""

    better: Share | None
    equal: Share | None
    worse: Share | None


class Read(Record):
    """Fluency and coherence of each answer beside the one that kept all, by a judge who saw both orders.

    An answer that is preferred in one order only reads as well as the other; `n_contradictory` counts those. Answers of
    which an order has no verdict are `n_missing`, and in no share.
    """

    model: str
    n_contradictory: Count
    n_missing: Count
    overall: Beside
    by_dropped: dict[str, Beside]


class Findings(Record):
    """All that was found about `n_items` items, before any was left out for it. Null: nobody looked."""

    n_items: Count
    checks: Looked | None = None
    judge: Looked | None = None
    reader: Read | None = None
