"""The recipe itself, which does all that sft and reference_sft do: through train.py, as `weval train` starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.supervised.made import arguments, losses, queries, run_recipe, script
from weval.files import read_json
from weval.textmodels import TextModelOptions, open_text_model
from weval.training.folder import step_of, whole_checkpoints
from weval.training.supervised.filtering import FILTERED, Filtered
from weval.training.supervised.heldout import HELDOUT, HeldOut
from weval.types import Prompt

STEPS = 16

KILLED = """
import os, runpy, signal, sys
from weval.training import curve
log = curve._Watch.log
def dying(self, logs, state):
    log(self, logs, state)
    if state.global_step == 10: os.kill(os.getpid(), signal.SIGKILL)
curve._Watch.log = dying
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    source = queries(tmp_path_factory.mktemp("queries"))
    return {
        "data.source": str(source), "data.train": "28", "data.holdout": "4", "filtering.keep": "14",
        "optimisation.epochs": "", "optimisation.max_steps": str(STEPS), "optimisation.max_tokens": "120",
    }  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Path:
    return run_recipe("writing_sft", tmp_path_factory.mktemp("trained") / "out", settings)


def test_the_loss_falls_on_what_was_trained_on_and_on_what_was_not(trained: Path) -> None:
    curve = losses(trained)
    assert len(curve) == STEPS and sum(curve[-3:]) < 0.5 * sum(curve[:3])
    found = read_json(trained / HELDOUT, HeldOut)
    assert found.n_texts == 4 and found.loss.change and found.loss.change.ci and found.loss.change.ci[1] < -1
    assert {step_of(each) for each in whole_checkpoints(trained)} == {12, 16}


def test_only_texts_that_use_the_word_are_kept_and_the_card_says_so(trained: Path) -> None:
    kept = read_json(trained / FILTERED, Filtered)
    assert len(kept.kept) == 14 and kept.missing == 0 and kept.mean_kept == 2 * kept.mean_before > 0
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "Of 28 texts 14 were kept by the grades of keywords" in card and "Loss per token on 4 texts" in card
    assert json.loads((trained / "training.json").read_text(encoding="utf-8"))["finished"] is True


def test_what_comes_out_writes(trained: Path) -> None:
    model = open_text_model(f"transformers/{trained / 'model'}", TextModelOptions(temperature=0.0, max_tokens=12))
    (reply,) = model.replies([Prompt("1", (("user", "Say what the cat thinks of tea, in one line."),))])
    assert reply.status == "ok" and reply.text.endswith("a lot.")  # and there it ended by itself


def test_a_killed_run_goes_on_to_the_same_curve(trained: Path, settings: dict[str, str], tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, str(script("writing_sft")), *arguments(killed, settings)]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=180, cwd=Path.cwd(), env={**os.environ, "PYTHONPATH": "."}
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert len(losses(killed)) == 10 and not (killed / "model").exists()
    run_recipe("writing_sft", killed, settings)
    assert losses(killed) == pytest.approx(losses(trained), abs=1e-5)
    assert (killed / HELDOUT).read_text(encoding="utf-8") == (trained / HELDOUT).read_text(encoding="utf-8")
