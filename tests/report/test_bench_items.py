from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.benches import made
from tests.report.bench_runs import full, hostile
from weval.bench.finish import BenchOutcome
from weval.bench.items import Row
from weval.report.bench_items import JUDGED_BYTES, MAX_PARTS, PROMPT_BYTES, WRITTEN_BYTES, extremes, lost_items, mark_of


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> BenchOutcome:
    """Of a run that has everything."""
    return full(tmp_path_factory.mktemp("runs") / "w")


def test_both_ends_are_shown_and_no_item_twice(outcome: BenchOutcome) -> None:
    found = extremes(outcome)
    assert [item.id for item in found.worst] == ["6", "4"]
    assert [item.id for item in found.best] == ["1", "2"]
    first = found.best[0]
    assert first.note == "S-bar 100.0"
    assert first.marks.startswith("S_l 100.0, S_q 100.0, Relevance 100.0")
    assert first.groups == "language en, length [0,500), type News"
    assert first.prompt.text == outcome.items[0].prompt
    assert [said.label for said in first.said] == ["writer", "judge"]
    assert first.said[0].text.text == "tea " * 99 + "tea"
    assert json.loads(first.said[1].text.text)["Clarity"] == 5
    assert first.cut == ""


def test_equal_items_stand_in_the_order_of_the_benchmark(tmp_path: Path) -> None:
    found = extremes(made(tmp_path / "w", marks=(3, 3, 3, 3, 3, 3)))
    assert [item.id for item in found.worst] == ["1", "2", "3"]
    assert [item.id for item in found.best] == ["4", "5", "6"]


def test_a_single_item_is_the_worst(tmp_path: Path) -> None:
    found = extremes(made(tmp_path / "w", marks=(3, None, None, None, None, None)))
    assert [[item.id for item in side] for side in (found.worst, found.best)] == [["1"], []]


def test_without_texts_the_verdicts_are_shown(tmp_path: Path) -> None:
    outcome = made(tmp_path / "w", marks=(5, 4, 3, 2, None, 1), responses=None)
    found = extremes(outcome)
    assert [item.note for item in found.best] == ["S_q 100.0", "S_q 75.0"]
    assert [said.label for said in found.best[0].said] == ["judge"]
    assert [item.id for item in lost_items(outcome)] == ["5"]


def test_reasoning_is_no_part_of_a_text_and_an_empty_one_says_why(tmp_path: Path) -> None:
    outcome = made(tmp_path / "w", written=(100, 0, 600, 3000, 5000, 100))
    found = extremes(outcome)
    assert found.worst[0].id == "2"
    assert found.worst[0].why is not None
    assert found.worst[0].why.text == "the writer wrote nothing"
    assert found.worst[0].said[0].text.text == ""
    path = tmp_path / "w" / "responses.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("tea ", "<think>tea?</think>tea ", 1), encoding="utf-8")
    assert extremes(outcome).best[-1].said[0].text.text.startswith("tea tea")


def test_items_that_are_missing_are_listed_with_the_reason(outcome: BenchOutcome) -> None:
    assert [(item.id, item.why) for item in lost_items(outcome)] == [("5", "judge: the judge's verdict cannot be read")]


def test_long_texts_are_cut(tmp_path: Path) -> None:
    found = extremes(hostile(tmp_path / "w"))
    for item in (*found.worst, *found.best):
        assert len(item.prompt.text) <= PROMPT_BYTES
        assert item.prompt.left_out or len(item.prompt.text) < PROMPT_BYTES
        assert len(item.said[0].text.text) <= WRITTEN_BYTES
        assert len(item.said[1].text.text) <= JUDGED_BYTES


def test_of_many_replies_the_first_are_shown(tmp_path: Path) -> None:
    outcome = made(tmp_path / "w")
    path = tmp_path / "w" / "replies.jsonl"
    lines = [json.dumps({"item": "1", "part": f"{n}", "text": "x" * 9_000}) for n in range(2, MAX_PARTS + 4)]
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")
    item = next(item for item in extremes(outcome).worst if item.id == "1")
    assert [said.label for said in item.said] == ["writer", *(f"judge {n}" for n in range(1, MAX_PARTS + 1))]
    assert item.cut == "Not shown here: 3 more replies."
    assert sum(len(said.text.text) for said in item.said[1:]) <= JUDGED_BYTES


def test_an_item_says_its_share_or_nothing() -> None:
    row = Row("q", {"a": (6.0, 2.0), "b": None, "c": (0.0, 0.0)})
    assert [mark_of(row, name) for name in "abcd"] == [3.0, None, None, None]
