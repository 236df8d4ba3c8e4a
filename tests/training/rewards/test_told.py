"""What a card says of training by rewards."""

from __future__ import annotations

from pathlib import Path

from tests.training.rewards.tea import make_training, write_tea
from tests.training.rewards.test_heldout import texts
from weval.files import write_json
from weval.training.rewards.alarms import Alarm
from weval.training.rewards.heldout import compared
from weval.training.rewards.told import told


def test_changes_are_told_with_intervals_and_what_is_not_measured_is_left_out(tmp_path: Path) -> None:
    training = make_training(tmp_path / "out", write_tea(tmp_path))
    before = texts({"a": [0.0], "b": [0.5], "c": [0.25]})
    after = texts({"a": [0.5], "b": [0.75], "c": [0.5]}, n_tokens=10)
    write_json(training.out / "heldout.json", compared(before, after))
    changes, alarms = told(training)
    assert changes.startswith(
        "On 3 prompts held out, before training and after, with the same chance: the mean reward went from 0.25 to "
        "0.583 (+0.333, 95 % interval 0.250 … "
    )
    assert "the mean length in tokens went from 5 to 10" in changes
    assert "mechanically" not in changes
    assert (
        alarms == "No alarm rang: for length, failing checks, repetition, groups of equal rewards, texts without any."
    )


def test_alarms_are_told_and_nothing_of_prompts_where_none_were_held_out(tmp_path: Path) -> None:
    training = make_training(tmp_path / "out", write_tea(tmp_path))
    alarm = Alarm(step=7, kind="length", said="texts went from 5 to 16 tokens")
    (training.out / "alarms.jsonl").write_text(alarm.model_dump_json() + "\n")
    assert told(training) == ["An alarm rang at step 7 (length): texts went from 5 to 16 tokens."]
