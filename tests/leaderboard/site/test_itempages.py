"""Pages with texts: every item on the page that is told, and only where texts may be shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.leaderboard.factories import TASK
from tests.leaderboard.site.conftest import Standing
from tests.leaderboard.site.looking import page
from weval.leaderboard.site import itempages
from weval.leaderboard.site.board import Board
from weval.leaderboard.site.itempages import PER_PAGE, n_pages, page_of, pages_of
from weval.tasks import load_data, load_task


def test_every_item_is_where_it_is_told_to_be(site: Standing, board: Board) -> None:
    places = page_of(board)
    assert board.index and [*places] == [item.id for item in board.index.items]
    for item in load_task(TASK).items():
        path, _, anchor = places[item.id].partition("#")
        (shown,) = page(site.out / path).all("details", id=anchor)
        assert item.id in shown.text and item.instruction in shown.text
        for part in (*item.requirements,):
            assert part.text in shown.text
        for candidate in item.candidates:
            assert candidate.response in shown.text


@pytest.mark.parametrize(("n", "sizes"), [(1, [1]), (20, [20]), (21, [20, 1]), (40, [20, 20]), (60, [20, 20, 20])])
def test_pages_take_twenty_items_each(board: Board, tmp_path: Path, n: int, sizes: list[int], site: Standing) -> None:
    lines = load_task(TASK).path.read_text(encoding="utf-8").splitlines(keepends=True)[:n]
    (tmp_path / "some.jsonl").write_text("".join(lines), encoding="utf-8")
    found = [*pages_of(load_data(tmp_path / "some.jsonl"))]
    assert [len(shown.items) for shown in found] == sizes
    assert [shown.number for shown in found] == [at + 1 for at in range(len(sizes))]
    assert [shown.first for shown in found] == [1 + PER_PAGE * at for at in range(len(sizes))]
    assert board.index
    some = replace(board, index=board.index.model_copy(update={"items": board.index.items[:n]}))
    assert n_pages(some) == len(sizes)
    places = page_of(some)
    for shown in found:
        for item in shown.items:
            assert places[item["id"]] == f"items/{TASK}/{shown.number}.html#{item['anchor']}"


def test_candidates_stand_in_gold_order(board: Board) -> None:
    for shown in pages_of(load_task(TASK)):
        for item in shown.items:
            kept = [len(one["kept"].split(", ")) for one in item["candidates"]]
            assert kept == sorted(kept, reverse=True)


def test_where_texts_may_not_be_shown_no_item_has_a_page(board: Board) -> None:
    assert board.spec
    assert page_of(replace(board, spec=board.spec.model_copy(update={"show_texts": False}))) == {}
    assert page_of(replace(board, index=None)) == {} and n_pages(replace(board, index=None)) == 0


def test_any_name_of_an_item_has_an_address_of_its_own() -> None:
    names = ["a", "A", "a-b_1", "a b", "a.b", 'x" onclick="y', "<b>", "\u5199", "../..", "#", "\ud800", "\u0661"]
    found = [itempages._anchor(name) for name in names]
    assert len({*found}) == len(names)
    assert all(anchor.isascii() and anchor.replace("-", "").replace("_", "").isalnum() for anchor in found)
    assert found[0] == "item-a"
