from __future__ import annotations

import math
import random
from itertools import permutations

import pytest

from weval.store import ScoreRow
from weval.tally import Tally, folded
from weval.types import Status


def row(item: str, status: Status = "ok", reason: str | None = None, **amounts: float) -> ScoreRow:
    values = (1.0,) if status == "ok" else ()
    return ScoreRow(id="r", item=item, candidates=("a1",), status=status, values=values, reason=reason, **amounts)


def test_amounts_are_summed_where_they_are_known() -> None:
    tally = Tally()
    tally.add((0, 0), row("i0", tokens_in=10, cost_usd=0.1))
    tally.add((0, 1), row("i0", tokens_in=5, cost_usd=0.2))
    tally.add((0, 2), row("i0", "refused", "no", tokens_in=1))
    cost = tally.cost()
    assert (cost.requests, cost.tokens_in, cost.tokens_out, cost.usd, cost.seconds) == (3, 16, None, 0.1 + 0.2, None)


def test_the_order_of_the_rows_does_not_show() -> None:
    rng = random.Random(0)
    rows = [((n, 0), row(f"i{n}", cost_usd=rng.random() * 10.0 ** rng.randint(-9, 9))) for n in range(6)]
    costs = set()
    for order in permutations(rows):
        tally = Tally()
        for place, found in order:
            tally.add(place, found)
        costs.add(tally.cost().usd)
    assert len(costs) == 1


def test_an_answer_that_was_asked_again_counts_once() -> None:
    once, twice = Tally(), Tally()
    twice.add((3, 0), row("i3", "failed", "server down", tokens_in=7))
    for tally in (once, twice):
        tally.add((3, 0), row("i3", tokens_in=9))
    assert twice.cost() == once.cost()
    assert twice.reasons() == once.reasons() == {}


def test_the_example_of_a_reason_is_the_first_in_task_order() -> None:
    tally = Tally()
    for place, status in (((10, 0), "failed"), ((2, 1), "failed"), ((2, 0), "refused"), ((9, 4), "refused")):
        tally.add(place, row(f"i{place[0]}", status, f"why {place[1]}"))
    assert tally.reasons() == {"refused": "i2: why 0", "failed": "i2: why 1"}
    tally.add((2, 1), row("i2"))
    assert tally.reasons()["failed"] == "i10: why 0"


def test_what_is_folded_has_the_same_sum_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    amounts = [rng.random() * 10.0 ** rng.randint(-12, 12) * rng.choice((1, -1)) for _ in range(500)]
    few = folded(amounts)
    assert len(few) < 10 and math.fsum(few) == math.fsum(amounts)
    assert math.fsum([*few, *amounts, 1e-20]) == math.fsum([*amounts, *amounts, 1e-20])
    costs = []
    for many in (7, 10_000):
        monkeypatch.setattr("weval.tally.MANY", many)
        tally = Tally()
        for number, amount in enumerate(amounts):
            tally.add((number,), row("i", cost_usd=amount, tokens_in=0))
        costs.append(tally.cost())
    assert costs[0] == costs[1] and costs[0].tokens_in == 0
