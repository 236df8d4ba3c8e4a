"""A table: models in order, each with its rank band and its badge; published rows apart."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.leaderboard.factories import TASK
from tests.leaderboard.site.conftest import Standing, confirm, tables_of
from weval.leaderboard.gold import gold_index
from weval.leaderboard.site.board import MAX_CATEGORIES, Board, Row, boards
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.tree import Entry
from weval.metrics import rank_bands
from weval.published import read_published


def _values(row: Row) -> float:
    found = row.correlation
    assert found
    return found.value


def test_the_best_stands_first(board: Board) -> None:
    assert len(board.rows) == 7
    assert [_values(row) for row in board.rows] == sorted(map(_values, board.rows), reverse=True)


def test_bands_are_those_of_all_models_at_once(board: Board) -> None:
    ranked = [row for row in board.rows if not row.measured.result.model.reads_ids]
    table = np.array([row.measured.figures["correlation"] for row in ranked], dtype=np.float64).T
    expected = rank_bands(table, seed=0)
    assert [row.best for row in ranked] == expected.best.tolist()
    assert [row.worst for row in ranked] == expected.worst.tolist()
    assert all(1 <= row.best <= at <= row.worst for at, row in enumerate(ranked, start=1))
    assert any(row.worst > row.best for row in ranked)
    assert board.n_ranked == len(ranked) < len(board.rows)


def test_scores_that_nobody_can_repeat_have_no_rank(board: Board) -> None:
    (looked_up,) = [row for row in board.rows if row.measured.result.model.reads_ids]
    assert (looked_up.best, looked_up.worst, looked_up.band) == (0, 0, "–")


def test_a_band_is_a_rank_or_two_ends_or_nothing(board: Board) -> None:
    row = board.rows[0]
    said = [replace(row, best=best, worst=worst).band for best, worst in ((2, 2), (1, 3), (0, 0))]
    assert said == ["2", "1–3", "–"]


def test_equal_models_stand_by_name(board: Board, tmp_path: Path) -> None:
    one = board.rows[0].measured
    measured = [(f"key-{name}", one.model_copy(update={"model": name})) for name in ("c", "a", "b")]
    (table,) = boards({TASK: measured}, {TASK: gold_index(TASK)}, [], [], Cache(tmp_path))
    assert [(row.model, row.band) for row in table.rows] == [("a", "1–3"), ("b", "1–3"), ("c", "1–3")]


def test_badges_tell_who_repeated_what(board: Board) -> None:
    assert {row.model: row.badge for row in board.rows} == {
        "rules": "re-run",
        "looked-up": "self-reported",
        **dict.fromkeys(("length", "keywords", "holed", "partly", "flat"), "recomputed"),
    }


def test_a_repetition_holds_for_the_scores_that_it_repeated_and_the_newest_counts(copy: Standing) -> None:
    def badge(model: str) -> str:
        return next(row.badge for row in tables_of(copy)[TASK].rows if row.model == model)

    confirm(Entry(copy.results, "flat", TASK), scores="0" * 64)
    assert badge("flat") == "recomputed"
    confirm(Entry(copy.results, "flat", TASK))
    assert badge("flat") == "re-run"
    confirm(Entry(copy.results, "flat", TASK), confirmed=False)
    assert badge("flat") == "recomputed"
    confirm(Entry(copy.results, "looked-up", TASK))
    assert badge("looked-up") == "re-run"


def test_published_rows_are_in_no_rank(tables: dict[str, Board], rich: Path) -> None:
    published = {row.name for table in read_published(rich) if table.task for row in table.rows}
    assert published and not published & {row.name for board in tables.values() for row in board.rows}
    weval = tables["weval"]
    assert not weval.rows and weval.reported and weval.index is None
    assert not tables[TASK].reported


def test_those_with_most_models_come_first(tables: dict[str, Board]) -> None:
    assert next(iter(tables)) == TASK
    assert [*tables][1:] == sorted([*tables][1:])


def test_a_published_task_that_is_none_of_ours_has_its_tables_title(rich: Path, tmp_path: Path) -> None:
    table = next(table for table in read_published(rich) if table.task == "weval-gpt4o")
    (board,) = boards({}, {}, [table.model_copy(update={"task": "weval-gone"})], [], Cache(tmp_path))
    assert board.spec is None and board.title == table.title and "Published figures only" in board.description


def test_a_task_that_was_never_released_says_so(tables: dict[str, Board]) -> None:
    board = tables["weval-gpt4o"]
    assert board.reported and "Never released" in board.description
    assert not board.is_here and not board.shows_texts


def test_categories_are_those_of_the_most_items(board: Board) -> None:
    index = gold_index(TASK)
    counts: dict[str, int] = {}
    for item in index.items:
        counts[item.category or ""] = counts.get(item.category or "", 0) + 1
    sizes = [counts[name] for name in board.categories]
    assert sizes == sorted(sizes, reverse=True) and {*board.categories} <= {*counts}
    many = [item.model_copy(update={"category": f"c{at % 20:02d}"}) for at, item in enumerate(index.items)]
    many[0] = many[0].model_copy(update={"category": None})
    found = replace(board, index=index.model_copy(update={"items": tuple(many)})).categories
    assert len(found) == MAX_CATEGORIES and found[0] == "c01" and None not in found


def test_bands_are_kept_and_a_broken_record_of_them_is_not_believed(board: Board, tmp_path: Path) -> None:
    measured = {TASK: [(row.key, row.measured) for row in board.rows]}
    gold = {TASK: gold_index(TASK)}
    (first,) = boards(measured, gold, [], [], Cache(tmp_path))
    (kept,) = tmp_path.iterdir()
    content = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps(content | {"best": [9] * 7, "worst": [9] * 7}), encoding="utf-8")
    assert {row.best for row in boards(measured, gold, [], [], Cache(tmp_path))[0].rows} == {9}
    kept.write_text(json.dumps(content | {"best": [-1] * 7}), encoding="utf-8")
    assert boards(measured, gold, [], [], Cache(tmp_path))[0].rows == first.rows
    kept.write_text("", encoding="utf-8")
    assert boards(measured, gold, [], [], Cache(tmp_path))[0].rows == first.rows


def test_texts_are_shown_where_the_licence_lets_them_be_and_they_are_here(board: Board) -> None:
    assert board.spec and board.shows_texts
    assert not replace(board, spec=board.spec.model_copy(update={"show_texts": False})).shows_texts
    assert not replace(board, spec=None).shows_texts and not replace(board, index=None).shows_texts


def test_the_date_is_the_day_of_the_run(board: Board) -> None:
    for row in board.rows:
        assert row.measured.record.created.startswith(row.date) and len(row.date) == 10


@pytest.mark.parametrize("model", ["holed", "partly"])
def test_a_model_with_an_item_less_is_ranked(board: Board, model: str) -> None:
    assert next(row.best for row in board.rows if row.model == model) >= 1


def test_a_folder_without_papers_has_only_tasks_with_runs(copy: Standing) -> None:
    shutil.rmtree(copy.results / "paper")
    assert [*tables_of(copy)] == [TASK]
