from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.build.started import Started, draft
from weval.build.dropout import kept_sets
from weval.tasks import load_task

IDS = ("c1", "c2", "c3", "c4", "c5")


def sets(item: str, seed: int = 0, *, nested: bool = False) -> list[tuple[str, ...]]:
    return list(kept_sets(IDS, seed, item, nested=nested))


@pytest.mark.parametrize("nested", [False, True])
def test_each_version_keeps_one_fewer_than_the_one_before(nested: bool) -> None:
    for number in range(50):
        found = sets(f"i{number}", nested=nested)
        assert found[0] == IDS
        assert [len(kept) for kept in found] == [5, 4, 3, 2, 1]
        assert all(list(kept) == sorted(kept) for kept in found)


def test_nested_versions_drop_what_the_one_before_did() -> None:
    for number in range(50):
        found = sets(f"i{number}", nested=True)
        assert all(set(after) < set(before) for before, after in pairwise(found))


def test_independent_versions_are_drawn_anew_so_that_some_keep_what_others_dropped() -> None:
    """Pairs of versions neither of which holds the other are what `reading` is made of."""
    crossed = 0
    for number in range(200):
        found = [set(kept) for kept in sets(f"i{number}")]
        crossed += any(not (a <= b or b <= a) for a in found for b in found)
    assert crossed > 150


@pytest.mark.parametrize("nested", [False, True])
def test_every_requirement_is_dropped_equally_often(nested: bool) -> None:
    n = 1000
    for version in range(1, 5):
        dropped = Counter(
            one for number in range(n) for one in set(IDS) - set(sets(f"i{number}", nested=nested)[version])
        )
        expected = n * version / 5
        assert all(abs(dropped[name] - expected) < 5 * (expected * (1 - version / 5)) ** 0.5 for name in IDS)


def test_the_seed_and_the_item_alone_decide() -> None:
    assert sets("i1") == sets("i1")
    assert sets("i1", 1) != sets("i1", 2)
    assert len({tuple(sets(f"i{number}")) for number in range(20)}) > 15


def test_one_requirement_has_one_version() -> None:
    assert list(kept_sets(("c1",), 0, "x", nested=False)) == [("c1",)]


def made(folder: Path, drafts: list[dict[str, Any]], **settings: str) -> list[dict[str, Any]]:
    started = Started(folder).write(drafts)
    started.make("dropout", **settings)
    return started.rows("dropout", "queries.jsonl")


def test_a_query_is_the_instruction_with_what_it_kept(tmp_path: Path) -> None:
    rows = made(tmp_path, [draft(7, n=3)])
    assert [row["candidate_id"] for row in rows] == ["a1", "a2", "a3"]
    assert rows[0]["query"] == "Write 7. Do 1 of 7. Do 2 of 7. Do 3 of 7."
    for row in rows:
        assert row["item_id"] == "i7"
        assert row["query"] == " ".join(["Write 7.", *(f"Do {name[1:]} of 7." for name in row["kept"])])


def test_chinese_is_joined_without_spaces(tmp_path: Path) -> None:
    requirements = [{"id": "c1", "text": "不超过五十字。"}, {"id": "c2", "text": "语气亲切。"}]
    rows = made(tmp_path, [draft(1, language="zh", instruction="写一首关于茶的诗。", requirements=requirements)])
    assert rows[0]["query"] == "写一首关于茶的诗。不超过五十字。语气亲切。"


def test_the_order_of_drafts_and_the_company_of_others_change_no_draw(tmp_path: Path) -> None:
    drafts = [draft(number, n=5) for number in range(8)]
    forwards = made(tmp_path / "a", drafts)
    backwards = made(tmp_path / "b", drafts[::-1])
    fewer = made(tmp_path / "c", drafts[3:4])
    assert sorted(map(json.dumps, forwards)) == sorted(map(json.dumps, backwards))
    assert fewer == [row for row in forwards if row["item_id"] == "i3"]


def test_other_seeds_and_nested_draws_are_made_again(tmp_path: Path) -> None:
    drafts = [draft(number, n=5) for number in range(4)]
    first = made(tmp_path, drafts)
    assert made(tmp_path, drafts, dropout__seed="5") != first
    assert made(tmp_path, drafts, dropout__how="nested") != first
    assert made(tmp_path, drafts) == first


RECIPE = "name: n\ntitle: t\ndescription: d\nrequirements: {how: task, task: weval-mini}\ndropout: {how: task}\n"


def test_a_tasks_own_kept_sets_are_taken(tmp_path: Path) -> None:
    items = {item.id: item for item in load_task("weval-mini").items()}
    names = list(items)[:5]
    drafts = [
        {"id": item.id, "language": item.language, "instruction": item.instruction,
         "requirements": [each.model_dump(mode="json") for each in item.requirements]}
        for item in (items[name] for name in names)
    ]  # fmt: skip
    started = Started(tmp_path).write([*drafts, draft(1)], RECIPE)
    done = started.make("dropout")
    assert any(name.startswith("task weval-mini") for name in done.record.inputs)
    for row in started.rows("dropout", "queries.jsonl"):
        item = items[row["item_id"]]
        candidate = next(each for each in item.candidates if each.id == row["candidate_id"])
        assert not isinstance(candidate.kept, int)
        assert set(row["kept"]) == set(candidate.kept)
        assert row["query"] == item.query(candidate.kept)
    assert done.record.left_out == {"no_kept_sets": 1}
    assert started.rows("dropout", "left_out.jsonl")[0]["id"] == "i1"


def test_drafts_that_are_there_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"drafts\.jsonl:3: 'i1' is on line 1 already"):
        made(tmp_path, [draft(1), draft(2), draft(1)])


def test_what_cannot_be_ranked_is_left_out_before_it_is_answered(tmp_path: Path) -> None:
    started = Started(tmp_path).write([draft(1, n=1), draft(2, n=2)])
    done = started.make("dropout")
    assert (done.record.n_rows, done.record.left_out) == (2, {"nothing_to_rank": 1})
    assert {row["item_id"] for row in started.rows("dropout", "queries.jsonl")} == {"i2"}


def test_a_requirement_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    twice = draft(1)
    twice["requirements"][2]["id"] = "c1"
    with pytest.raises(Exception, match=r"drafts\.jsonl:1: requirements: 'c1' appears 2 times"):
        made(tmp_path, [twice])
