"""The recipe itself, on the smallest model that learns the form of a reply: through train.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.supervised.made import instances, judge_folder, losses, run_recipe
from weval.adapters import open_adapter
from weval.files import read_json
from weval.training.supervised.judged import HEADING, JUDGED, Judged

STEPS = 40


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("critic")
    return run_recipe("critic_sft", folder / "out", settings(folder))


def settings(folder: Path) -> dict[str, str]:
    source, judge = folder / "instances.jsonl", folder / "short"
    if not judge.exists():
        instances(folder), judge_folder(judge)
    return {
        "data.source": str(source), "data.train": "6", "data.holdout": "2",
        "critic.prompt": str(judge), "critic.settings.max_tokens": "40",
        "optimisation.epochs": "", "optimisation.max_steps": str(STEPS), "optimisation.max_tokens": "200",
        "optimisation.save_every": "40", "model.small.hidden": "64",
        "optimisation.batch": "8", "optimisation.micro_batch": "8",
    }  # fmt: skip


def test_the_loss_falls_and_its_replies_are_read(trained: Path) -> None:
    curve = losses(trained)
    assert len(curve) == STEPS and sum(curve[-3:]) < 0.3 * sum(curve[:3])
    found = read_json(trained / JUDGED, Judged)
    assert found.n_instances == 16 and found.readable and found.readable.value > 0.9
    assert found.error and found.error.n_pairs > 14 and found.ranking and found.constant == 2
    assert len((trained / "runs" / "heldout" / "replies.jsonl").read_text(encoding="utf-8").splitlines()) == 16
    assert f"## {HEADING}" in (trained / "README.md").read_text(encoding="utf-8")


def test_it_is_tried_on_what_was_held_out_whatever_else_cannot_be_measured(trained: Path) -> None:
    (trained / JUDGED).unlink()
    with pytest.raises(SystemExit) as end:
        run_recipe("critic_sft", trained, settings(trained.parent) | {"measure.tasks": "nowhere.jsonl"})
    assert end.value.code == 2 and read_json(trained / JUDGED, Judged).n_instances == 16
    assert f"## {HEADING}" in (trained / "README.md").read_text(encoding="utf-8")


def test_its_preset_is_a_judge_of_requirements(trained: Path) -> None:
    adapter = open_adapter(f"preset:{trained / 'preset.yaml'}", {})
    assert adapter.unit == "requirement" and "short" in str(adapter.fingerprint)
