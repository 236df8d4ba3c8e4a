"""What the answers of a run cost, and why some are missing: of the answers that stand, not of those replaced."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from weval.results import Cost
from weval.store import ScoreRow
from weval.types import Status

AMOUNTS = ("tokens_in", "tokens_out", "cost_usd", "seconds")
MANY = 100_000
"""So many amounts are added up when they are there: of millions of answers all would be hundreds of MB."""

Amounts = tuple[float | None, ...]


def cost_of(requests: int, known: Mapping[str, Sequence[float]]) -> Cost:
    """The sums of what is known of so many answers, by AMOUNTS: exact, whatever their order; null where nothing is.

    >>> cost_of(2, dict.fromkeys(AMOUNTS, ()) | {"tokens_in": [3.0, 4.0]}).tokens_in
    7
    """
    sums = {name: math.fsum(values) if values else None for name, values in known.items()}
    tokens = {name: None if (n := sums[name]) is None else int(n) for name in ("tokens_in", "tokens_out")}
    return Cost(requests=requests, usd=sums["cost_usd"], seconds=sums["seconds"], **tokens)


@dataclass(frozen=True, slots=True)
class _Open:
    """An answer without values. It stands unless the question is asked again."""

    status: Status
    item: str
    reason: str
    amounts: Amounts


def folded(values: Sequence[float]) -> array[float]:
    """A few numbers that have exactly the same sum.

    >>> list(folded([1e16, 1.0, 1.0, -1e16, 0.5]))
    [2.5]
    """
    found = array("d")
    while rest := math.fsum(chain(values, (-one for one in found))):
        found.append(rest)
    return found or array("d", [0.0])  # which is known, too


class Tally:
    """Adds up rows as they come. The sums are exact, so that the order of the answers does not show."""

    def __init__(self) -> None:
        self._requests = 0
        self._known = {name: array("d") for name in AMOUNTS}
        self._open: dict[tuple[int, ...], _Open] = {}

    def add(self, place: tuple[int, ...], row: ScoreRow) -> None:
        """Takes the row that answers the question at a place (position in the task, then cell)."""
        self._open.pop(place, None)
        amounts: Amounts = (row.tokens_in, row.tokens_out, row.cost_usd, row.seconds)
        if row.status in ("ok", "not_applicable"):
            self._count(amounts)
        else:
            # Thousands of answers may fail for one reason.
            self._open[place] = _Open(row.status, sys.intern(row.item), sys.intern(row.reason or ""), amounts)

    def add_all(self, places: Sequence[tuple[int, ...]], rows: Sequence[ScoreRow]) -> None:
        """Takes the rows that answer the questions at these places, each a place of its own."""
        final = [row for row in rows if row.status in ("ok", "not_applicable")]
        self._requests += len(final)
        for name in AMOUNTS:
            self._known[name].extend(amount for row in final if (amount := getattr(row, name)) is not None)
        if len(final) < len(rows):
            for place, row in zip(places, rows, strict=True):
                if row.status not in ("ok", "not_applicable"):
                    self.add(place, row)

    def reasons(self) -> dict[str, str]:
        """An example for each status without values: that of the first question in task order."""
        found: dict[str, str] = {}
        for place in sorted(self._open):
            answer = self._open[place]
            found.setdefault(answer.status, f"{answer.item}: {answer.reason}")
        return found

    def cost(self) -> Cost:
        """The sums of what is known. To be asked once, at the end."""
        for answer in self._open.values():
            self._count(answer.amounts)
        return cost_of(self._requests, self._known)

    def _count(self, amounts: Amounts) -> None:
        self._requests += 1
        for name, value in zip(AMOUNTS, amounts, strict=True):
            if value is not None:
                self._known[name].append(value)
                if len(self._known[name]) >= MANY:
                    self._known[name] = folded(self._known[name])
