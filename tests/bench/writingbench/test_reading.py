"""WritingBench's files: two releases, subsets, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.bench.scripted import write_rows
from tests.bench.writingbench.made import FOLDER, query, seven_files
from weval.bench.data import BenchData
from weval.bench.spec import read_bench
from weval.bench.writingbench.reading import read_items
from weval.errors import DataError

ROWS = [query(4, ["tone", "form"]), query(2, ["tone"], lang="en"), query(9, ["plot"])]
OWN: Mapping[str, Mapping[int, Sequence[str]]] = {
    "style": {4: ["tone"]},
    "format": {4: ["form"], 9: ["plot"]},
    "length": {},
}


def data(own: Path, name: str | None = None) -> BenchData:
    return BenchData(read_bench("writingbench"), name, own)


def first_release(folder: Path) -> Path:
    """A stand-in for v1: no file of all queries, and criteria under another key."""
    old = [{**{key: row[key] for key in row if key != "checklist"}, "criteria": row["checklist"]} for row in ROWS]
    by_index = {row["index"]: row for row in old}
    for name, own in {"style": {4: ["tone"]}, "format": {9: ["plot"], 4: ["form"]}, "length": {2: ["tone"]}}.items():
        place = folder / FOLDER / "requirement" / name
        place.mkdir(parents=True)
        write_rows(place / f"{name}_subset.jsonl", [by_index[index] for index in own])
        narrow = [
            {**by_index[index], "criteria": [one for one in by_index[index]["criteria"] if one["name"] in names]}
            for index, names in own.items()
        ]
        write_rows(place / f"{name}_subset_C.jsonl", narrow)
    return folder


def test_queries_with_their_requirements(tmp_path: Path) -> None:
    items = list(read_items(data(seven_files(tmp_path, ROWS, {**OWN, "length": {2: ["tone"]}})), "query"))
    assert [(item.id, dict(item.requirements)) for item in items] == [
        ("4", {"style": ("tone",), "format": ("form",)}),
        ("2", {"length": ("tone",)}),
        ("9", {"format": ("plot",)}),
    ]
    assert items[0].groups == {"language": "en", "domain1": "D5 Education", "domain2": "Quiz"}
    assert [list(fields) for fields in items[1].criteria] == [
        ["name", "criteria_description", "1-2", "3-4", "5-6", "7-8", "9-10"]
    ]


def test_the_first_release_is_the_union_of_its_requirements_by_index(tmp_path: Path) -> None:
    items = list(read_items(data(first_release(tmp_path), "v1"), "query"))
    assert [(item.id, list(item.requirements)) for item in items] == [
        ("2", ["length"]),
        ("4", ["style", "format"]),
        ("9", ["format"]),
    ]
    assert [fields["name"] for fields in items[1].criteria] == ["tone", "form"]
    place = tmp_path / FOLDER / "requirement" / "format" / "format_subset.jsonl"
    write_rows(place, [query(4, query="Another text?")])
    with pytest.raises(DataError, match=r"format_subset.jsonl:1: query: index 4 has another query in .*style_subset"):
        list(read_items(data(tmp_path, "v1"), "query"))


def test_one_file_is_queries_alone(tmp_path: Path) -> None:
    found = data(write_rows(tmp_path / "own.jsonl", ROWS))
    assert [dict(item.requirements) for item in read_items(found, "query")] == [{}, {}, {}]
    assert found.is_own and list(found.used) == ["queries"]


def test_criteria_about_a_requirement_need_not_be_told(tmp_path: Path) -> None:
    folder = seven_files(tmp_path, ROWS, {**OWN, "length": {2: ["tone"]}})
    (folder / FOLDER / "requirement" / "length" / "length_subset_C.jsonl").unlink()
    assert [dict(item.requirements) for item in read_items(data(folder), "query")][1] == {"length": ()}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (query(4), ":2: index: '4' is on line 1 already"),
        ({"index": 5, "query": "Tea?"}, ":2: checklist: is missing; weval bench criteria writes it"),
        ({**query(5), "checklist": []}, ":2: checklist"),
        (query(5, ["tone", "tone"]), "two criteria are called 'tone'"),
        ({"query": "Tea?"}, "index: give either index or id"),
        ({**query(5), "index": -1}, ":2: index"),
        ({**query(5), "index": "5"}, ":2: index"),
        ({**query(5), "checklist": [{"name": "tone"}]}, ":2: checklist[0].criteria_description: is missing"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    own = write_rows(tmp_path / "own.jsonl", [query(4), row])
    with pytest.raises(DataError) as error:
        list(read_items(data(own), "query"))
    assert complaint in str(error.value)


def test_a_requirement_of_a_query_that_is_not_there(tmp_path: Path) -> None:
    folder = seven_files(tmp_path, ROWS, {**OWN, "length": {2: ["tone"]}})
    write_rows(folder / FOLDER / "benchmark_all.jsonl", ROWS[:1])
    with pytest.raises(DataError, match=r"format_subset.jsonl:2: index 9 is no query of the set"):
        list(read_items(data(folder), "query"))
