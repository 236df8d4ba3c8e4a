"""From a ratings file to a record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agree.conftest import Rate, lines
from tests.factories import make_item, write_rows
from weval.agree import Agreement, agree
from weval.errors import DataError
from weval.hashes import sha256_of
from weval.tasks import Task

GIVEN = {
    "i1": {"p": ["a1", "a2", "a3"], "q": ["a1", "a3", "a2"]},
    "i2": {"p": ["a1", "a2", "a3"], "q": ["a1", "a2", "a3"]},
}


def test_it_says_which_ratings_and_which_items(tmp_path: Path, task_of: Callable[..., Task]) -> None:
    path = write_rows(tmp_path / "r.jsonl", lines(GIVEN))
    task = task_of([make_item("i1"), make_item("i2")])
    found = agree(path, task)
    assert (found.ratings, found.sha256, found.resamples) == ("r.jsonl", sha256_of(path), 10_000)
    assert found.task is not None
    assert (found.task.name, found.task.sha256) == ("items", task.sha256)
    assert agree(path, task) == found
    assert agree(path).task is None


def test_rankings_and_categories_are_each_there_or_not(rate: Rate) -> None:
    ranked, labelled = rate(GIVEN), rate(categories={"i1": {"p": "x"}})
    assert (ranked.rankings is None, ranked.labels is None) == (False, True)
    assert (labelled.rankings is None, labelled.labels is None) == (True, False)


def test_names_that_no_item_has_are_noticed(rate: Rate) -> None:
    given = GIVEN | {"i9": {"p": ["a1", "a2"]}}
    labels = {"i1": {"p": "x"}, "i8": {"p": "x"}, "i9": {"p": "x"}}
    found = rate(given, [make_item("i1"), make_item("i2")], categories=labels)
    assert found.notices == (
        "r.jsonl: 2 of 8 answers are for no text of this task, as i9 a1",
        "r.jsonl: 2 of 3 categories are for no item of this task, as i8",
    )
    plain = rate(GIVEN, [make_item("i1"), make_item("i2")], categories={"i1": {"p": "x"}})
    assert plain.notices == ()
    assert found.model_dump(exclude={"notices", "sha256"}) == plain.model_dump(exclude={"notices", "sha256"})


def test_what_the_task_has_to_say_is_repeated(rate: Rate) -> None:
    found = rate({"i1": {"p": ["a1", "a2", "a3"]}}, [make_item("i1", kept=(3, 2, 1))])
    assert any("kept" in notice for notice in found.notices)


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"r\.jsonl:1: ranking: is missing"):
        agree(write_rows(tmp_path / "r.jsonl", [{"item_id": "i", "annotator": "p"}]))
    with pytest.raises(DataError, match="no such file"):
        agree(tmp_path / "nothing.jsonl")


def test_the_record_survives_json(rate: Rate) -> None:
    found = rate(GIVEN, [make_item("i1"), make_item("i2", category="c")], categories={"i2": {"p": "d"}})
    assert Agreement.model_validate_json(found.model_dump_json(by_alias=True)) == found
