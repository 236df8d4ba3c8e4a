from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from weval.errors import ResultError
from weval.reproduce import starting
from weval.reproduce.attempts import LOG
from weval.reproduce.starting import Stopper, attempt

SLEEPS = "import sys, time; print('waits', flush=True); sys.stdin.read(); sys.exit(7)"
"""Ends when its leash is let go, in a way that can be told."""


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started is not weval, but some lines of Python in the place of its words."""
    monkeypatch.setattr(starting, "_python", lambda: [sys.executable, "-c", "import sys; exec(sys.argv[4])"])
    monkeypatch.setattr(starting, "POLL_S", 0.02)


class Keeping(Stopper):
    """One that can be asked for the process that nobody waited for."""

    process: subprocess.Popen[bytes]

    def runs(self, process: subprocess.Popen[bytes] | None) -> None:
        super().runs(process)
        self.process = process or self.process


def soon(what: int, process_is_there: Path, times: int = 1) -> threading.Thread:
    """Sends this process a signal, so often, as soon as the other one has said something."""

    def send() -> None:
        for _ in range(times):
            while b"\nwaits\n" not in (process_is_there.read_bytes() if process_is_there.exists() else b""):
                threading.Event().wait(0.02)
            os.kill(os.getpid(), what)
            threading.Event().wait(0.1)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.usefixtures("python")
def test_all_that_is_said_is_in_the_log_and_the_latest_line_is_shown(tmp_path: Path) -> None:
    code = "import sys, time; print('out', flush=True); print('err', file=sys.stderr, flush=True); time.sleep(.3); 1/0"
    shown: list[str] = []
    ended, tail = attempt([code], tmp_path, Stopper(), shown.append)
    assert (ended, tail.why(ended)) == (1, "ZeroDivisionError: division by zero")
    assert "err" in shown
    log = (tmp_path / LOG).read_text(encoding="utf-8")
    assert "\nout\nerr\n" in log and log.endswith(": exit code 1\n")


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_goes_to_the_step_which_is_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        "def told(n, _): print('told', n, flush=True); time.sleep(.1); sys.exit(5)\n"
        "signal.signal(signal.SIGINT, told); signal.signal(signal.SIGTERM, told)\n"
        "print('waits', flush=True); time.sleep(20)"
    )
    with Stopper() as stopper:
        sent = soon(number, tmp_path / LOG)
        ended, tail = attempt([code], tmp_path, stopper, lambda line: None)
        sent.join()
    assert (ended, stopper.asked) == (5, 1)
    assert tail.latest() == f"told {int(number)}"


@pytest.mark.usefixtures("python")
def test_at_the_third_signal_nobody_waits_and_the_leash_is_let_go(tmp_path: Path) -> None:
    code = f"import signal; signal.signal(signal.SIGINT, lambda *_: None); {SLEEPS}"
    with Keeping() as stopper:
        sent = soon(signal.SIGINT, tmp_path / LOG, times=3)
        with pytest.raises(KeyboardInterrupt):
            attempt([code], tmp_path, stopper, lambda line: None)
        sent.join()
    assert stopper.process.wait(20) == 7


def test_where_no_step_runs_a_signal_stops_at_once_and_afterwards_it_does_what_it_did() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Stopper(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(5)
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_it_hears_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)

    def listen() -> None:
        with Stopper():
            pass

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / LOG).mkdir()
    with pytest.raises(ResultError, match="cannot start the step"):
        attempt(["list"], tmp_path, Stopper(), lambda line: None)


def test_the_current_folder_is_looked_in_only_where_it_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/somewhere"])
    assert starting._python() == [sys.executable, "-P"]
    monkeypatch.setattr(sys, "path", [str(Path.cwd())])
    assert starting._python() == [sys.executable]
