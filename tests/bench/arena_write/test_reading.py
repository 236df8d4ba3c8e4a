"""Tasks in every layout that the field of the baselines may have, and what is wrong with others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.arena_write.made import task
from tests.bench.scripted import write_rows
from weval.bench.arena_write.reading import Baseline, read_tasks
from weval.errors import DataError


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        (["One.", "Two."], ["baseline-1", "baseline-2"]),
        ([{"model": "a", "response": "One."}, {"model": "b", "response": "Two."}], ["a", "b"]),
        ({"b": "One.", "a": "Two."}, ["b", "a"]),
    ],
)
def test_three_layouts_of_baselines(tmp_path: Path, layout: Any, names: list[str]) -> None:
    (item,) = read_tasks(write_rows(tmp_path / "t.jsonl", [task(0, baseline_response=layout)]))
    assert item.baselines == tuple(Baseline(name, text) for name, text in zip(names, ["One.", "Two."], strict=True))


def test_groups_of_a_task(tmp_path: Path) -> None:
    rows = [task(0, question="写一封信。", length=2500, more="ignored"), task("b", type=None, length=0)]
    first, second = read_tasks(write_rows(tmp_path / "t.jsonl", rows))
    assert (first.id, dict(first.groups)) == ("0", {"language": "zh", "type": "note", "length": "[2000,4000)"})
    assert (second.id, dict(second.groups), second.required) == ("b", {"language": "en"}, None)


def test_one_list_of_json_is_taken_too(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    for indent in (None, 2):
        path.write_text(json.dumps([task(0), task(1)], indent=indent), encoding="utf-8")
        assert [item.id for item in read_tasks(path)] == ["0", "1"]
    path.write_text(json.dumps([task(0), task(0)]), encoding="utf-8")
    with pytest.raises(DataError, match=r"t.json: \[1\].idx: '0' is the idx of task 1 already"):
        list(read_tasks(path))
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match=r"t\.json"):
        list(read_tasks(path))


LAYOUTS = "is none of a list of texts, a list of {model, response}, or an object of texts by model"


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("It rains.", LAYOUTS),
        (None, LAYOUTS),
        (7, LAYOUTS),
        ([{"model": "a", "text": "One."}], f"{LAYOUTS}: its objects have other keys"),
        ([], "is empty; a task needs at least one baseline"),
        ({}, "is empty; a task needs at least one baseline"),
        (["One.", 2], "baseline-2: is no text, or an empty one"),
        (["One.", " \n"], "baseline-2: is no text, or an empty one"),
        (["One.", {"model": "b", "response": "Two."}], "baseline-2: is no text, or an empty one"),
        ([{"model": "a", "response": None}], "a: is no text, or an empty one"),
        ([{"model": ["a"], "response": "One."}], "has a model without a name"),
        ([{"model": "a", "response": "One."}] * 2, "has two texts of 'a'"),
    ],
)
def test_what_is_wrong_with_baselines_is_said(tmp_path: Path, value: Any, complaint: str) -> None:
    with pytest.raises(DataError) as error:
        list(read_tasks(write_rows(tmp_path / "t.jsonl", [task(0, baseline_response=value)])))
    assert error.value.problems == [f"{tmp_path / 't.jsonl'}:1: baseline_response: {complaint}"]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"idx": 0}, "t.jsonl:2: idx: '0' is the idx of task 1 already"),
        ({"idx": None}, "t.jsonl:2: idx"),
        ({"question": ""}, "t.jsonl:2: question"),
        ({"length": -1}, "t.jsonl:2: length"),
        ({"length": "300"}, "t.jsonl:2: length"),
    ],
)
def test_what_is_wrong_with_a_task_is_said(tmp_path: Path, more: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError) as error:
        list(read_tasks(write_rows(tmp_path / "t.jsonl", [task(0), task(1) | more])))
    assert complaint in str(error.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b"\xff\xfe[\x00")
    for path in (tmp_path, tmp_path / "none.jsonl", tmp_path / "t.jsonl"):
        with pytest.raises(DataError) as error:
            list(read_tasks(path))
        assert len(error.value.problems) == 1
