from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from tests.factories import make_item, write_items
from weval.audit import Audit


def test_a_task_and_its_json_say_the_same(weval: Weval) -> None:
    text, record = weval("audit", "weval-mini"), weval("audit", "weval-mini", "--json")
    assert text.code == record.code == 0
    found = Audit.model_validate_json(record.out)
    assert found.adherence
    assert found.adherence.overall.dropped
    assert (found.adherence.overall.dropped.count, found.adherence.overall.dropped.n) == (36, 315)
    assert "11.4 %" in text.out
    assert list(Path().iterdir()) == []


def test_a_file_with_settings_and_judges(weval: Weval) -> None:
    write_items(Path("items.jsonl"), [make_item("i1", ((1, 2), (1,), (2,)))])
    refused = weval("audit", "items.jsonl")
    assert refused.code == 2
    assert "gold=partial" in refused.err
    for model in ("length", "constant"):
        assert (
            weval("run", "--model", model, "--data", "items.jsonl", "--set", "gold=partial", "--out", model).code == 0
        )
    said = weval("audit", "items.jsonl", "--set", "gold=partial", "--judge", "length", "--judge", "constant", "--json")
    assert said.code == 0
    assert [judge["model"] for judge in json.loads(said.out)["judges"]] == ["length", "constant"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "TASK|FILE"),
        (["weval-mimi"], "weval-gpt4o, weval-mini), and there is no file 'weval-mimi'"),
        (["."], ".: is a folder without task.yaml"),
        (["weval-mini", "--judge", "nowhere"], "nowhere: is not a run folder"),
        (["weval-mini", "--set", "seed=1"], "unknown setting 'seed'"),
        (["weval-mini", "--set", "gold=x"], "--set gold=x"),
    ],
)
def test_wrong_arguments_end_with_2_and_one_line(weval: Weval, arguments: list[str], words: str) -> None:
    said = weval("audit", *arguments)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_judge_of_other_items_is_refused(weval: Weval) -> None:
    write_items(Path("items.jsonl"), [make_item()])
    assert weval("run", "--model", "length", "--data", "items.jsonl", "--out", "r").code == 0
    said = weval("audit", "weval-mini", "--judge", "r")
    assert said.code == 2
    assert said.err.startswith("weval: r: is on other items")
    assert len(said.err.splitlines()) == 1
