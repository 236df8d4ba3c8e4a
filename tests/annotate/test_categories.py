from __future__ import annotations

from weval.annotate.categories import PAPER, offered
from weval.tasks import load_task


def test_the_papers_come_first_and_then_those_of_the_items_by_name() -> None:
    names = [category.name for category in offered({"story", "how-to", None, PAPER[1].name})]
    assert names == [*(category.name for category in PAPER), "how-to", "story"]


def test_nothing_is_offered_twice_and_everything_of_the_paper_is_described() -> None:
    assert offered(category.name for category in PAPER) == PAPER
    assert len({category.name for category in PAPER}) == 5
    assert all(category.scope and category.forms for category in PAPER)


def test_those_of_the_bundled_set_are_the_papers() -> None:
    assert offered(item.category for item in load_task("weval-mini").items()) == PAPER
