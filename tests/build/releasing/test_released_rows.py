"""Our layout into the released one and back, by weval's own reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.factories import make_item
from weval.build.releasing.released_rows import read_back_by, released_rows
from weval.build.rows import rows_of
from weval.tasks import DataOptions, load_data, load_task
from weval.tasks.released import convert
from weval.tasks.shards import shards_of
from weval.types import Item, Requirement


def written(path: Path, items: Sequence[Item]) -> Path:
    path.write_bytes(b"".join(rows_of(released_rows(items))))
    return path


def with_texts(item: Item, *texts: str) -> Item:
    asked = tuple(Requirement(id=f"c{i}", text=text) for i, text in enumerate(texts, start=1))
    return item.model_copy(update={"requirements": asked})


def test_a_row_per_candidate_best_first(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", [make_item("i1")])
    first, second, _ = map(json.loads, path.read_text().splitlines())
    assert first == {
        "prompt": "Write about i1. Do 1. Do 2. Do 3.",
        "chosen": "text 1 of i1!",
        "constraint": ["Do 1.", "Do 2.", "Do 3."],
        "instruction_id_list": ["c1", "c2", "c3"],
    }
    assert (second["prompt"], second["instruction_id_list"]) == ("Write about i1. Do 1. Do 2.", ["c1", "c2"])
    assert second["constraint"] == first["constraint"], "each answer is judged on all of them"


def test_a_whole_task_reads_back_as_itself(tmp_path: Path) -> None:
    """All languages of the bundled set, whose requirements are joined with and without a space."""
    items = list(load_task("weval-mini").items())
    path = written(tmp_path / "r.jsonl", items)
    assert read_back_by(path, items) == {}
    found = convert(shards_of(path), DataOptions()).items
    assert len(found) == len(items) == 60
    for one, item in zip(found, items, strict=True):
        assert (one.instruction, one.kept) == (item.instruction, item.kept)
        assert [q.text for q in one.requirements] == [q.text for q in item.requirements]
        assert [c.response for c in one.candidates] == [c.response for c in item.candidates]
    again = written(tmp_path / "again.jsonl", found)
    assert [json.loads(a)["chosen"] for a in again.read_text().splitlines()] == [
        json.loads(b)["chosen"] for b in path.read_text().splitlines()
    ]
    assert load_data(path).n_items == 60


def test_items_that_share_an_instruction_are_read_by_size(tmp_path: Path) -> None:
    same = [make_item("i1", instruction="Write."), make_item("i2", instruction="Write.")]
    assert read_back_by(written(tmp_path / "r.jsonl", same), same) == {"group_size": "3"}
    ends = [make_item("i1", kept=((1, 2, 3), (2, 3), (2,)), instruction="Write. Do 1.")]
    assert read_back_by(written(tmp_path / "e.jsonl", ends), ends) == {"group_size": "3"}, "it ends with a requirement"


def test_ties_are_read_as_such(tmp_path: Path) -> None:
    tied = [make_item("i1", kept=((1, 2, 3), (1, 2), (1, 3))), make_item("i2", kept=((1, 2, 3), (1, 2), (2,)))]
    assert read_back_by(written(tmp_path / "r.jsonl", tied), tied) == {"gold": "partial"}


@pytest.mark.parametrize(
    "items",
    [
        [make_item("i1"), make_item("i2", kept=((1, 2, 3), (1,)))],
        [with_texts(make_item("i1"), "Do 1. ", "Do 2.", "Do 3. ")],
    ],
    ids=["sizes differ", "white space at an end"],
)
def test_what_the_layout_cannot_say_is_noticed(tmp_path: Path, items: list[Item]) -> None:
    assert read_back_by(written(tmp_path / "r.jsonl", items), items) is None
