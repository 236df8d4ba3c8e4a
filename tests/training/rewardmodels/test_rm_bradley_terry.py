"""The recipe itself, on the smallest model that still learns: through train.py, as `weval train` starts it."""

from __future__ import annotations

import runpy
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from tests.small_models import make_lm
from weval.adapters import open_adapter
from weval.files import read_json
from weval.plan import PlanOptions, plan
from weval.rooms import room
from weval.tasks import load_data, load_task
from weval.training.curve import read_curve
from weval.training.recipe import read_training
from weval.training.rewardmodels.measured import Measured

SCRIPT = room("training_recipes") / "rm_bradley_terry" / "train.py"

STEPS = 14

SETTINGS = {
    "data.source": "weval-mini", "data.allow": "weval-mini", "data.train": "12", "data.holdout": "3",
    "reward_head.pairs": "", "reward_head.wire": "{requirement} // {response}", "model.freeze_layers": "0",
    "optimisation.max_steps": str(STEPS), "optimisation.batch": "8", "optimisation.micro_batch": "8",
    "optimisation.learning_rate": "0.01", "optimisation.max_tokens": "96", "optimisation.log_every": "1",
    "optimisation.save_every": "4", "measure.tasks": "", "measure.settings.resamples": "100",
}  # fmt: skip


def arguments(out: Path, settings: dict[str, str]) -> list[str]:
    said = [f"{name}={value}" for name, value in (SETTINGS | settings).items()]
    return ["--out", str(out), *(part for one in said for part in ("--set", one))]


def train(out: Path, settings: dict[str, str]) -> Path:
    """Trains in this process, where the libraries are loaded already."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say of each other
        patch.setattr(sys, "argv", [str(SCRIPT), *arguments(out, settings)])
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return out


def losses(out: Path) -> list[float]:
    return [line["loss"] for line in read_curve(out / "curve.jsonl")]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two classes, by LoRA, in bfloat16."""
    base = make_lm(tmp_path_factory.mktemp("lm") / "base", hidden_size=32, initializer_range=0.05)
    return {"model.base": str(base), "model.lora.rank": "8", "reward_head.head": "two-class"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Path:
    return train(tmp_path_factory.mktemp("trained") / "out", settings)


def test_the_loss_falls_and_the_card_tells_what_was_cut(trained: Path) -> None:
    curve = losses(trained)
    assert len(curve) == STEPS and sum(curve[-4:]) < sum(curve[:4]) - 0.1
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "texts were longer than the model reads and were cut" in card
    assert "## Does it read" in card and "| heldout (3) | correlation |" in card
    measured = read_json(trained / "measured.json", Measured)
    assert measured.held_pairs and measured.held_pairs.n > 20 and list(measured.items) == ["heldout"]


def test_the_preset_scores_the_probability_of_the_second_class(trained: Path) -> None:
    items = list(load_data(trained / "heldout.jsonl", {}).items())
    own = {item.id for item in load_task("weval-mini").items()}
    assert len(items) == 3 and {item.id for item in items} <= own
    adapter = open_adapter(f"preset:{trained / 'preset.yaml'}", {})
    assert adapter.unit == "requirement"
    values = [
        score.values[0]
        for score in adapter.score(request for request, _ in plan(items[0], "requirement", PlanOptions()))
    ]
    assert len(values) == 25 and all(0 < value < 1 for value in values) and len(set(values)) > 15


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_curve(trained: Path, settings: dict[str, str], tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    command = [sys.executable, str(SCRIPT), *arguments(killed, settings)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        end = time.monotonic() + 120
        while not (killed / "checkpoints" / "checkpoint-4" / "complete").is_file() and time.monotonic() < end:
            assert process.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
            time.sleep(0.01)
        process.kill()
    assert 4 <= len(losses(killed)) < STEPS and not (killed / "model").exists()
    train(killed, settings)
    assert losses(killed) == pytest.approx(losses(trained), abs=1e-4)


def test_both_profiles_are_read(tmp_path: Path) -> None:
    recipe, _ = read_training("rm_bradley_terry")
    heads = {name: profile.reward_head for name, profile in recipe.profiles.items()}
    assert heads["paper"] and heads["paper"].head == "two-class" and heads["paper"].unit == "response"
    assert heads["tiny"] and heads["tiny"].unit == "requirement"
    assert {name for name, told in recipe.published.items() if told.value is None} >= {"optimisation.learning_rate"}
    with pytest.raises(SystemExit) as stopped:
        train(tmp_path / "out", {"data.source": "nowhere.jsonl"})
    assert stopped.value.code == 2
