"""Folders that one process at a time writes into."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
from pathlib import Path

import pytest

from weval.errors import ResultError
from weval.folders import held, new_folder


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


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ResultError, match=r"cannot make the folder .*/file/build: Not a directory"),
        held(tmp_path / "file" / "build"),
    ):
        pass
    with pytest.raises(ResultError, match=r"cannot make the folder .*file/inside: Not a directory"):
        new_folder(tmp_path / "file" / "inside")
