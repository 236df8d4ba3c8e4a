"""What is an item of a task is not trained on, unless the user says so; it is counted and named."""

from __future__ import annotations

import pytest

from weval.errors import ConfigError, DataError
from weval.run import Watcher
from weval.tasks import load_task
from weval.training.clean import clean, told

ALL = ("weval", "weval-gemini", "weval-gpt4o", "weval-mini", "dropout-real")


class Listening(Watcher):
    def __init__(self) -> None:
        self.said = list[str]()

    def notice(self, text: str) -> None:
        self.said.append(text)


def test_items_of_a_task_and_their_texts_are_left_out_with_the_task_named() -> None:
    item = next(iter(load_task("weval-mini").items()))
    own = "Write eight lines about the harbour of a town that no task has ever heard of, by night."
    watcher = Listening()
    kept, left_out = clean(
        [own, f"Please! {item.instruction}", item.query(item.requirement_ids)], (), 0.5, watcher=watcher
    )
    assert kept == [own]
    assert sum(left_out.values()) == 2 and set(left_out) <= set(ALL)
    assert "left out of training, as they are items of tasks: 2 of" in watcher.said[0]


def test_an_allowed_task_may_be_trained_on_and_it_is_said() -> None:
    items, watcher = list(load_task("weval-mini").items())[:3], Listening()
    with pytest.raises(DataError, match="nothing is left to train on: all are items of"):
        clean(items, (), 0.5)
    kept, left_out = clean(items, ALL, 0.5, watcher=watcher)
    assert kept == items and left_out == {}
    assert any("figures on what was trained on say nothing" in line for line in watcher.said)


def test_other_things_bring_their_texts() -> None:
    item = next(iter(load_task("weval-mini").items()))
    rows = [
        {"asked": item.instruction},
        {"asked": "A text about a harbour by night that nobody ever asked for before."},
    ]
    kept, _ = clean(rows, (), 0.5, texts=lambda row: [row["asked"]])
    assert kept == rows[1:]


def test_an_unknown_task_is_refused_and_absent_ones_are_named() -> None:
    with pytest.raises(ConfigError, match="unknown task 'weval-mimi'"):
        clean(["x"], ("weval-mimi",), 0.5)
    lines = told({}, ["weval 1.0"], ["race (weval fetch race)"], ())
    assert lines == [
        "held against 1 task",
        "not checked for contamination, as it is not on this machine: race (weval fetch race)",
    ]
