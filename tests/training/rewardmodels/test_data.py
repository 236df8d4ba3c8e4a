from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items
from tests.training.rewardmodels.asked import make_profile
from tests.training.rewardmodels.test_built import build
from weval.errors import DataError, ResultError
from weval.run import Watcher
from weval.tasks import load_data, load_task
from weval.training.rewardmodels.data import MOST_HELD, prepared
from weval.training.sections import Data, Profile

ITEMS = [
    make_item(f"i{n}", kept=((1, 2, 3), (1, 2), (3,)), instruction=f"Write {n} lines on tea number {n}.")
    for n in range(12)
]

KEPT = "without items of tasks"
"""What names the texts that are left to train on."""


class Told(Watcher):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)


def with_data(profile: Profile, **data: Any) -> Profile:
    return profile.model_copy(update={"data": Data(**({"source": profile.data.source} | data))})


def test_items_are_split_and_the_held_ones_can_be_scored(tmp_path: Path) -> None:
    file = write_items(tmp_path / "items.jsonl", ITEMS)
    found = prepared(with_data(make_profile(str(file)), train=8, holdout=3))
    assert (len(found.train), len(found.held), len(found.held_items)) == (8 * 6, 3 * 6, 3)
    assert found.hashes["items"] == load_data(file, {}).sha256
    assert set(found.hashes) == {"items", KEPT}
    written = found.write_held_items(tmp_path)
    assert written and list(load_data(written, {}).items()) == found.held_items
    trained = {request.group for each in found.train for request in each.requests}
    assert not trained & {request.group for each in found.held for request in each.requests}
    texts = found.texts()
    assert len(texts) == len(set(texts)) == 8 * (3 + 3)  # what was asked, and the answers
    assert found.held_items[0].candidates[0].response not in texts


def test_without_items_held_out_there_is_no_file(tmp_path: Path) -> None:
    found = prepared(make_profile(str(write_items(tmp_path / "items.jsonl", ITEMS))))
    assert found.write_held_items(tmp_path) is None and found.held == []


def test_a_plan_of_pairs_takes_items_that_are_trained_on_alone(tmp_path: Path) -> None:
    file = write_items(tmp_path / "items.jsonl", ITEMS)
    profile = with_data(make_profile(str(file), pairs={"kept": 40, "row": 20}), train=8, holdout=3)
    found = prepared(profile)
    assert len(found.train) == 60 and len(found.held) == 3 * 6
    held = {item.instruction for item in found.held_items}
    assert not held & {request.instruction for each in found.train for request in each.requests}
    other = prepared(profile.model_copy(update={"seed": 1}))
    assert other.train != found.train and other.held == found.held  # the seed draws pairs, and splits nothing


def test_what_is_judged_on_is_not_trained_on() -> None:
    with pytest.raises(DataError, match=r"nothing is left to train on: all are items of weval-mini.*data\.allow"):
        prepared(make_profile("weval-mini"))
    watcher = Told()
    found = prepared(with_data(make_profile("weval-mini"), allow=("weval-mini",), train=20, holdout=40), watcher)
    assert len(found.held) == MOST_HELD and any("allowed: weval-mini" in notice for notice in watcher.notices)
    again = prepared(with_data(make_profile("weval-mini"), allow=("weval-mini",), train=20, holdout=40))
    assert again.held == found.held


def test_an_item_of_a_task_among_others_is_left_out_and_told(tmp_path: Path) -> None:
    foreign = next(iter(load_task("weval-mini").items()))
    found = prepared(make_profile(str(write_items(tmp_path / "items.jsonl", [*ITEMS, foreign]))))
    assert len(found.train) == len(ITEMS) * 6
    assert len(found.told()) == 1 and found.told()[0].startswith("not trained on, as items of weval-mini")


def test_pairs_that_were_built_before(tmp_path: Path) -> None:
    found = prepared(make_profile(str(build(tmp_path))))
    assert (len(found.train), found.held, found.held_items) == (4, [], [])
    assert list(found.hashes) == ["pairs.jsonl", KEPT] and len(found.hashes["pairs.jsonl"]) == 64
    crossed = prepared(make_profile(str(tmp_path), objective="double-difference"))
    assert len(crossed.train) == 1 and list(crossed.hashes) == ["pairs.jsonl", "quadruples.jsonl", KEPT]


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    counted = [make_item(f"i{n}", kept=(2, 1), instruction=f"Write {n} lines on tea number {n}.") for n in range(3)]
    file = write_items(tmp_path / "items.jsonl", counted)
    with pytest.raises(ResultError, match="nothing to train on"):
        prepared(make_profile(str(file)))  # which requirements were kept is not known
