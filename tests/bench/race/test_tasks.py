"""Joining the three files of RACE, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench.race.tasks import rows_of, stand_in
from tests.bench.scripted import write_rows
from weval.bench.race import DIMENSIONS
from weval.bench.race.tasks import RaceItem, read_references, read_tasks, shown_criteria, texts_of
from weval.errors import DataError

UPSTREAM = Path("data/upstream/Ayanami0730/deep_research_bench/data")


def read(folder: Path) -> list[RaceItem]:
    return list(read_tasks(folder / "query.jsonl", folder / "criteria.jsonl"))


def changed(folder: Path, name: str, **fields: Any) -> Path:
    """Stand-ins of which the second line of a file has other fields."""
    rows = rows_of(3)[name]
    return stand_in(folder, rows={name: [rows[0], rows[1] | fields, rows[2]]})


def test_the_published_tasks(shared: Path) -> None:
    folder = shared / UPSTREAM
    items = list(read_tasks(folder / "prompt_data/query.jsonl", folder / "criteria_data/criteria.jsonl"))
    assert [item.id for item in items] == [str(number) for number in range(1, 101)]
    assert {item.groups["language"] for item in items} == {"en", "zh"}
    assert sum(map(len, map(texts_of, items))) == 2517
    assert all(len(texts_of(item)) == len(shown_criteria(item)) for item in items)


def test_files_are_joined_by_id_and_prompt_whatever_their_order(tmp_path: Path) -> None:
    rows = rows_of(3)
    items = read(stand_in(tmp_path, rows={name: rows[name][::-1] for name in ("criteria", "reference")}))
    assert [item.id for item in items] == ["1", "2", "3"]
    assert [item.criteria["criterions"]["insight"][0]["criterion"] for item in items] == [
        "insight at all 1",
        "insight at all 2",
        "insight at all 3",
    ]
    references = read_references(tmp_path / "reference.jsonl", items)
    assert [references[item.id][-1] for item in items] == ["1", "2", "3"]
    assert items[0].groups == {"language": "en", "topic": "Health"}


def test_tasks_with_the_same_prompt_keep_their_own_criteria(tmp_path: Path) -> None:
    rows = rows_of(2)
    same = {name: [row | {"prompt": "What is known?"} for row in content] for name, content in rows.items()}
    items = read(stand_in(tmp_path, rows=same))
    assert [texts_of(item)[0] for item in items] == [("comprehensiveness", f"Breadth {n}") for n in (1, 2)]
    references = read_references(tmp_path / "reference.jsonl", items)
    assert references["1"] != references["2"]


def test_criteria_are_numbered_through_the_dimensions_in_one_order(tmp_path: Path) -> None:
    rows = rows_of(1)["criteria"][0]
    turned = rows | {"criterions": dict(reversed(rows["criterions"].items()))}
    (item,) = read(stand_in(tmp_path, 1, {"criteria": [turned]}))
    assert [name for name, _ in texts_of(item)] == ["comprehensiveness", *DIMENSIONS]
    assert shown_criteria(item)[:2] == ["Breadth 1\nWhy Breadth.", "Depth 1\nWhy Depth."]


@pytest.mark.parametrize(
    ("name", "fields", "complaint"),
    [
        ("query", {"id": 1}, r"query\.jsonl:2: id: 1 is there already"),
        ("query", {"id": 9}, r"query\.jsonl:2: id: \S+criteria\.jsonl has no criteria for task 9 with this prompt"),
        ("query", {"prompt": "Another?"}, r"query\.jsonl:2: id: \S+ has no criteria for task 2 with this prompt"),
        ("query", {"more": 1}, r"query\.jsonl:2: more: "),
        ("criteria", {"id": 1}, r"criteria\.jsonl:2: id: 1 is there already"),
        ("criteria", {"dimension_weight": {"insight": 1.0}}, r"criteria\.jsonl:2: dimension_weight: has not the dim"),
        (
            "criteria",
            {"dimension_weight": dict.fromkeys(DIMENSIONS, 0.3)},
            r"criteria\.jsonl:2: dimension_weight: has weights that sum to 1\.2, not to 1",
        ),
        (
            "criteria",
            {"dimension_weight": dict(zip(DIMENSIONS, (1.5, -0.5, 0.5, -0.5), strict=True))},
            r"criteria\.jsonl:2: criterions: the criteria of insight: a weight is not above 0",
        ),
        ("criteria", {"dimension_weight": dict.fromkeys(DIMENSIONS, True)}, r"criteria\.jsonl:2: dimension_weight"),
    ],
)
def test_wrong_lines_are_told(tmp_path: Path, name: str, fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read(changed(tmp_path, name, **fields))


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([], r"criterions\.insight: "),
        ([{"criterion": "A", "explanation": "", "weight": 0.9}], r"sum to 0\.9, not to 1"),
        ([{"criterion": "A", "explanation": "", "weight": 0.5}] * 2, "two have the same text"),
        ([{"criterion": "A", "weight": 1.0}], r"criterions\.insight\[0\]\.explanation: is missing"),
    ],
)
def test_wrong_criteria_are_told(tmp_path: Path, entries: list[Any], complaint: str) -> None:
    criterions = rows_of(2)["criteria"][1]["criterions"] | {"insight": entries}
    with pytest.raises(DataError, match=rf"criteria\.jsonl:2: .*{complaint}"):
        read(changed(tmp_path, "criteria", criterions=criterions))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"prompt": "Another?"}, "has no reference report for task 2 with its prompt"),
        ({"article": " \n"}, "the reference report for task 2 is empty"),
        ({"id": 3}, r"reference\.jsonl:3: id: 3 is there already"),
    ],
)
def test_wrong_references_are_told(tmp_path: Path, fields: dict[str, Any], complaint: str) -> None:
    folder = changed(tmp_path, "reference", **fields)
    with pytest.raises(DataError, match=complaint):
        read_references(folder / "reference.jsonl", read(folder))


def test_references_are_only_needed_of_the_tasks_that_are_asked_about(tmp_path: Path) -> None:
    folder = stand_in(tmp_path)
    write_rows(folder / "reference.jsonl", rows_of(1)["reference"])
    assert list(read_references(folder / "reference.jsonl", read(folder)[:1])) == ["1"]
