"""A base and its lessons; whole runs are in test_writing_sft.py and test_critic_sft.py."""

from __future__ import annotations

from pathlib import Path

from tests.training.supervised.made import training
from weval.training.supervised.lessons import Lesson
from weval.training.supervised.preparing import prepare

LESSONS = [Lesson((("user", f"Say {n}."),), f"{n}! " * n) for n in range(1, 30)]


def test_a_small_base_is_made_of_what_is_trained_on(tmp_path: Path) -> None:
    run = training("sft", tmp_path, optimisation__max_tokens="60")
    run.base = tmp_path / "base"
    found = prepare(run, LESSONS[:25], LESSONS[25:])
    assert len(found.train) == 25 and len(found.held.places) == 4
    assert set(found.train.column_names) == {"input_ids", "labels"}
    assert found.told == run.watcher.said and "tokens, and cut, without an end" in found.told[0]
    assert found.model.config.vocab_size == len(found.tokenizer)
