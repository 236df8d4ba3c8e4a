"""What replies cost, added up as they come."""

from __future__ import annotations

import math

from weval.results import Cost
from weval.types import Reply, Score


class Costs:
    """Adds up. The sums do not depend on the order of the replies; what nobody told is null."""

    def __init__(self) -> None:
        self._n = 0
        self._known: dict[str, list[float]] = {}

    def add(self, one: Reply | Score) -> None:
        """One more."""
        self._n += 1
        for name in ("tokens_in", "tokens_out", "cost_usd", "seconds"):
            if (amount := getattr(one, name)) is not None:
                self._known.setdefault(name, []).append(amount)

    @property
    def cost(self) -> Cost:
        """The sums so far."""
        sums = {name: math.fsum(amounts) for name, amounts in self._known.items()}
        tokens = {name: int(sums[name]) if name in sums else None for name in ("tokens_in", "tokens_out")}
        return Cost(requests=self._n, usd=sums.get("cost_usd"), seconds=sums.get("seconds"), **tokens)
