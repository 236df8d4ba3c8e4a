"""Texts and verdicts in files: every layout that is taken, and what is said of files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fakes import longbench_write
from tests.bench.scripted import requests, verdict, write_rows
from weval.bench.given import given_rows, not_given
from weval.bench.items import Fills
from weval.bench.longbench_write.benchmark import LongBenchWrite
from weval.bench.replies import ReplyRow
from weval.errors import DataError


@pytest.fixture
def benchmark(tmp_path: Path) -> LongBenchWrite:
    return longbench_write(requests(tmp_path, ["Write a note.", "Write a tale.", "Write a note.", "写一封信。"]))


def _rows(benchmark: LongBenchWrite, path: Path, rows: list[Any], fills: Fills = "responses") -> list[ReplyRow]:
    return list(given_rows(write_rows(path / "given.jsonl", rows), fills, benchmark))


@pytest.mark.parametrize(
    "row",
    [
        {"item": "2", "text": "Tea."},
        {"index": 2, "response": "Tea."},
        {"id": "2", "article": "Tea.", "more": [1]},
        {"idx": 2, "prediction": "Tea."},
        {"_id": "2", "output": "Tea."},
        {"prompt": "Write a tale.", "type": "tale", "length": 101, "response_length": 1, "response": "Tea."},
        {"query": "Write a tale.", "answer": "Tea."},
        {"idx": 1, "prompt": "Write a tale.", "text": "Tea."},
        {"item": "2", "part": "1", "attempt": 1, "status": "ok", "text": "Tea.", "tokens_out": 3},
    ],
)
def test_a_text_names_its_item_in_many_ways(row: Any, benchmark: LongBenchWrite, tmp_path: Path) -> None:
    (found,) = _rows(benchmark, tmp_path, [row])
    assert (found.item, found.part, found.attempt, found.status, found.text) == ("2", "1", 1, "ok", "Tea.")


def test_of_items_with_the_same_prompt_the_id_decides(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    found = _rows(benchmark, tmp_path, [{"id": 3, "prompt": "Write a note.", "text": "a"}])
    found += _rows(benchmark, tmp_path, [{"id": 77, "prompt": "Write a note.", "text": "b"}])
    assert [row.item for row in found] == ["3", "1"]


def test_several_attempts_of_a_judge(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    rows = [
        {"item": "1", "replies": ["no", verdict(2)]},
        {"item": "2", "reply": verdict(3), "attempt": 1},
        {"item": "2", "text": verdict(3), "attempt": 2},
        {"idx": 4, "part": 1, "reply": verdict(4)},
    ]
    with pytest.raises(DataError, match=r"given\.jsonl:2: reply: "):  # a line of a run has its words under text
        _rows(benchmark, tmp_path, rows, "replies")
    rows[1] = {"item": "2", "text": verdict(3), "attempt": 1}
    found = _rows(benchmark, tmp_path, rows, "replies")
    assert [(row.item, row.part, row.attempt) for row in found] == [
        ("1", "1", 1), ("1", "1", 2), ("2", "1", 1), ("2", "1", 2), ("4", "1", 1),
    ]  # fmt: skip


def test_a_run_s_own_file_is_taken_with_what_failed_in_it(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    rows = [{"item": "1", "status": "failed", "reason": "HTTP 500"}, {"item": "2", "status": "truncated", "text": "T"}]
    assert [row.status for row in _rows(benchmark, tmp_path, rows)] == ["failed", "truncated"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"item": "9", "text": "a"}, "'9' is no item of longbench-write"),
        ({"text": "a"}, "names no item under item, index, id, idx, _id, nor its prompt"),
        ({"item": True, "text": "a"}, "names no item"),
        ({"item": 1.0, "text": "a"}, "names no item"),
        ({"item": "", "text": "a"}, "item: "),
        ({"prompt": "Something else.", "text": "a"}, "names no item"),
        ({"item": "1"}, "holds no text under text, response, article, prediction, output, answer"),
        ({"item": "1", "text": None}, "holds no text"),
        ({"item": "1", "response": 7}, "holds no text"),
        ({"item": "1", "text": "a", "part": ["x"]}, "part: "),
        ({"item": "1", "text": "a", "part": "x" * 300}, "part: "),
        ({"item": "1", "status": "fine", "text": "a"}, "status: "),
        ({"item": "1", "attempt": 0, "text": "a"}, "attempt: "),
        ({"item": "1", "attempt": 1, "text": "a", "more": 1}, "more: "),
        (["1"], "given.jsonl:2: "),
        ("text", "given.jsonl:2: "),
    ],
)
def test_each_wrong_object_is_one_line_with_its_place(
    row: Any, said: str, benchmark: LongBenchWrite, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "given.jsonl", [{"item": "2", "text": "Tea."}, row])
    with pytest.raises(DataError) as caught:
        not_given(path, benchmark, "responses", benchmark.items)
    (line,) = caught.value.problems
    assert line.startswith(f"{path}:2: ") and said in line and len(line) < 500


@pytest.mark.parametrize("replies", [[], ["a", 1], [None]])
def test_replies_are_texts(replies: list[Any], benchmark: LongBenchWrite, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"given\.jsonl:1: replies: (is empty|are not all texts)"):
        _rows(benchmark, tmp_path, [{"item": "1", "replies": replies}], "replies")


def test_twice_the_same_is_told_with_the_first_line(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    rows = [{"item": "1", "text": "a"}, {"item": "2", "text": "b"}, {"prompt": "Write a note.", "text": "c"}]
    with pytest.raises(DataError, match=r"given\.jsonl:3: item 1 is on line 1 already"):
        _rows(benchmark, tmp_path, rows)
    rows = [{"item": "1", "replies": ["a", "b"]}, {"item": "1", "text": "c", "attempt": 2}]
    with pytest.raises(DataError, match=r"given\.jsonl:2: item 1 is on line 1 already"):
        _rows(benchmark, tmp_path, rows, "replies")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"given\.jsonl: is empty"),
        (b"\n", r"given\.jsonl:1: is an empty line"),
        (b"tea\n", r"given\.jsonl:1: "),
        (b'{"item": "1", "text": "a"\n', r"given\.jsonl:1: "),
        (b'[{"item": "1", "text": "a"}]\n', r"given\.jsonl:1: "),
        (b"[\n", r"given\.jsonl:1: is the start of a JSON value over several lines"),
        (b'{"item": "1", "text": "\xff"}\n', r"given\.jsonl:1: "),
        (b"[" * 100_000, r"given\.jsonl:1: "),
        (b'{"item": ' + b"9" * 100_000 + b', "text": "a"}', r"given\.jsonl:1: "),
    ],
)
def test_files_that_are_none(content: bytes, said: str, benchmark: LongBenchWrite, tmp_path: Path) -> None:
    path = tmp_path / "given.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        not_given(path, benchmark, "responses", benchmark.items)
    assert all(len(line) < 600 for line in caught.value.problems)


def test_no_file_and_a_folder(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.jsonl", tmp_path):
        with pytest.raises(DataError, match=str(path.name)) as caught:
            not_given(path, benchmark, "responses", benchmark.items)
        assert len(caught.value.problems) == 1


def test_all_problems_are_told_at_once(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "given.jsonl", [{"item": str(n), "text": "a"} for n in range(100, 140)])
    with pytest.raises(DataError) as caught:
        not_given(path, benchmark, "responses", benchmark.items)
    assert len(caught.value.problems) == 21 and "and 20 more problems" in caught.value.problems[-1]


def test_what_a_file_lacks_is_told(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "given.jsonl", [{"item": "1", "text": "a"}, {"item": "4", "text": "b"}])
    assert not_given(path, benchmark, "responses", benchmark.items[:1]) is None
    said = not_given(path, benchmark, "responses", benchmark.items)
    assert said == f"{path} has nothing for 2 of 4 items"


def test_one_object_is_in_memory_at_a_time(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    path = tmp_path / "given.jsonl"
    path.write_text(json.dumps({"item": "1", "text": "a"}) + "\n" + "broken\n")
    rows = given_rows(path, "responses", benchmark)
    assert next(rows).item == "1"
    with pytest.raises(DataError):
        next(rows)
