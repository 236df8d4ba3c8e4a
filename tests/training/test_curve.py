"""A curve is the same whether or not the run was killed; half-written checkpoints are no checkpoints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.training.made import CURVE_LENGTH, Cats, learn, same_curves
from weval.errors import ResultError
from weval.training import begin
from weval.training.curve import cut_back, read_curve, steps_of_rollout
from weval.training.folder import last_checkpoint, step_of, whole_checkpoints


def test_a_curve_is_read_without_its_half_line_and_cut_back_to_a_step(tmp_path: Path) -> None:
    path = tmp_path / "curve.jsonl"
    assert read_curve(path) == []
    path.write_text('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n{"step": 2, "eval_loss": 0.3}\n{"st')
    assert [line["step"] for line in read_curve(path)] == [1, 2, 2]
    cut_back(path, 2)
    assert path.read_text().endswith("0.3}\n")
    cut_back(path, 1)
    assert read_curve(path) == [{"step": 1, "loss": 0.5}]


@pytest.mark.parametrize("text", ["no\n", "[1]\n", '{"loss": 1}\n', "[" * 100_000 + "\n"], ids=range(4))
def test_what_is_no_curve_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "curve.jsonl").write_text(text)
    with pytest.raises(ResultError, match=r"curve\.jsonl: is no curve"):
        read_curve(tmp_path / "curve.jsonl")


def test_a_policy_is_stopped_between_rollouts() -> None:
    plain = SimpleNamespace(gradient_accumulation_steps=30)
    assert steps_of_rollout(plain) == 1
    grpo = SimpleNamespace(gradient_accumulation_steps=30, steps_per_generation=120, num_iterations=1)
    assert steps_of_rollout(grpo) == 4


def test_the_loss_falls_and_whole_checkpoints_are_kept(cats: Cats) -> None:
    curve = read_curve(cats.out / "curve.jsonl")
    assert [line["step"] for line in curve] == list(range(1, CURVE_LENGTH + 1))
    assert curve[-1]["loss"] < 0.1 * curve[0]["loss"]
    assert not any(name.startswith("train_") or name.endswith("runtime") for line in curve for name in line)
    assert sorted(map(step_of, whole_checkpoints(cats.out))) == [8, 10]


def test_a_run_killed_while_it_writes_goes_on_to_the_same_curve(cats: Cats, tmp_path: Path) -> None:
    """kill -9 in step 7; the checkpoint of step 4 is whole, and one of step 6 is left half-written."""
    out = tmp_path / "killed"
    code = (
        "from pathlib import Path; import os, signal\n"
        "from weval.training import begin\n"
        "from tests.training.made import learn\n"
        "def die(self, args, state, control, **_):\n"
        "    if state.global_step == 7: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"with begin(Path({str(cats.recipe)!r}), ['--out', {str(out)!r}]) as training:\n"
        "    learn(training, on_step_end=die)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=Path.cwd())
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert [line["step"] for line in read_curve(out / "curve.jsonl")] == [1, 2, 3, 4, 5, 6]
    half = out / "checkpoints" / "checkpoint-6"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"\0")
    with begin(cats.recipe, ["--out", str(out)]) as training:
        learn(training)
    assert not half.exists()
    same_curves(out, cats.out)
    assert (out / "model/model.safetensors").read_bytes() == (cats.out / "model/model.safetensors").read_bytes()


def test_ctrl_c_saves_the_step_and_the_same_command_goes_on(cats: Cats, tmp_path: Path, capfd) -> None:
    def stop(self, args, state, control, **_) -> None:
        if state.global_step == 5:
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "stopped"
    with pytest.raises(SystemExit) as end, begin(cats.recipe, ["--out", str(out)]) as training:
        learn(training, on_step_begin=stop)
    assert end.value.code == 130
    said = capfd.readouterr().err
    assert "stopping when the step is done" in said and "stopped; the same command goes on from step 6" in said
    assert step_of(last_checkpoint(out) or out) == 6
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with begin(cats.recipe, ["--out", str(out)]) as training:
        learn(training)
    assert "continuing: 6 of 10 trained already" in capfd.readouterr().err
    same_curves(out, cats.out)


def test_a_run_that_was_trained_to_the_end_is_only_finished(cats: Cats, tmp_path: Path) -> None:
    def never(self, args, state, control, **_) -> None:
        raise AssertionError("a step too many")

    before = (cats.out / "model/model.safetensors").read_bytes()
    (cats.out / "model/model.safetensors").unlink()
    with begin(cats.recipe, ["--out", str(cats.out)]) as training:
        learn(training, on_step_begin=never)
    assert (cats.out / "model/model.safetensors").read_bytes() == before
    assert len(read_curve(cats.out / "curve.jsonl")) == CURVE_LENGTH
