"""The first signal is noted, the second ends the process as it always did."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from weval.training.stopping import Stopping, is_heard


def test_the_first_signal_waits_and_the_second_does_not(capfd: pytest.CaptureFixture[str]) -> None:
    stopping = Stopping()
    stopping.listen()
    try:
        assert not stopping.agreed()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopping.agreed()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        stopping.release()
    assert capfd.readouterr().err.count("stopping when the step is done") == 1
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_that_a_shell_has_ignored_stay_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert not is_heard(signal.SIGINT)
        stopping = Stopping()
        stopping.listen()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        stopping.release()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_listens_to_nothing() -> None:
    found = []

    def listen() -> None:
        stopping = Stopping()
        stopping.listen()
        found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
