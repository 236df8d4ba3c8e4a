"""A step on its leash: real processes that are let go, that do not want to end, and that wait for one another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from tests.reproduce.mini import SLOW, until
from weval.reproduce.leash import BUSY, LEASH

STUBBORN = """\
import signal, subprocess, sys, time
from pathlib import Path

class Stubborn:
    unit = "response"
    def score(self, requests):
        signal.signal(signal.SIGTERM, lambda *_: Path("told").open("a").write("x"))
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        Path("other").write_text(str(other.pid))
        time.sleep(60)
"""

HASTY = "import sys; from weval.reproduce import leash; leash.GRACE_S = leash.SECOND_S = leash.WAIT_S = 0.3; "


def started(home: Path, *words: str, code: str = "") -> subprocess.Popen[bytes]:
    """`weval` with these words on a leash, in a folder of its own, with what it says in log.txt."""
    home.mkdir(exist_ok=True)
    how = ["-c", f"{HASTY}sys.exit(leash.main(sys.argv[1:]))"] if code else ["-m", "weval.reproduce.leash"]
    with (home / "log.txt").open("ab") as log:
        command = [sys.executable, *how, ".", *words]
        return subprocess.Popen(
            command, cwd=home, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )


def let_go(process: subprocess.Popen[bytes]) -> int:
    """The exit code after whoever held the leash has gone."""
    assert process.stdin
    process.stdin.close()
    return process.wait(20)


def log(home: Path) -> str:
    return (home / "log.txt").read_text(encoding="utf-8")


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def test_it_is_weval_with_the_words_and_its_exit_code(tmp_path: Path) -> None:
    process = started(tmp_path, "list", "nothing-of-the-kind")
    assert process.wait(20) == 2
    assert "nothing-of-the-kind" in log(tmp_path)
    assert let_go(process) == 2


def test_a_step_that_is_let_go_is_told_to_stop_and_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    process = started(tmp_path, "run", "--model", "plugin:slow:Slow", "--task", "weval-mini", "--out", "made")
    until((tmp_path / "waits").exists)
    with pytest.raises(filelock.Timeout):
        filelock.FileLock(tmp_path / LEASH).acquire(timeout=0)
    assert let_go(process) == -signal.SIGTERM
    assert log(tmp_path).count(" s: weval reproduce is gone") == 1
    assert len((tmp_path / "made" / "scores.jsonl").read_bytes().splitlines()) == 3
    with filelock.FileLock(tmp_path / LEASH).acquire(timeout=0):  # the next start need not wait
        pass


def test_what_does_not_stop_is_ended_with_all_it_started(tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN, encoding="utf-8")
    process = started(tmp_path, "run", "--model", "plugin:stubborn:Stubborn", "--task", "weval-mini", code=HASTY)
    until((tmp_path / "other").exists)
    until(lambda: bool((tmp_path / "other").read_text(encoding="utf-8")))
    other = int((tmp_path / "other").read_text(encoding="utf-8"))
    assert is_alive(other)
    assert let_go(process) == -signal.SIGKILL
    assert (tmp_path / "told").read_text(encoding="utf-8") == "xx"
    until(lambda: not is_alive(other))


def test_a_second_start_waits_for_the_end_of_the_first_and_says_when_that_does_not_come(tmp_path: Path) -> None:
    with filelock.FileLock(tmp_path / LEASH):
        process = started(tmp_path, "list", "tasks", code=HASTY)
        assert process.wait(20) == BUSY
    assert log(tmp_path).strip() == "note: waiting for an earlier start of this step to end"
    assert let_go(process) == BUSY
