"""Folders that one process at a time writes into."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import threading
from pathlib import Path

import filelock
import pytest

from weval.errors import ResultError
from weval.folders import LOCK, held, new_folder


def _hold(root: Path, holds: multiprocessing.synchronize.Event, ends: multiprocessing.synchronize.Event) -> None:
    with held(root):
        holds.set()
        ends.wait(30)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    holds, ends = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path / "b", holds, ends))
    process.start()
    assert holds.wait(30)
    with (
        pytest.raises(ResultError, match="another build is writing here; wait for it, or choose --out"),
        held(tmp_path / "b", "build"),
    ):
        pass
    process.kill()  # the kernel frees the lock
    process.join()
    with held(tmp_path / "b"):
        pass


def test_another_is_waited_for_as_long_as_was_said(tmp_path: Path) -> None:
    other = filelock.FileLock(tmp_path / LOCK, thread_local=False)
    other.acquire()
    with pytest.raises(ResultError, match="another build is writing here"), held(tmp_path, "build", wait_s=0.1):
        pass
    timer = threading.Timer(0.2, other.release)
    timer.start()
    with held(tmp_path, wait_s=30):
        assert not other.is_locked
    timer.join()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ResultError, match=r"cannot make the folder .*/file/build: Not a directory"),
        held(tmp_path / "file" / "build"),
    ):
        pass
    with pytest.raises(ResultError, match=r"cannot make the folder .*file/inside: Not a directory"):
        new_folder(tmp_path / "file" / "inside")
