"""What replies cost, added up as they come."""

from __future__ import annotations

from weval.results import Cost
from weval.tally import AMOUNTS, cost_of
from weval.types import Reply, Score


class Costs:
    """Adds up. The sums do not depend on the order of the replies; what nobody told is null."""

    def __init__(self) -> None:
        self._n = 0
        self._known: dict[str, list[float]] = {name: [] for name in AMOUNTS}

    def add(self, one: Reply | Score) -> None:
        """One more."""
        self._n += 1
        for name, amounts in self._known.items():
            if (amount := getattr(one, name)) is not None:
                amounts.append(amount)

    @property
    def cost(self) -> Cost:
        """The sums so far."""
        return cost_of(self._n, self._known)
