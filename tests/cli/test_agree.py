"""`weval agree`: every odd file gives a figure or one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Weval
from tests.factories import make_item, write_items, write_rows

THREE = ["a1", "a2", "a3"]
ON_ITEMS = ["agree", "r.jsonl", "--data", "items.jsonl"]


def write(*rows: dict[str, Any]) -> None:
    """The ratings, and two items of three candidates."""
    write_rows(Path("r.jsonl"), [{"item_id": "i1", "annotator": "p"} | row for row in rows])
    write_items(Path("items.jsonl"), [make_item("i1", category="story"), make_item("i2", category="plan")])


CYCLE = [
    {"ranking": THREE},
    {"ranking": ["a2", "a3", "a1"], "annotator": "q"},
    {"ranking": ["a3", "a1", "a2"], "annotator": "r"},
]
FIGURES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "missing annotators": ([{"ranking": THREE}, {"ranking": THREE, "item_id": "i2", "annotator": "q"}], "2 annotators"),
    "ties": ([{"ranking": [["a1", "a2"], "a3"]}, {"ranking": [THREE], "annotator": "q"}], "kappa"),
    "everything tied": ([{"ranking": [THREE]}, {"ranking": [THREE], "annotator": "q"}], "correlation"),
    "partial": ([{"ranking": ["a1", "a3"]}, {"ranking": ["a3"], "annotator": "q"}], "2 of 2 rankings leave candidates"),
    "one annotator": (
        [{"ranking": THREE, "category": "story"}],
        "one annotator: agreement among annotators is undefined",
    ),
    "unknown item": ([{"ranking": THREE}, {"ranking": THREE, "item_id": "i9"}], "3 of 6 answers are for no text"),
    "unknown candidate": ([{"ranking": [*THREE, "zz"]}], "1 of 4 answers are for no text of this task, as i1 zz"),
    "unknown item labelled": ([{"category": "x"}, {"category": "x", "item_id": "i9"}], "1 of 2 categories are for no"),
    "cycle": (CYCLE, "the majority goes round in a circle (a over b over c over a) in 1 item"),
    "one candidate": ([{"ranking": ["a1"]}, {"ranking": ["a1"], "annotator": "q"}], "1 item left out of the majority"),
    "labels alone": ([{"category": "story"}, {"category": "plan", "annotator": "q"}], "1 item without a majority"),
    "escape": ([{"ranking": THREE, "annotator": "\x1b[2J\n"}], "\\x1b[2J\\n"),
}
REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no item fits": ([{"ranking": THREE, "item_id": "i9"}], "r.jsonl: item_id: nothing in it is of an item of items"),
    "no candidate fits": ([{"ranking": ["zz"]}], "r.jsonl: item_id: nothing in it is of an item of items, as 'i1'"),
    "nothing said": ([{}], "r.jsonl:1: ranking: is missing, and category, too; a line needs one of them"),
    "ranked twice": ([{"ranking": THREE}] * 2, "r.jsonl:2: annotator: 'p' has ranked 'i1' before"),
    "labelled twice": ([{"category": "x"}] * 2, "r.jsonl:2: annotator: 'p' has given 'i1' a category before"),
    "candidate twice": ([{"ranking": ["a1", "a1"]}], "r.jsonl:1: ranking: names a candidate twice"),
    "empty": ([], "r.jsonl: is empty"),
    "an escape": ([{"ranking": THREE, "item_id": "\x1b[2J\n"}], "as '\\x1b[2J\\n'"),
}


@pytest.mark.parametrize(("rows", "said"), FIGURES.values(), ids=FIGURES)
def test_an_odd_file_gives_figures_and_says_what_is_odd(weval: Weval, rows: list[dict[str, Any]], said: str) -> None:
    write(*rows)
    for command in (ON_ITEMS, ["agree", "r.jsonl"]):
        found = weval(*command)
        assert (found.code, found.err) == (0, "")
        assert "nan" not in found.out
        assert "\x1b" not in found.out
        assert max(map(len, found.out.splitlines())) <= 80
    assert said in " ".join(weval(*ON_ITEMS).out.split())


@pytest.mark.parametrize(("rows", "said"), REFUSED.values(), ids=REFUSED)
def test_a_broken_file_gives_one_line(weval: Weval, rows: list[dict[str, Any]], said: str) -> None:
    write(*rows)
    found = weval(*ON_ITEMS)
    assert (found.code, found.out) == (2, "")
    assert len(found.err.splitlines()) == 1
    assert said in found.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["agree"], "RATINGS"),
        (["agree", "nothing.jsonl"], "nothing.jsonl: no such file"),
        (["agree", "."], "is a directory"),
        (["agree", "r.jsonl", "--task", "weval-mimi"], "did you mean weval-mini"),
        (["agree", "r.jsonl", "--task", "weval-mini", "--data", "items.jsonl"], "--task and --data: give one of them"),
        (["agree", "r.jsonl", "--data", "nothing.jsonl"], "nothing.jsonl: no such file"),
        (["agree", "r.jsonl", "--task", "weval-mini"], "nothing in it is of an item of weval-mini, as 'i1'"),
        (["agree", "r.jsonl", "--set", "gold=partial"], "--set gold: without --task or --data there is only resamples"),
        (["agree", "r.jsonl", "--set", "resamples=99"], "--set resamples=99"),
        ([*ON_ITEMS, "--set", "gold=none"], "--set gold=none"),
        ([*ON_ITEMS, "--set", "sed=1"], "sed"),
    ],
)
def test_wrong_arguments_end_with_2(weval: Weval, arguments: list[str], said: str) -> None:
    write({"ranking": THREE})
    found = weval(*arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert "Traceback" not in found.err


def test_json_holds_the_record(weval: Weval) -> None:
    write(*CYCLE)
    found = json.loads(weval(*ON_ITEMS, "--json").out)
    assert (found["schema"], found["rankings"]["n_cycles"], found["task"]["name"]) == (1, 1, "items")
    assert found["majority"]["metrics"]["correlation"] == {"value": 0.0, "ci": None, "n": 1}
    assert json.loads(weval("agree", "r.jsonl", "--json").out)["majority"] is None


def test_a_task_with_ties_in_gold_is_read_as_it_is_set(weval: Weval) -> None:
    write({"ranking": THREE})
    write_items(Path("items.jsonl"), [make_item("i1", kept=((1, 2), (1,), (2,)))])
    assert "--set gold=partial" in weval(*ON_ITEMS).err
    assert weval(*ON_ITEMS, "--set", "gold=partial").code == 0


def test_the_number_of_resamples_is_a_setting_with_and_without_a_task(weval: Weval) -> None:
    write(*CYCLE)
    for command in (["agree", "r.jsonl"], [*ON_ITEMS, "--set", "gold=partial"]):
        assert json.loads(weval(*command, "--set", "resamples=300", "--json").out)["resamples"] == 300
        assert json.loads(weval(*command, "--json").out)["resamples"] == 10_000


def test_bundled_tasks_are_known_by_name(weval: Weval) -> None:
    write({"ranking": ["a1", "a2"], "item_id": "w0002"})
    found = weval("agree", "r.jsonl", "--task", "weval-mini")
    assert found.out.startswith("r.jsonl on weval-mini 1.0\n1 annotator, 1 ranking of 1 item\n")
