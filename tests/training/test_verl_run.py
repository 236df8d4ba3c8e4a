from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.training.test_launching import SAY, programs, said
from tests.training.test_trl import paper
from weval.training.differences import differences
from weval.training.verl import Files, override, verl_arguments
from weval.training.verl_run import HERE, REWARD, TRAIN, URL, VAL, Rewarder, about, nested, run_script

RM = Rewarder("http://rm:8311/weval", "The reward model is served.")
ODD = "a \"b\" 'c' `d` $HOME \\e"
"""What a shell could take for its own."""


def arguments(nodes: str = "1") -> dict[str, Any]:
    files = Files(f"{HERE}/{TRAIN}", f"{HERE}/{REWARD}", f"{HERE}/checkpoints", None, {"url": URL, "note": ODD})
    return verl_arguments(paper(hardware__nodes=nodes), "wrl", files)


def run(
    folder: Path, nodes: str = "1", *more: str, checks: int = 0, rewarder: Rewarder = RM, **variables: str
) -> tuple[Any, list[list[str]]]:
    """run.sh in a folder with a space in its name, with a python and a ray that say what they were told."""
    folder = folder / "an export"
    folder.mkdir()
    (folder / "run.sh").write_text(run_script(paper(hardware__nodes=nodes), arguments(nodes), rewarder))
    python = f'{SAY}\n[[ "$1" == *reward.py ]] && exit {checks}\nexit 0'
    environment = programs(folder.parent / "bin", python=python, ray=SAY) | variables
    command = ["bash", str(folder / "run.sh"), *more]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, cwd=folder.parent)
    return ran, said(environment)


def test_one_machine_asks_the_reward_model_and_then_runs_the_command(tmp_path: Path) -> None:
    ran, told = run(tmp_path, "1", "trainer.logger=[console,wandb]")
    assert ran.returncode == 0, ran.stderr
    here = tmp_path / "an export"
    assert told[0] == ["python", f"{here}/reward.py", "http://rm:8311/weval"]
    assert told[1][:3] == ["python", "-m", "verl.trainer.main_ppo"] and told[1][-1] == "trainer.logger=[console,wandb]"
    expected = {
        key: value.replace(HERE, str(here)).replace(URL, "http://rm:8311/weval")
        if isinstance(value, str) and value != ODD
        else value
        for key, value in arguments().items()
    }
    words = dict(word.split("=", 1) for word in told[1][3:-1])
    assert words.keys() == expected.keys()
    for key, value in expected.items():  # quotes of Hydra's around what has a space
        assert words[key] == override("k", value)[2:] or words[key] == f"'{value}'", key


def test_hydra_reads_the_odd_value_as_it_was(tmp_path: Path) -> None:
    pytest.importorskip("hydra", reason="needs hydra-core")
    from hydra.core.override_parser.overrides_parser import OverridesParser

    _, told = run(tmp_path)
    read = {one.key_or_group: one.value() for one in OverridesParser.create().parse_overrides(told[1][3:])}
    assert read["reward.custom_reward_function.reward_kwargs.note"] == ODD
    assert read["data.train_files"] == str(tmp_path / "an export" / TRAIN)


def test_an_address_is_no_command_and_the_name_of_its_key_is_passed_on(tmp_path: Path) -> None:
    url = 'http://rm/$(touch harm)`touch harm`}"; touch harm #'
    ran, told = run(tmp_path, rewarder=Rewarder(url, "", "RM_KEY"))
    assert ran.returncode == 0, ran.stderr
    assert told[0][2:] == [url, "RM_KEY"] and not list(tmp_path.rglob("harm"))


def test_a_reward_model_that_does_not_answer_stops_it_before_gpus_are_busy(tmp_path: Path) -> None:
    ran, told = run(tmp_path, checks=2)
    assert ran.returncode == 2 and len(told) == 1


def test_the_address_is_the_users_to_say(tmp_path: Path) -> None:
    _, told = run(tmp_path, REWARD_URL="http://other:1/predict")
    assert told[0][-1] == "http://other:1/predict"
    assert any("reward_kwargs.url='http://other:1/predict'" in word for word in told[1])


def test_of_several_machines_the_cluster_gets_the_command(tmp_path: Path) -> None:
    ran, told = run(tmp_path, "2", RAY_DASHBOARD="http://head:8265")
    assert ran.returncode == 0, ran.stderr
    assert told[1][:5] == ["ray", "job", "submit", "--address=http://head:8265", "--"]
    assert told[1][5:8] == ["python", "-m", "verl.trainer.main_ppo"] and "trainer.nnodes=2" in told[1]


def test_an_address_that_is_another_server_on_each_machine_is_refused(tmp_path: Path) -> None:
    ran, told = run(tmp_path, "2", REWARD_URL="http://127.0.0.1:8311/weval")
    assert ran.returncode == 2 and not told and "name one that all reach" in ran.stderr


def test_the_yaml_has_what_the_command_has() -> None:
    found = nested(arguments(), RM.url)
    assert found["data"]["train_files"] == TRAIN and found["trainer"]["logger"] == ["console"]
    assert found["reward"]["custom_reward_function"]["reward_kwargs"]["url"] == RM.url
    assert found["algorithm"]["rollout_correction"]["rollout_is"] is None


def test_the_readme_tells_every_difference_and_what_was_left_out() -> None:
    profile = paper(hardware__nodes="2")
    counts = {TRAIN: 1200, VAL: 128, "items of weval": 3}
    text = about("A writer", profile, differences(profile, "verl"), RM, counts)
    assert all(one.why in text for one in differences(profile, "verl"))
    assert "1,200 in train.parquet, 128 in val.parquet; left out: 3 items of weval" in text
    assert RM.started in text and "ray start --head" in text and sys.executable not in text
    assert "ray start" not in about("A writer", paper(), [], RM, {TRAIN: 1})
