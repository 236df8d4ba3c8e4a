"""A short GRPO run by comparison: what it learns, and that a run killed in the middle of a step goes on to the same."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.training.comparing.ladders import made
from tests.training.comparing.runs import WORDS, lengthy, play, training, write
from weval.training.comparing.keeping import kept_in
from weval.training.comparing.store import SCHEDULE, Store
from weval.training.curve import read_curve
from weval.training.folder import whole_checkpoints

LENGTHS = (30, 90, 300)

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.training.comparing import runs

def before_the_update(callback, args, state, control, **_):
    if state.global_step == 5:  # the rewards of this step are noted
        os.kill(os.getpid(), signal.SIGKILL)

out, source = map(Path, sys.argv[1:])
runs.play(runs.training(out, runs.lengthy(source)), on_pre_optimizer_step=before_the_update)
"""


@dataclass(frozen=True)
class Run:
    """A finished run."""

    out: Path
    source: Path

    @property
    def curve(self) -> list[dict[str, float]]:
        """The steps, without what tells of speed."""
        lines = [line for line in read_curve(self.out / "curve.jsonl") if "reward" in line]
        return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]

    def figure(self, name: str) -> list[float]:
        return [line[name] for line in self.curve if name in line]

    def index(self, step: int) -> dict[str, int]:
        return Store(self.out / SCHEDULE).schedule(step).index


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [made(word, *("x" * n for n in LENGTHS)) for word in WORDS]
    return write(tmp_path_factory.mktemp("data") / "references.jsonl", rows)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Run:
    """A run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    play(training(out, lengthy(source)))
    return Run(out, source)


def test_it_writes_longer_texts_to_prompts_it_did_not_see(whole: Run) -> None:
    found: Any = json.loads((whole.out / "heldout.json").read_text(encoding="utf-8"))["reward"]
    assert found["change"]["value"] > 0.2
    assert found["after"]["value"] > 0.5 > found["before"]["value"]


def test_references_get_better_as_it_does(whole: Run) -> None:
    at, last = whole.figure("reference"), whole.index(8)
    assert at[0] == 0 and at[-1] >= 1
    assert len(last) == 6 and max(last.values()) == len(LENGTHS) - 1
    beaten = [json.loads(line) for line in (whole.out / SCHEDULE).read_text(encoding="utf-8").splitlines()[1:]]
    assert all(move["at"] == 1 or move["at"] == 2 for move in beaten)
    moves = [(move["step"], move["prompt"]) for move in beaten]
    assert len({*moves}) == len(moves), "of eight texts several win in a step, which moves a prompt once"


def test_each_checkpoint_has_the_references_of_its_step(whole: Run) -> None:
    for folder in whole_checkpoints(whole.out):
        kept = kept_in(folder)
        assert kept.step == int(folder.name.rpartition("-")[2])
        assert kept.index == whole.index(kept.step)


def test_a_run_killed_in_the_middle_of_a_step_goes_on_to_the_same_curve_and_schedule(
    whole: Run, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(whole.source)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    killed = Run(tmp_path, whole.source)
    noted = killed.index(6)
    assert [each.name for each in whole_checkpoints(tmp_path)] == ["checkpoint-2", "checkpoint-4"]
    assert noted == whole.index(6), "what the fifth step came to was noted before the kill"
    play(training(tmp_path, lengthy(whole.source)))
    assert killed.curve == whole.curve
    assert [killed.index(step) for step in range(4, 9)] == [whole.index(step) for step in range(4, 9)]
    assert kept_in(tmp_path / "checkpoints" / "checkpoint-8") == kept_in(whole.out / "checkpoints" / "checkpoint-8")


def test_fixed_references_stay_and_their_rewards_rise(source: Path, tmp_path: Path) -> None:
    about = lengthy(source, comparison={"references": "fixed"}, optimisation={"max_steps": 6, "save_every": 6})
    play(training(tmp_path, about))
    run = Run(tmp_path, source)
    rewards = run.figure("reward")
    assert sum(rewards[-2:]) > sum(rewards[:2]) + 0.4
    assert run.figure("reference") == [0.0] * 6
    assert run.index(6) == {}
