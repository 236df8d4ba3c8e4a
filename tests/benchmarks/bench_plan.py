"""Items into requests: seconds by items, by candidates, and requests per second."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.benchmarks.made_up import rows
from tests.benchmarks.records import Figure, Measured, Series
from tests.benchmarks.timing import growing


def measure(quick: bool) -> Measured:
    """Requests as `weval run` makes them, of each unit; and their ids alone, as the join needs them."""
    import weval.plan  # noqa: F401 - what is measured is loaded before the processes part

    n, rounds = (50, 1) if quick else (700, 2)
    by_items = [
        growing(f"unit {unit}, 5 candidates", "items", [n, 2 * n, 4 * n], lambda m, u=unit: planning(m, 5, u), rounds)
        for unit in ("response", "requirement", "pair", "list")
    ]
    ids = growing("ids alone, unit requirement", "items", [n, 2 * n, 4 * n], lambda m: asking(m), rounds)
    few = n // 10
    by_candidates = [
        growing(f"unit {unit}, {few} items", "candidates", [5, 10, 20], lambda k, u=unit: planning(few, k, u), rounds)
        for unit in ("requirement", "pair")
    ]
    rates = [rate(series, each) for series, each in zip(by_items, (5, 25, 20, 1), strict=True)]
    return Measured(series=(*by_items, ids, *by_candidates), figures=tuple(rates))


def planning(n: int, candidates: int, unit: str) -> Callable[[], None]:
    """A job that makes every request about n items."""
    from weval.plan import PlanOptions, plan
    from weval.types import Item

    items = [Item.model_validate_json(line) for line in lines(n, candidates)]

    def job() -> None:
        for item in items:
            for _ in plan(item, unit, PlanOptions()):
                pass

    return job


def asking(n: int) -> Callable[[], None]:
    """A job that makes the ids alone."""
    from weval.plan import PlanOptions, asked
    from weval.types import Item

    items = [Item.model_validate_json(line) for line in lines(n, 5)]

    def job() -> None:
        for item in items:
            for _ in asked(item, "requirement", PlanOptions()):
                pass

    return job


def lines(n: int, candidates: int) -> list[str]:
    """Made-up items as they stand in a file."""
    return [json.dumps(row) for row in rows(n, candidates)]


def rate(series: Series, requests_per_item: int) -> Figure:
    """Requests per second at the largest number."""
    last = series.points[-1]
    return Figure(
        name=f"{series.name.partition(',')[0]}", value=last.n * requests_per_item / last.seconds, unit="requests/s"
    )
