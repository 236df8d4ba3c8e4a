"""Alarms that ring while a policy is trained: told once, written down, and rung again where a run goes back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.training.rewards.tea import make_training, write_tea
from weval.run import Watcher
from weval.training.rewards.bell import Bell, read_alarms
from weval.training.sections import Alarms

LIMITS = Alarms(window=2)


class Noting(Watcher):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)


def step(n: int) -> dict[str, float]:
    """From step 5 on, no text is rewarded."""
    return {"reward": 0.1, "unrewarded": 1.0 if n > 4 else 0.0, "loss": 0.5}


def test_an_alarm_is_told_once_and_written_down(tmp_path: Path) -> None:
    watcher = Noting()
    training = replace(make_training(tmp_path / "out", write_tea(tmp_path)), watcher=watcher)
    bell = Bell(training, LIMITS)
    bell.begin(0)
    for n in range(1, 9):
        bell.log(step(n), n)
        bell.log({"eval_reward": 0.0}, n)  # no step of training
    assert [(alarm.step, alarm.kind) for alarm in read_alarms(training.out / "alarms.jsonl")] == [(5, "unrewarded")]
    assert watcher.notices == ["step 5: unrewarded: 50% of the texts got no reward, and nothing is learnt from them"]


def test_a_run_that_goes_on_rings_what_it_had_rung_after_its_checkpoint(tmp_path: Path) -> None:
    watcher = Noting()
    training = replace(make_training(tmp_path / "out", write_tea(tmp_path)), watcher=watcher)
    first = Bell(training, LIMITS)
    for n in range(1, 9):
        first.log(step(n), n)
    curve = "".join(json.dumps({"step": n} | step(n)) + "\n" for n in range(1, 9))
    (training.out / "curve.jsonl").write_text(curve)
    for at, kept in ((6, 1), (4, 0)):
        again = Bell(training, LIMITS)
        again.begin(at)
        assert len(read_alarms(training.out / "alarms.jsonl")) == kept
        for n in range(at + 1, 9):
            again.log(step(n), n)
        assert [alarm.step for alarm in read_alarms(training.out / "alarms.jsonl")] == [5]
    assert len(watcher.notices) == 2


def test_a_half_written_alarm_is_none(tmp_path: Path) -> None:
    (tmp_path / "alarms.jsonl").write_text('{"step": 1, "kind": "length", "said": "so"}\n{"step": 2, "ki')
    assert [alarm.step for alarm in read_alarms(tmp_path / "alarms.jsonl")] == [1]
    assert read_alarms(tmp_path / "none.jsonl") == []
