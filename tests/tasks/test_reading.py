"""Items in columns are the items that JSON Lines would be; what is wrong is said with shard, row and field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items
from weval.errors import DataError
from weval.tasks import load_data, load_task
from weval.tasks.reading import layout_of
from weval.tasks.released import DataOptions
from weval.tasks.shards import shards_of
from weval.types import Item

pyarrow = pytest.importorskip("pyarrow")
ipc, parquet = pytest.importorskip("pyarrow.ipc"), pytest.importorskip("pyarrow.parquet")

Row = dict[str, Any]


def table(path: Path, rows: list[Row]) -> Path:
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def stream(path: Path, rows: list[Row]) -> Path:
    columns = pyarrow.Table.from_pylist(rows)
    with ipc.new_stream(str(path), columns.schema) as writer:
        writer.write_table(columns)
    return path


def row(item: Item, *, checks_as_text: bool = False) -> Row:
    content: Row = json.loads(item.model_dump_json())
    for requirement in content["requirements"]:
        if checks_as_text and requirement["check"]:
            requirement["check"] = json.dumps(requirement["check"])
    return content


@pytest.mark.parametrize("write", [table, stream])
@pytest.mark.parametrize("checks_as_text", [True, False])
def test_columns_hold_the_items_that_lines_do(tmp_path: Path, write: Callable[..., Path], checks_as_text: bool) -> None:
    items = list(load_task("weval-mini").items())  # with checks of many kinds, whose keys all share one struct
    found = load_data(write(tmp_path / "a", [row(item, checks_as_text=checks_as_text) for item in items]))
    assert list(found.items()) == items
    assert (found.n_items, found.name) == (60, "a")


def test_kept_may_be_a_number_and_what_may_be_null_may_be_absent(tmp_path: Path) -> None:
    items = [make_item("i1", [3, 1]), make_item("i2", [2, 1])]
    rows = [row(item) for item in items]
    for content in rows:
        del content["category"], content["language"]
        for requirement in content["requirements"]:
            del requirement["check"], requirement["type"]
    found = load_data(table(tmp_path / "a", rows))
    assert list(found.items()) == items
    assert found.notices[0].startswith("4 candidates say only how many")


def test_shards_are_one_task_in_whatever_form_each_is(tmp_path: Path) -> None:
    items = [make_item(f"i{n}") for n in range(6)]
    table(tmp_path / "p-0", [row(item) for item in items[:2]])
    write_items(tmp_path / "p-1", items[2:3])
    stream(tmp_path / "p-2", [row(item) for item in items[3:]])
    found = load_data(tmp_path / "p-*")
    assert list(found.items()) == items == list(found.items())


def test_what_is_wrong_is_said_with_shard_row_and_field(tmp_path: Path) -> None:
    good, tied = make_item("i1"), make_item("i2", [(1,), (2,)])
    broken = row(make_item("i3")) | {"instruction": ""}
    table(tmp_path / "p-0", [row(good), broken])
    table(tmp_path / "p-1", [row(tied), row(good), row(make_item("i4")), row(make_item("i4"))])
    with pytest.raises(DataError) as caught:
        load_data(tmp_path / "p-*")
    assert caught.value.problems == [
        f"{tmp_path}/p-0:2: instruction: must not be empty",
        f"{tmp_path}/p-1:1: candidates: kept counts tie ([1, 1]); --set gold=partial if meant",
        f"{tmp_path}/p-1:2: id: 'i1' is already the id of {tmp_path}/p-0:1",
        f"{tmp_path}/p-1:4: id: 'i4' is already the id of line 3",
    ]


def test_more_problems_than_are_shown_are_those_of_all_shards(tmp_path: Path) -> None:
    for name in ("p-0", "p-1"):
        table(tmp_path / name, [row(make_item(f"{name}-{n}")) | {"instruction": ""} for n in range(15)])
    with pytest.raises(DataError) as caught:
        load_data(tmp_path / "p-*")
    assert caught.value.problems[-2:] == [
        f"{tmp_path}/p-1:5: instruction: must not be empty",
        f"{tmp_path}/p-*: and 10 more problems",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r | {"kategory": "x"}, ": kategory: is not a known column"),
        (lambda r: {k: v for k, v in r.items() if k != "candidates"}, ":1: candidates: is missing"),
        (lambda r: r | {"requirements": None}, ":1: requirements: must be a list, not null"),
        (lambda r: r | {"id": 3}, ":1: id: must be a string, not 3"),
        (
            lambda r: r | {"requirements": [{"id": "c1", "text": "x", "check": "{bad"}]},
            ":1: requirements[0].check: is not JSON (",
        ),
        (lambda r: r | {"requirements": [{"id": "c1", "text": "x", "check": '{"kind": "x"}'}]}, ":1: requirements[0]."),
    ],
)
def test_columns_are_checked_like_lines(tmp_path: Path, change: Callable[[Row], Row], words: str) -> None:
    with pytest.raises(DataError) as caught:
        load_data(table(tmp_path / "a", [change(row(make_item(n_requirements=3)))]))
    assert caught.value.problems[0].startswith(f"{tmp_path}/a{words}")


def test_layouts_are_told_apart_by_columns(tmp_path: Path) -> None:
    released = {"prompt": "Write. Be brief.", "chosen": "x", "constraint": ["Be brief."], "instruction_id_list": ["a"]}
    for rows, layout in (([row(make_item())], "items"), ([released], "released")):
        assert layout_of(shards_of(table(tmp_path / layout, rows)), DataOptions()) == layout
        assert layout_of(shards_of(stream(tmp_path / layout, rows)), DataOptions()) == layout


def test_columns_of_neither_layout_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_data(table(tmp_path / "a", [{"question": "Why?", "answer": "So."}]))
    assert caught.value.problems == [
        f"{tmp_path}/a: has the columns question, answer; items have id, category, language, instruction, "
        "requirements, candidates; the released layout has prompt, chosen, response, constraint, instruction_id_list"
    ]
    with pytest.raises(DataError, match="/b: answer: is not a known column"):
        load_data(table(tmp_path / "b", [{"id": "x", "answer": "So."}]))


def test_a_web_page_is_no_file_of_items(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("<!DOCTYPE html>\n<html>\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.jsonl: is a web page, not a file of items$"):
        load_data(tmp_path / "a.jsonl")


def test_the_released_layout_in_shards(tmp_path: Path) -> None:
    texts = ["Be brief.", "Rhyme."]
    rows: list[Row] = [
        {"prompt": " ".join([f"Write {n}.", *texts[:k]]), "chosen": f"{n} {k}", "constraint": texts[:k]}
        for n in range(3)
        for k in (2, 1)
    ]
    rows = [one | {"instruction_id_list": ["s"] * len(one["constraint"])} for one in rows]
    table(tmp_path / "whole", rows)
    table(tmp_path / "p-0", rows[:3])  # the second query goes on in the next shard
    table(tmp_path / "p-1", rows[3:])
    assert list(load_data(tmp_path / "p-*").items()) == list(load_data(tmp_path / "whole").items())
    table(tmp_path / "p-1", [*rows[3:], rows[5] | {"prompt": "Alone. Be brief."}])
    with pytest.raises(DataError, match=r"p-1:4: prompt: no other row has this query"):
        load_data(tmp_path / "p-*")
