"""What a page knows: enough to judge by, and nothing that tells gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from weval.annotate.contents import AnnotateOptions, contents, shown_item
from weval.tasks import Task, load_data, load_task
from weval.types import Item

TaskOf = Callable[..., Task]


@pytest.fixture
def task_of(tmp_path: Path) -> TaskOf:
    return lambda *items: load_data(write_items(tmp_path / "items.jsonl", items))


def test_all_that_is_judged_by_is_there_under_names_that_tell_nothing(task_of: TaskOf) -> None:
    item = make_item("i1", language="zh", category="story")
    (shown,) = contents(task_of(item)).items
    assert (shown.id, shown.language, shown.instruction) == ("i1", "zh", item.instruction)
    assert shown.requirements == ("Do 1.", "Do 2.", "Do 3.")
    assert sorted(r.text for r in shown.responses) == sorted(c.response for c in item.candidates)
    assert not {r.id for r in shown.responses} & {*item.candidate_ids}
    assert len({r.id for r in shown.responses}) == 3


def test_what_was_kept_changes_nothing_that_is_shown(task_of: TaskOf) -> None:
    sets = ((1, 2, 3), (1, 2), (1,))
    pages = [contents(task_of(make_item("i1", kept))) for kept in (sets, sets[::-1], ((2,), (3, 2, 1), (3, 1)))]
    assert pages[0] == pages[1] == pages[2]


def test_the_category_of_an_item_changes_nothing_that_is_shown(task_of: TaskOf) -> None:
    def page(*categories: str) -> object:
        return contents(task_of(*(make_item(f"i{n}", category=name) for n, name in enumerate(categories))), 1)

    assert page("story", "plan") == page("plan", "story")
    assert page("story", "plan") != page("story", "story")  # which categories there are is told


def test_the_best_stands_in_every_place_about_as_often() -> None:
    items = list(load_task("weval-mini").items())
    places = Counter[int]()
    for seed in range(20):
        for item in items:
            best = item.candidates[0].response
            places[[r.text for r in shown_item(item, seed).responses].index(best)] += 1
    assert sorted(places) == [0, 1, 2, 3, 4]
    assert all(200 <= n <= 280 for n in places.values())  # of 1,200; 240 expected, 14 the standard deviation


def test_the_order_depends_on_seed_and_item_alone(task_of: TaskOf) -> None:
    def order(task: Task, name: str, seed: int = 0) -> list[str]:
        found = contents(task, options=AnnotateOptions(seed=seed))
        return [r.text.partition(" of")[0] for item in found.items if item.id == name for r in item.responses]

    wide = [make_item(f"i{n}", tuple(range(1, 9)), 9) for n in range(3)]
    both, alone = task_of(*wide), order(task_of(wide[2]), "i2")
    both = task_of(*wide)
    assert order(both, "i2") == alone != order(both, "i1")
    assert order(both, "i2", seed=1) != alone


def test_a_limit_takes_the_first_and_offers_the_categories_of_all(task_of: TaskOf) -> None:
    items = [make_item(f"i{n}", category=f"kind {n}") for n in range(3)]
    found = contents(task_of(*items), 2)
    assert [item.id for item in found.items] == ["i0", "i1"]
    assert [category.name for category in found.categories][5:] == ["kind 0", "kind 1", "kind 2"]


def changed(item: Item, **more: object) -> Item:
    return item.model_copy(update=more)


def test_other_contents_have_another_digest(task_of: TaskOf) -> None:
    item = make_item("i1")
    found = contents(task_of(item)).digest
    assert found == contents(task_of(item)).digest
    assert found != contents(task_of(changed(item, instruction="Else."))).digest
    assert found != contents(task_of(item, make_item("i2"))).digest
