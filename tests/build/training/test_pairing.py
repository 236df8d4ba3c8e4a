from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_item
from weval.build.sections import Pairs
from weval.build.training.pairing import contrasts, crossed, kept_by, pair_of, quadruple_of
from weval.tasks import load_task

CROSSED = make_item(kept=((1, 2, 3), (1, 2), (3,)))


def told(item: Any, **settings: Any) -> list[str]:
    return [contrast.told() for contrast in contrasts(item, Pairs(**settings))]


def test_the_whole_query() -> None:
    assert told(CROSSED) == ["a1 over a2", "a1 over a3"]
    assert told(CROSSED, against="all") == ["a1 over a2", "a1 over a3", "a2 over a3"]


def test_one_requirement() -> None:
    assert told(CROSSED, judged_on="requirement") == ["a1 over a3, c1", "a1 over a3, c2", "a1 over a2, c3"]
    assert told(CROSSED, judged_on="requirement", against="all") == [
        *("a1 over a3, c1", "a2 over a3, c1"),
        *("a1 over a3, c2", "a2 over a3, c2"),
        *("a1 over a2, c3", "a3 over a2, c3"),  # a3 kept fewer in all
    ]


def test_where_only_numbers_are_known() -> None:
    item = make_item(kept=(3, 2, 0))
    assert told(item) == ["a1 over a2", "a1 over a3"]
    assert told(item, judged_on="requirement") == ["a1 over a3, c1", "a1 over a3, c2", "a1 over a3, c3"]
    assert [kept_by(item, c) for c in item.candidates] == [frozenset({"c1", "c2", "c3"}), None, frozenset()]
    pair = pair_of(item, next(contrasts(item, Pairs())))
    assert (pair.margin, pair.requirement_ids) == (1.0, ())


def test_without_an_answer_that_kept_all_there_is_no_best() -> None:
    item = make_item(kept=((1, 2), (1,)))
    assert told(item) == [] and told(item, against="all") == ["a1 over a2"]


def test_rows_say_what_was_asked_and_what_sets_the_two_apart() -> None:
    item = make_item(kept=((1, 2, 3), (2,)), language="en", category="plans")
    pair = pair_of(item, next(contrasts(item, Pairs())))
    assert pair.prompt == "Write about i1. Do 1. Do 2. Do 3."
    assert (pair.chosen, pair.rejected) == ("text 1 of i1!", "text 2 of i1!!")
    assert (pair.margin, pair.requirement_ids, pair.requirement_texts) == (2.0, ("c1", "c3"), ("Do 1.", "Do 3."))
    assert (pair.chosen_chars, pair.rejected_chars, pair.category) == (13, 14, "plans")
    alone = [pair_of(item, each) for each in contrasts(item, Pairs(judged_on="requirement"))]
    assert [(each.prompt, each.margin, each.requirement_ids) for each in alone] == [
        ("Write about i1. Do 1.", 1.0, ("c1",)),
        ("Write about i1. Do 3.", 1.0, ("c3",)),
    ]
    assert len({pair.id, *(each.id for each in alone)}) == 3


def test_quadruples_cross_two_requirements() -> None:
    ((over, under),) = crossed(make_item(kept=((1, 2), (2, 3), (2,))))
    assert (over.told(), under.told()) == ("a1 over a2, c1", "a2 over a1, c3")
    row = quadruple_of(make_item(kept=((1, 2), (2, 3), (2,))), over, under, "train")
    assert (row.prompt_a, row.prompt_b) == ("Write about i1. Do 1.", "Write about i1. Do 3.")
    assert (row.first, row.second) == ("text 1 of i1!", "text 2 of i1!!")
    assert not list(crossed(make_item()))  # nested


@pytest.mark.parametrize("items, n", [(60, 429)])
def test_the_bundled_set_has_as_many_as_reading_uses(items: int, n: int) -> None:
    every = list(load_task("weval-mini").items())
    assert len(every) == items
    assert sum(1 for item in every for _ in crossed(item)) == n
