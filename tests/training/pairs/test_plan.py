from __future__ import annotations

from collections import Counter

import pytest

from tests.factories import make_item
from tests.training.pairs.made import items
from weval.errors import ConfigError
from weval.training.pairs import PairPlan, training_pairs

PLAN = PairPlan(kept=20, validated=4, row=10, ruled=8, templated=12)


def test_as_many_of_each_kind_as_planned_in_no_order() -> None:
    found = training_pairs(items(), PLAN, 1)
    kinds = Counter(pair.why for pair in found)
    assert (kinds["kept"], kinds["validated"], kinds["row"], kinds["ruled"], len(found)) == (20, 4, 10, 8, 54)
    assert len({pair.why for pair in found[:20]}) > 2


def test_the_same_seed_gives_the_same_pairs_and_another_others() -> None:
    assert training_pairs(items(), PLAN, 1) == training_pairs(items(), PLAN, 1) != training_pairs(items(), PLAN, 2)


def test_a_kind_does_not_depend_on_how_many_there_are_of_another() -> None:
    def rows(plan: PairPlan) -> set[str]:
        return {pair.chosen.id for pair in training_pairs(items(), plan, 1) if pair.why == "row"}

    assert rows(PLAN) == rows(PairPlan(row=10))


def test_a_plan_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"pairs\.ruled: the items give no such pairs"):
        training_pairs([make_item()], PairPlan(ruled=1), 1)
    with pytest.raises(ConfigError, match="every count is 0"):
        training_pairs(items(), PairPlan(), 1)
