"""The main way through the real command line, in processes of its own: run, kill, continue, show, rescore."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from weval.store import REPORT, RESULT, SCORES

PYTHON_WEVAL = [sys.executable, "-m", "weval"]

SLOW_SCORER = """
import time
from weval.types import Score

class Slow:
    unit = "response"

    def score(self, requests):
        for request in requests:
            time.sleep(0.002)
            if time.time_ns() % 150 == 0:
                yield Score.missing(request, "failed", "a hiccup")
            else:
                yield Score.ok(request, float(len(request.responses[0]) % 17))
"""


def weval(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PYTHON_WEVAL, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def has_failures(folder: Path) -> bool:
    return "failed" in json.loads((folder / RESULT).read_bytes())["statuses"]


def test_run_show_rescore(tmp_path: Path) -> None:
    ran = weval("run", "--model", "length", "--task", "weval-mini", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    folder = tmp_path / "runs/length/weval-mini"
    result = json.loads((folder / RESULT).read_text())
    assert round(result["metrics"]["correlation"]["value"], 3) == -0.237
    assert "-0.237" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert (folder / REPORT).read_text().startswith("<!doctype html>")
    before = (folder / RESULT).read_bytes()
    again = weval("rescore", str(folder), cwd=tmp_path)
    assert again.returncode == 0
    assert (folder / RESULT).read_bytes() == before
    shown = weval("show", str(folder), "--json", cwd=tmp_path)
    assert json.loads(shown.stdout) == result


@pytest.mark.slow
def test_a_command_that_is_killed_goes_on_to_the_same_result(tmp_path: Path) -> None:
    # A hundred kills of the library that it calls, and every place in a file, are in test_kills.py.
    (tmp_path / "slow_scorer.py").write_text(SLOW_SCORER)
    command = ["run", "--model", "plugin:slow_scorer:Slow", "--task", "weval-mini", "--out"]
    began = time.monotonic()
    assert weval(*command, "undisturbed", cwd=tmp_path).returncode == 0
    whole_s = time.monotonic() - began  # on this machine: loading, any moment of a run can be hit, and it can end
    while has_failures(tmp_path / "undisturbed"):
        assert weval(*command, "undisturbed", cwd=tmp_path).returncode == 0
    undisturbed = (tmp_path / "undisturbed" / RESULT).read_bytes()
    rng = random.Random(2)
    kills = rounds = 0
    while kills < 3:
        rounds += 1
        assert rounds <= 20, "the runs end before they can be killed"
        out = f"round{rounds}"
        while True:
            process = subprocess.Popen([*PYTHON_WEVAL, *command, out], cwd=tmp_path, stdout=PIPE, stderr=PIPE)
            try:
                process.communicate(timeout=rng.uniform(0.3, 1) * whole_s)
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills += 1
        assert process.returncode == 0
        while has_failures(tmp_path / out):  # asked again, as a user would
            assert weval(*command, out, cwd=tmp_path).returncode == 0
        assert (tmp_path / out / RESULT).read_bytes() == undisturbed
        rows = [json.loads(line) for line in (tmp_path / out / SCORES).read_text().splitlines()]
        ids = [row["id"] for row in rows if row["status"] == "ok"]
        assert len(ids) == len(set(ids)) == 300


def test_ctrl_c_keeps_what_was_scored_and_ends_with_130(tmp_path: Path) -> None:
    (tmp_path / "slow_scorer.py").write_text(SLOW_SCORER.replace("0.002", "0.02"))
    command = ["run", "--model", "plugin:slow_scorer:Slow", "--task", "weval-mini", "--out", "out"]
    process = subprocess.Popen([*PYTHON_WEVAL, *command], cwd=tmp_path, stdout=PIPE, stderr=PIPE, text=True)
    scores = tmp_path / "out" / SCORES
    deadline = time.monotonic() + 20
    while not (scores.exists() and scores.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command continues" in said
    assert "Traceback" not in said
    assert scores.read_bytes().endswith(b"\n")


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    line = f"{shlex.join(PYTHON_WEVAL)} list settings | head -1"
    ran = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "Traceback" not in ran.stderr


def test_our_bugs_show_their_traceback_and_end_with_1(tmp_path: Path) -> None:
    code = "import weval.run; weval.run.run = lambda *a: 1 / 0; from weval.cli.main import main; main()"
    command = [sys.executable, "-c", code, "run", "--model", "length", "--task", "weval-mini"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert "ZeroDivisionError" in ran.stderr


def test_what_a_model_prints_does_not_mix_with_the_result(tmp_path: Path) -> None:
    noisy = SLOW_SCORER.replace("time.sleep(0.002)", "print('loading')").replace("% 150 == 0", "< 0")
    (tmp_path / "slow_scorer.py").write_text(noisy)
    ran = weval("run", "--model", "plugin:slow_scorer:Slow", "--task", "weval-mini", "--json", cwd=tmp_path)
    assert json.loads(ran.stdout)["statuses"] == {"ok": 300}
    assert ran.stderr.count("loading") == 300


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_gives_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [*PYTHON_WEVAL, "list", "models"]
        ran = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=PIPE, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (2, "weval: cannot write the output: No space left on device\n")


def test_a_terminal_without_unicode_still_gets_its_figures(tmp_path: Path) -> None:
    command = [*PYTHON_WEVAL, "run", "--model", "length", "--task", "weval-mini"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0
    assert b"-0.237" in ran.stdout


def test_a_killed_run_can_be_rescored_as_it_is(tmp_path: Path) -> None:
    assert weval("run", "--model", "length", "--task", "weval-mini", "--out", "r", cwd=tmp_path).returncode == 0
    scores = tmp_path / "r" / SCORES
    scores.write_bytes(scores.read_bytes()[:-20])
    said = weval("rescore", "r", "--json", cwd=tmp_path)
    assert json.loads(said.stdout)["statuses"] == {"ok": 299, "unanswered": 1}
