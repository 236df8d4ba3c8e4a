from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from weval.build.records import LeftOut
from weval.build.rows import Rows, rows_of
from weval.errors import ResultError
from weval.files import part_of

ROWS = [LeftOut(id="a", reason="empty"), LeftOut(id="b", reason="refused", detail="“茶”")]


def test_a_row_is_a_line_of_json_in_its_own_letters() -> None:
    assert list(rows_of(ROWS)) == [
        b'{"id":"a","reason":"empty","detail":""}\n',
        '{"id":"b","reason":"refused","detail":"“茶”"}\n'.encode(),
    ]


def test_rows_take_their_place_when_they_are_told_to(tmp_path: Path) -> None:
    path = tmp_path / "left_out.jsonl"
    path.write_text("before")
    rows = Rows(path)
    rows.write(ROWS)
    assert rows.n == 2
    assert path.read_text() == "before"
    rows.put_in_place()
    assert path.read_bytes() == b"".join(rows_of(ROWS))
    assert not part_of(path).exists()


def test_rows_that_end_badly_leave_the_file_of_before(tmp_path: Path) -> None:
    def broken() -> Iterator[LeftOut]:
        yield ROWS[0]
        raise KeyboardInterrupt

    path = tmp_path / "left_out.jsonl"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        Rows(path).write(broken())
    assert [each.name for each in tmp_path.iterdir()] == ["left_out.jsonl"]
    assert path.read_text() == "before"


def test_a_fault_of_who_gives_the_rows_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    def broken() -> Iterator[LeftOut]:
        yield ROWS[0]
        raise FileNotFoundError("the model")

    with pytest.raises(FileNotFoundError, match="the model"):
        Rows(tmp_path / "rows.jsonl").write(broken())


def test_no_rows_are_a_file_too(tmp_path: Path) -> None:
    rows = Rows(tmp_path / "rows.jsonl")
    rows.write([])
    rows.put_in_place()
    assert (tmp_path / "rows.jsonl").read_bytes() == b""


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match=r"cannot write .*rows\.jsonl: Not a directory"):
        Rows(tmp_path / "file" / "rows.jsonl").write(ROWS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    part_of(tmp_path / "rows.jsonl").symlink_to("/dev/full")
    with pytest.raises(ResultError, match=r"cannot write .*rows\.jsonl: No space left on device"):
        Rows(tmp_path / "rows.jsonl").write(ROWS)
    assert list(tmp_path.iterdir()) == []
