from __future__ import annotations

import random

import pytest

from tests.factories import make_item
from tests.training.rewardmodels.asked import make_profile
from weval.errors import ConfigError
from weval.training.rewardmodels.reading import head_of
from weval.training.rewardmodels.splitting import item_preferences, split_items
from weval.training.sections import Data
from weval.types import Item

ITEMS = [make_item(f"i{n}", instruction=f"Write about number {n}, and nothing else than {n} at all.") for n in range(9)]


def told(item: Item, **head: str) -> list[tuple[str, ...]]:
    return [
        tuple(f"{r.responses[0].split()[1]}:{r.requirement.id if r.requirement else 'all'}" for r in found.requests)
        for found in item_preferences(item, head_of(make_profile(**head)))
    ]


def test_items_are_shuffled_by_python_and_cut_in_two() -> None:
    split = split_items(ITEMS, Data(source="x", shuffle_seed=1, train=5, holdout=3))
    shuffled = list(ITEMS)
    random.Random(1).shuffle(shuffled)
    assert (split.train, split.held, split.alike) == (shuffled[:5], shuffled[5:8], [])
    assert split_items(ITEMS, Data(source="x", holdout=3)).train == shuffled[:6]  # the rest is trained on


def test_what_says_the_same_as_an_item_held_out_is_not_trained_on() -> None:
    data = Data(source="x", train=8, holdout=1)
    held = split_items(ITEMS, data).held[0]
    twin = next(item for item in ITEMS if item is not held)
    items = [item.model_copy(update={"instruction": held.instruction}) if item is twin else item for item in ITEMS]
    split = split_items(items, data)
    assert [item.id for item in split.alike] == [twin.id] and len(split.train) == 7 and split.held == [held]


def test_too_few_items_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"has 9 items.*data\.train=8 and data\.holdout=2"):
        split_items(ITEMS, Data(source="x", train=8, holdout=2))
    with pytest.raises(ConfigError, match=r"data.train=rest"):
        split_items(ITEMS, Data(source="x", holdout=9))


def test_which_answers_are_set_against_each_other() -> None:
    item = make_item(kept=((1, 2), (1,), (2,)), n_requirements=2)
    assert told(item, unit="response") == [("1:all", "2:all"), ("1:all", "3:all")]
    assert told(item) == [("1:c1", "3:c1"), ("2:c1", "3:c1"), ("1:c2", "2:c2"), ("3:c2", "2:c2")]
    assert told(item, chosen="best") == [("1:c1", "3:c1"), ("1:c2", "2:c2")]
    assert told(item, objective="double-difference") == [("2:c1", "3:c1", "3:c2", "2:c2")]


def test_margins_are_of_requirements_kept_more() -> None:
    head = head_of(make_profile(unit="response", margin="dropped"))
    assert [found.margin for found in item_preferences(make_item(), head)] == [1.0, 2.0, 1.0]
    assert {found.margin for found in item_preferences(make_item(), head_of(make_profile()))} == {0.0}


def test_answers_that_are_the_same_or_empty_teach_nothing() -> None:
    item = make_item(kept=((1, 2), (1,), ()), n_requirements=2)
    same = tuple(
        candidate.model_copy(update={"response": text})
        for candidate, text in zip(item.candidates, ("text x", "text x ", "text y"), strict=True)
    )
    assert told(item.model_copy(update={"candidates": same}), unit="response") == [("x:all", "y:all")] * 2
    empty = (item.candidates[0].model_copy(update={"response": " "}), *item.candidates[1:])
    assert len(told(item.model_copy(update={"candidates": empty}), unit="response")) == 1
