"""Files that a killed process leaves behind."""

from __future__ import annotations

from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from weval.appending import cut_off_half_line, is_cut_off, n_lines, write_through
from weval.errors import ResultError


@pytest.mark.parametrize(
    "before, after",
    [
        (b"", b""),
        (b"one\n", b"one\n"),
        (b"one\ntw", b"one\n"),
        (b"half", b""),
        (b"one\n" + b"x" * 200_000, b"one\n"),
        (b"x" * 200_000, b""),
    ],
)
def test_a_half_line_is_cut_off_and_nothing_else(tmp_path: Path, before: bytes, after: bytes) -> None:
    file = tmp_path / "lines"
    file.write_bytes(before)
    assert is_cut_off(file) == (before != after)
    cut_off_half_line(file)
    assert file.read_bytes() == after and not is_cut_off(file)


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    assert not is_cut_off(tmp_path / "lines")
    cut_off_half_line(tmp_path / "lines")
    assert (tmp_path / "lines").read_bytes() == b""


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="cannot write"):
        cut_off_half_line(tmp_path)


class Reluctant(FileIO):
    """Takes three bytes at a time, and so many in all."""

    room = 100

    def write(self, content: Any) -> int:
        if not self.room:
            raise OSError("no space left")
        taken = min(3, len(content), self.room)
        self.room -= taken
        return super().write(bytes(content[:taken]))


def test_a_line_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Reluctant(tmp_path / "lines", "a") as file:
        write_through(file, b"a whole line\n")
        file.room = 5
        with pytest.raises(OSError, match="no space"):
            write_through(file, b"half a line\n")
        file.room = 100
        write_through(file, b"another\n")
    assert (tmp_path / "lines").read_bytes() == b"a whole line\nanother\n"


def test_lines_are_counted_of_files_only(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"x\n" * 70_000 + b"half")
    assert n_lines(tmp_path / "lines") == 70_000
    assert n_lines(tmp_path / "none") == n_lines(Path("/dev/zero")) == 0
