"""`weval train` starts the script that one would start by hand, passes its exit code on, and a signal once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.made import Cats, make_recipe
from weval.errors import ConfigError, ResultError
from weval.training.outcome import read_outcome
from weval.training.running import TrainSpec, choose, command_of, environment_of, run_script, run_training

WAITING = """
import signal, sys, time
heard = []
signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
print("ready", file=sys.stderr, flush=True)
while not heard:
    time.sleep(0.05)
time.sleep(0.5)
sys.exit(100 + len(heard))
"""


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    return str(make_recipe(tmp_path / "recipe"))


def test_one_process_is_this_python_and_several_go_by_accelerate(recipe: str, tmp_path: Path) -> None:
    spec = TrainSpec(recipe, settings={"seed": "2"}, out=tmp_path / "out", fresh=True)
    script = [f"{recipe}/train.py", "--profile", "tiny", "--set", "seed=2", "--out", str(tmp_path / "out"), "--fresh"]
    assert command_of(choose(spec), spec) == [sys.executable, *script]
    spec = TrainSpec(recipe, settings={"hardware.gpus": "8"}, out=tmp_path / "out")
    command = command_of(choose(spec), spec)
    assert command[1:4] == ["-m", "accelerate.commands.accelerate_cli", "launch"]
    assert Path(command[command.index("--config_file") + 1]).is_file()
    assert command[command.index("--num_processes") + 1] == "8"
    assert command[command.index("--num_processes") + 2] == f"{recipe}/train.py"


def test_several_machines_are_not_started_from_here(recipe: str) -> None:
    with pytest.raises(ConfigError, match=r"hardware\.nodes=2: several machines are started by --export"):
        run_training(TrainSpec(recipe, settings={"hardware.nodes": "2"}))


def test_a_folder_without_a_script_is_told(recipe: str) -> None:
    (Path(recipe) / "train.py").unlink()
    with pytest.raises(ConfigError, match=r"recipe: there is no train\.py in it"):
        run_training(TrainSpec(recipe))


def test_the_environment_is_the_users_without_what_another_launcher_left(recipe: str) -> None:
    environ = {"HOME": "/home/me", "RANK": "3", "WORLD_SIZE": "8", "CUDA_VISIBLE_DEVICES": "2,3"}
    tiny = choose(TrainSpec(recipe)).profile
    kept = {"HOME": "/home/me", "CUDA_VISIBLE_DEVICES": "2,3"}
    assert environment_of(tiny, environ) == {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "1800"} | kept
    assert environment_of(tiny, {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "5"}) == {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "5"}
    one = choose(TrainSpec(recipe, settings={"hardware.gpus": "1"})).profile
    assert environment_of(one, environ)["CUDA_VISIBLE_DEVICES"] == "2"
    assert environment_of(one, {})["CUDA_VISIBLE_DEVICES"] == "0"


def test_exit_codes_are_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_script([sys.executable, "-c", "print('x'); raise SystemExit(7)"], os.environ) == 7
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "x\n")
    assert run_script([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], os.environ) == 137
    with pytest.raises(ResultError, match="cannot start no-such-program"):
        run_script(["no-such-program"], os.environ)


def test_ctrl_c_reaches_the_script_once(tmp_path: Path) -> None:
    """As in a terminal: the signal goes to the whole group of processes that weval is in."""
    (tmp_path / "wait.py").write_text(WAITING, encoding="utf-8")
    code = (
        "import os, sys; from weval.training.running import run_script\n"
        f"sys.exit(run_script([sys.executable, {str(tmp_path / 'wait.py')!r}], os.environ))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True) as weval:
        assert weval.stderr is not None and weval.stderr.readline() == b"ready\n"
        os.killpg(weval.pid, signal.SIGINT)
        assert weval.wait(20) == 101


def test_a_whole_run_gives_its_result(cats: Cats) -> None:
    assert cats.result == read_outcome(cats.out)
    assert cats.result.recipe == "likes-cats" and cats.result.end["accuracy"] == 1


def test_a_script_that_fails_has_said_why(recipe: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("important")
    with pytest.raises(SystemExit) as end:
        run_training(TrainSpec(recipe, out=tmp_path / "out"))
    assert end.value.code == 2
    assert "has thesis.txt in it and is no training run" in capfd.readouterr().err
