from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.audit.conftest import written
from tests.factories import make_item
from weval.ceiling import item_ceilings, noise_ceiling
from weval.checks import met
from weval.files import Problems
from weval.join import Join
from weval.joined import Joined
from weval.metrics import correlation, wilson
from weval.plan import PlanOptions
from weval.tasks import load_task
from weval.types import Candidate, Item, Requirement


def joined(items: Sequence[Item]) -> Joined:
    """Items that nobody was asked about."""
    join = Join("response", PlanOptions())
    for item in items:
        join.add_item(item)
    return join.answers((), Problems(Path("items.jsonl")))


def test_the_noise_ceiling_of_weval_mini_is_what_a_simulation_gives() -> None:
    """Requirements that a check decides are met or not; the others are drawn at the rate of checked ones like them."""
    items = list(load_task("weval-mini").items())
    seen = {(i.id, c.id, q.id): _seen(i, c, q) for i in items for c, q in product(i.candidates, i.requirements)}
    tally: dict[tuple[str | None, bool], list[bool]] = {}
    for item in items:
        for c, q in product(item.candidates, item.requirements):
            if (was := seen[item.id, c.id, q.id]) is not None:
                tally.setdefault((q.type, q.id in c.kept), []).append(was)
    rates = {key: np.mean(values) for key, values in tally.items()}
    rng, values = np.random.default_rng(0), []
    for item in items:
        known = [[seen[item.id, c.id, q.id] for q in item.requirements] for c in item.candidates]
        chance = [
            [
                rates[q.type, q.id in c.kept] if k is None else float(k)
                for q, k in zip(item.requirements, ks, strict=True)
            ]
            for c, ks in zip(item.candidates, known, strict=True)
        ]
        counts = (rng.random((1000, 5, 5)) < chance).sum(axis=2)
        values.append(correlation(np.tile([c.gold for c in item.candidates], (1000, 1)), counts).mean())
    # Nobody need have scored anything: what is met is a property of the task.
    found = item_ceilings(joined(items))
    assert found == pytest.approx(values, abs=0.06)  # 1,000 draws of at most 2 apart
    assert found.mean() == pytest.approx(np.mean(values), abs=0.004)
    assert round(found.mean(), 3) == 0.846


def _seen(item: Item, candidate: Candidate, requirement: Requirement) -> bool | None:
    return None if requirement.check is None else met(requirement.check, candidate.response, item.language)


def test_a_ceiling_at_the_end_of_its_range_has_wilsons_interval() -> None:
    found = noise_ceiling(joined([written(f"i{k}") for k in range(30)]))
    assert found
    assert (found.correlation.value, found.correlation.n, found.checked) == (1.0, 30, 1.0)
    assert found.correlation.ci is not None
    low, high = wilson(1.0, 30)
    assert found.correlation.ci == pytest.approx((2 * low - 1, 2 * high - 1))


def test_rates_and_checks_are_of_all_items_whichever_are_chosen() -> None:
    # Of the first, what was dropped is met anyway: no reader can tell its texts apart.
    hidden, told = written("hidden", met=((1, 2, 3),) * 3), written("told", unchecked=[1, 2, 3])
    whole = joined([hidden, told])
    per_item = item_ceilings(whole)
    assert per_item.tolist() == [0.0, 0.0]
    found = noise_ceiling(whole, np.array([False, True]))
    assert found
    assert (found.correlation.value, found.correlation.n, found.checked) == (0.0, 1, 0.5)
    assert noise_ceiling(whole, np.array([False, False])) is None


def test_items_of_unknown_kept_sets_have_no_ceiling_and_are_not_resampled() -> None:
    told = [written("i1"), written("i2", met=((1, 2), (1, 2, 3), (1,))), written("i3", met=((1, 2, 3), (1,), (2, 3)))]
    counted = written("counted")
    candidates = tuple(c.model_copy(update={"kept": c.gold}) for c in counted.candidates)
    mixed = joined([*told, counted.model_copy(update={"candidates": candidates})])
    assert np.isnan(item_ceilings(mixed)).tolist() == [False, False, False, True]
    found, alone = noise_ceiling(mixed), noise_ceiling(joined(told))
    assert found
    assert alone
    assert found.correlation == alone.correlation


def test_without_checks_there_is_no_ceiling() -> None:
    assert noise_ceiling(joined([make_item()])) is None
    assert np.isnan(item_ceilings(joined([make_item()]))).all()
