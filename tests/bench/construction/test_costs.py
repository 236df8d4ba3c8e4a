from __future__ import annotations

from weval.bench.construction.costs import Costs
from weval.results import Cost
from weval.types import Reply, Score


def test_sums_do_not_depend_on_the_order() -> None:
    replies = [Reply("p", "ok", "x", tokens_in=n, tokens_out=1, cost_usd=10.0**-n, seconds=0.1) for n in range(9)]
    forth, back = Costs(), Costs()
    for one, other in zip(replies, reversed(replies), strict=True):
        forth.add(one)
        back.add(other)
    assert forth.cost == back.cost
    assert (forth.cost.requests, forth.cost.tokens_in, forth.cost.tokens_out) == (9, 36, 9)


def test_what_nobody_told_is_null() -> None:
    costs = Costs()
    assert costs.cost == Cost(requests=0, tokens_in=None, tokens_out=None, usd=None, seconds=None)
    costs.add(Score("r", "ok", (1.0,)))
    costs.add(Reply("p", "failed", reason="gone", seconds=2.0))
    assert costs.cost == Cost(requests=2, tokens_in=None, tokens_out=None, usd=None, seconds=2.0)
