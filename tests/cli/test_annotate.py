"""`weval annotate`, and its files in `weval agree` and `weval run`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Weval
from tests.factories import make_item, write_items, write_rows
from weval.ratings import shown_ids
from weval.types import Item

ITEMS = [make_item(f"i{n}", category="story") for n in (1, 2, 3)]


@pytest.fixture
def rated(weval: Weval) -> Callable[..., Path]:
    """A file as a page of items.jsonl gives it, each item ranked by the function; `weval` has set the folder."""
    write_items(Path("items.jsonl"), ITEMS)

    def write(order: Callable[[list[str]], list[Any]], items: list[Item] = ITEMS) -> Path:
        rows = [
            {"item_id": item.id, "annotator": "p", "ranking": order([*shown_ids(item).values()]), "category": "story"}
            for item in items
        ]
        return write_rows(Path("r.jsonl"), rows)

    return write


def test_a_page_of_a_task_and_one_of_a_file(weval: Weval) -> None:
    write_items(Path("items.jsonl"), ITEMS)
    said = weval("annotate", "weval-mini")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("annotate-weval-mini.html: 60 items, 300 responses, 0.5 MB; open it in a browser\n")
    assert said.out.endswith("for what is downloaded there: weval agree RATINGS --task weval-mini\n")
    said = weval("annotate", "items.jsonl", "--out", "page.html", "--limit", "2")
    assert "page.html: 2 items, 6 responses" in said.out
    assert said.out.endswith("--data items.jsonl\n")
    assert {path.name for path in Path().iterdir()} == {"annotate-weval-mini.html", "items.jsonl", "page.html"}


def test_json_and_settings(weval: Weval) -> None:
    write_items(Path("ties.jsonl"), [make_item("i1", ((1, 2), (1,), (2,)))])
    assert "gold=partial" in weval("annotate", "ties.jsonl").err
    found = [
        json.loads(weval("annotate", "ties.jsonl", "--set", "gold=partial", "--set", f"seed={seed}", "--json").out)
        for seed in (0, 1, 0)
    ]
    assert found[0] == found[2] == found[1] | {"digest": found[0]["digest"]}
    assert found[0]["path"] == "annotate-ties.html"
    said = weval("annotate", "ties.jsonl", "--set", "gold=partial", "--set", "seed=1")
    assert said.out.endswith("weval agree RATINGS --data ties.jsonl --set gold=partial\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "TASK|FILE"),
        (["weval-mimi"], "did you mean weval-mini"),
        (["weval-mini", "--limit", "0"], "--limit 0: at least 1"),
        (["weval-mini", "--set", "sed=1"], "unknown setting 'sed'"),
        (["weval-mini", "--set", "seed=x"], "--set seed=x"),
        (["weval-mini", "--out", "."], "--out .: is a folder"),
        (["weval-mini", "--out", "mine.html"], "--out mine.html: is there already, and no page of weval"),
        (["mine.html"], "mine.html:1"),
    ],
)
def test_wrong_arguments_end_with_2_and_one_line(weval: Weval, arguments: list[str], words: str) -> None:
    Path("mine.html").write_text("my notes\n")
    said = weval("annotate", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert "Traceback" not in said.err
    assert Path("mine.html").read_text() == "my notes\n"


def test_a_page_of_ours_is_written_again(weval: Weval) -> None:
    for _ in range(2):
        assert weval("annotate", "weval-mini", "--limit", "1").code == 0


@pytest.mark.parametrize(("step", "correlation"), [(1, 1.0), (-1, -1.0)])
def test_what_is_downloaded_is_read_by_agree_and_as_a_model(
    weval: Weval, rated: Callable[..., Path], step: int, correlation: float
) -> None:
    rated(lambda shown: shown[::step])
    agreed = json.loads(weval("agree", "r.jsonl", "--data", "items.jsonl", "--json").out)
    assert agreed["majority"]["metrics"]["correlation"]["value"] == correlation
    assert agreed["annotators"]["p"]["with_gold"]["value"] == correlation
    assert agreed["labels"]["with_gold"]["value"] == 1
    assert agreed["notices"] == []
    ran = weval("run", "--model", "human:r.jsonl", "--data", "items.jsonl", "--json")
    assert json.loads(ran.out)["metrics"]["correlation"]["value"] == correlation
    assert "no text of this task" not in ran.err


def test_ties_and_partial_rankings_are_what_they_are(weval: Weval, rated: Callable[..., Path]) -> None:
    rated(lambda shown: [shown[0], [shown[2], shown[1]]])
    ran = weval("run", "--model", "human:r.jsonl", "--data", "items.jsonl", "--json")
    assert json.loads(ran.out)["metrics"]["correlation"]["value"] == pytest.approx(2 / 3)
    rated(lambda shown: [[shown[2], shown[0]]])
    agreed = weval("agree", "r.jsonl", "--data", "items.jsonl")
    assert "3 of 3 rankings leave candidates out" in " ".join(agreed.out.split())


def test_a_page_of_other_items_is_told_in_one_line(weval: Weval, rated: Callable[..., Path]) -> None:
    others = [item.model_copy(update={"instruction": "Write of something else."}) for item in ITEMS]
    rated(lambda shown: shown, [ITEMS[0], *others[1:]])
    why = "it was made on a page of other items, or of other versions of them"
    said = " ".join(weval("agree", "r.jsonl", "--data", "items.jsonl").out.split())
    assert f"6 of 9 answers are for no text of this task, as i2 {shown_min(others[1])}; {why}" in said
    ran = weval("run", "--model", "human:r.jsonl", "--data", "items.jsonl")
    assert f"6 of 9 answers are for no text of this task, as i2 {shown_min(others[1])}; {why}" in ran.err
    write_rows(Path("r.jsonl"), [{"item_id": "i2", "annotator": "p", "ranking": [*shown_ids(others[1]).values()]}])
    said_alone = weval("agree", "r.jsonl", "--data", "items.jsonl")
    assert (said_alone.code, len(said_alone.err.splitlines())) == (2, 1)
    assert said_alone.err.rstrip().endswith(why)


def shown_min(item: Item) -> str:
    return min(shown_ids(item).values())
