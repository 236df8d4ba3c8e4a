"""Ratings beside their items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.agree.conftest import Rate
from tests.factories import make_item
from weval.agree.ballots import MAX_CANDIDATES, MAX_LABELS, matched
from weval.errors import DataError
from weval.ratings import Ratings, shown_ids
from weval.tasks import Task
from weval.types import Item

TaskOf = Callable[..., Task]
PATH = Path("r.jsonl")


def typed(item: Item, *types: str | None) -> Item:
    requirements = tuple(r.model_copy(update={"type": t}) for r, t in zip(item.requirements, types, strict=True))
    return item.model_copy(update={"requirements": requirements})


def test_places_stand_in_the_order_of_the_items_candidates(task_of: TaskOf) -> None:
    rankings = {"i1": {"p": {"a3": 0, "a1": 1}, "q": {"a1": 0, "a2": 0, "a3": 1}}}
    (ballots,) = matched(Ratings(PATH, rankings, {}), task_of([make_item("i1", category="c")])).ballots
    assert ballots.annotators == ("p", "q")
    np.testing.assert_array_equal(ballots.places, [[1, np.nan, 0], [0, 0, 1]])
    assert ballots.complete.tolist() == [False, True]
    assert ballots.gold is not None
    assert (ballots.gold.tolist(), ballots.category) == ([3, 2, 1], "c")
    assert ballots.votes[0, 2].tolist() == [1, 1, 0]


def test_without_a_task_an_items_candidates_are_all_that_somebody_ranked() -> None:
    rankings = {"i1": {"p": {"a3": 0, "a1": 1}, "q": {"a2": 0}}}
    (ballots,) = matched(Ratings(PATH, rankings, {"i2": {"p": "x"}}), None).ballots
    assert ballots.places.shape == (2, 3)
    assert (ballots.gold, ballots.types, ballots.category) == (None, None, None)


def test_what_no_item_has_is_left_out(task_of: TaskOf) -> None:
    rankings = {"i1": {"p": {"zz": 0, "a1": 1, "a2": 2}, "q": {"zz": 0}}, "i9": {"p": {"a1": 0}}}
    labels = {"i1": {"p": "x"}, "i9": {"p": "y"}}
    found = matched(Ratings(PATH, rankings, labels), task_of([make_item("i1", category="c"), make_item("i2")]))
    (ballots,) = found.ballots
    assert ballots.annotators == ("p",)
    np.testing.assert_array_equal(ballots.places, [[1, 2, np.nan]])
    assert [(one.labels, one.gold) for one in found.labelled] == [({"p": "x"}, "c")]


def test_names_that_a_page_gave_are_those_of_the_candidates(task_of: TaskOf) -> None:
    item = make_item("i1")
    first, _, third = shown_ids(item).values()
    rankings = {"i1": {"p": {third: 0, first: 1}, "q": {"a1": 0, "a2": 0, "a3": 1}}}
    found = matched(Ratings(PATH, rankings, {}), task_of([item]))
    np.testing.assert_array_equal(found.ballots[0].places, [[1, np.nan, 0], [0, 0, 1]])
    assert found.notices == ()


def test_a_page_of_other_items_is_told(rate: Rate) -> None:
    other = [*shown_ids(make_item("i1", instruction="Else.")).values()]
    with pytest.raises(DataError, match=r"of an item of items, as 'i1'; it was made on a page of other items, or of"):
        rate({"i1": {"p": other}}, [make_item("i1")])
    (notice,) = rate({"i1": {"p": other, "q": ["a1", "a2"]}}, [make_item("i1")]).notices
    assert "3 of 5 answers are for no text of this task" in notice
    assert notice.endswith("; it was made on a page of other items, or of other versions of them")


def test_types_are_those_of_what_sets_a_pair_apart_in_either_order(task_of: TaskOf) -> None:
    item = typed(make_item("i1"), "length", "format", None)
    rankings = {"i1": {"p": {"a1": 0}}}
    (ballots,) = matched(Ratings(PATH, rankings, {}), task_of([item])).ballots
    assert ballots.types is not None
    assert ballots.types.tolist() == [[-1, -1, -1], [-1, -1, 1], [-1, 1, -1]]  # a1 has c3 more than a2, of no type
    counted = make_item("i1", kept=(3, 2, 1))
    assert matched(Ratings(PATH, rankings, {}), task_of([counted])).ballots[0].types is None


def test_the_task_is_read_once(rate: Rate, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Task] = []
    read = Task.items

    def counted(task: Task) -> Iterator[Item]:
        reads.append(task)
        return read(task)

    monkeypatch.setattr(Task, "items", counted)
    rate({"i1": {"p": ["a1", "zz"]}}, [make_item("i1")], categories={"i9": {"p": "x"}})
    assert len(reads) == 1


def test_nothing_of_the_task_is_one_line(rate: Rate, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"r\.jsonl: item_id: nothing in it is of an item of items, as 'i8'$"):
        rate({"i9": {"p": ["a1"]}}, [make_item("i1")], categories={"i8": {"p": "x"}})
    with pytest.raises(DataError, match="nothing in it is of an item of items, as 'i1'"):
        rate({"i1": {"p": ["zz"]}}, [make_item("i1")])


def test_more_than_can_be_compared_is_one_line(rate: Rate) -> None:
    many = [f"a{n}" for n in range(MAX_CANDIDATES + 1)]
    with pytest.raises(DataError, match="ranking: 'i1' has 31 candidates"):
        rate({"i1": {"p": many, "q": many}})
    assert rate({"i1": {"p": many[1:], "q": many[1:]}}).rankings is not None
    with pytest.raises(DataError, match="category: 201 different labels"):
        rate(categories={f"i{n}": {"p": f"c{n}"} for n in range(MAX_LABELS + 1)})
