"""What a critic learns from; runs of WritingBench are in test_writingbench.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.supervised.made import instances, training, write
from weval.errors import DataError
from weval.training.supervised.instances import DROPPED, KEPT, read_instances


def read(tmp_path: Path, source: str, **settings: str):
    return read_instances(training("critic_sft", tmp_path, data__source=source, **settings))


def test_all_instances_of_a_query_are_on_one_side(tmp_path: Path) -> None:
    found = read(tmp_path, str(instances(tmp_path)), data__train="6", data__holdout="2")
    assert (len(found.train), len(found.held)) == (48, 16)
    assert len({one.query for one in found.train}) == 6 and len({one.query for one in found.held}) == 2
    assert not {one.query for one in found.train} & {one.query for one in found.held}


def test_items_score_high_by_what_a_text_was_written_to(tmp_path: Path) -> None:
    found = read(tmp_path, "weval-mini", data__allow="weval-mini", data__train="52", data__holdout="8")
    every = [*found.train, *found.held]
    assert len(every) == 60 * 25 and {(one.score, one.reason) for one in every} == {KEPT, DROPPED}
    assert sum(one.score == KEPT[0] for one in every) == 60 * 15


def test_broken_instances_are_said_by_line(tmp_path: Path) -> None:
    good = {"id": "1", "query": "q", "criterion": "c", "response": "r", "score": 3}
    path = write(tmp_path / "scored.jsonl", [good, {**good, "id": "2", "score": 11}, good])
    with pytest.raises(DataError) as found:
        read(tmp_path, str(path))
    assert "scored.jsonl:2: score" in str(found.value) and "scored.jsonl:3: id: '1' is on line 1" in str(found.value)
