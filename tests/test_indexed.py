"""Records by key in a file that is not held: their places, growth, kills, and what it costs in memory."""

from __future__ import annotations

import os
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from weval.errors import DataError, ResultError
from weval.files import Problems
from weval.indexed import IndexedLines
from weval.types import Record


class Row(Record):
    id: str
    text: str = ""


def lines(path: Path, *, ours: bool = False) -> IndexedLines[Row]:
    return IndexedLines(path, Row, lambda row: row.id, ours=ours)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# --- finding


@pytest.mark.parametrize("end", [b"", b"\n", b"\r"])
def test_a_record_is_found_by_its_key(tmp_path: Path, end: bytes) -> None:
    content = '{"id": "é", "text": "中\\n文"}\n  {"id": "b"} \r \n{"id": "c", "text": "\u2028"}'.encode() + end
    found = lines(written(tmp_path / "a.jsonl", content))
    assert found.get("é") == Row(id="é", text="中\n文")
    assert found.get("b") == Row(id="b")
    assert found.get("c") == Row(id="c", text="\u2028")
    assert found.get("d") is None
    assert ("b" in found, "d" in found, len(found), list(found.keys())) == (True, False, 3, ["é", "b", "c"])
    assert (tmp_path / "a.jsonl").read_bytes() == content


def test_of_a_key_that_comes_twice_the_last_line_counts(tmp_path: Path) -> None:
    content = b'{"id": "a", "text": "1"}\n{"id": "b"}\n{"id": "a", "text": "22"}\n'
    found = lines(written(tmp_path / "a.jsonl", content))
    assert found.get("a") == Row(id="a", text="22")
    assert list(found.keys()) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": is empty"),
        (b'{"id": "a"}\n{"id": 1}\n', ":2: id: must be a string"),
        (b'{"id": "a"}\r\n', ":1: ends in CRLF"),
        (b'\xef\xbb\xbf{"id": "a"}\n', ":1: starts with a byte order mark"),
        (b'{"id": "a"}\n{"id"', ":2: is not JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(DataError) as found:
        lines(written(tmp_path / "a.jsonl", content))
    assert str(found.value).startswith(f"{tmp_path}/a.jsonl{said}")
    assert (tmp_path / "a.jsonl").read_bytes() == content


def test_somebody_elses_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        lines(tmp_path / "a.jsonl")


def test_records_are_seen_as_they_pass_and_may_be_complained_of(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b'{"id": "a"}\n{"id": "b"}\n')
    seen: list[tuple[int, str]] = []

    def see(number: int, row: Row, problems: Problems) -> None:
        seen.append((number, row.id))
        if row.id == "b":
            problems.add(number, "id", "is unknown")

    with pytest.raises(DataError, match=r"a\.jsonl:2: id: is unknown$"):
        IndexedLines(path, Row, lambda row: row.id, seen=see)
    assert seen == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "c"}\n{"id": "b"}\n', "was changed by somebody else while it was in use"),
        (b'{"id": 7777777}\n', "was changed by somebody else while it was in use"),
        (b"", "was changed by somebody else while it was in use"),
        (None, "cannot read .*: No such file"),
    ],
)
def test_a_file_that_is_changed_meanwhile_gives_no_wrong_record(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = written(tmp_path / "a.jsonl", b'{"id": "a"}\n{"id": "b"}\n')
    found = lines(path)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ResultError, match=said):
        found.get("a")


# --- growing


def test_what_is_appended_is_found_here_and_later(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    ours = lines(path, ours=True)
    assert not ours and not path.exists()
    for row in (Row(id="a", text="中"), Row(id="b"), Row(id="a", text="again")):
        ours.append(row)
        assert ours.get(row.id) == row
    ours.close()
    ours.append(Row(id="c"))
    ours.close()
    for found in (ours, lines(path)):
        assert [*map(found.get, found.keys())] == [Row(id="a", text="again"), Row(id="b"), Row(id="c")]


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    ours = lines(tmp_path / "a.jsonl", ours=True)
    ours.append(Row(id="a", text="x\ud800y\U0001f600"))
    ours.close()
    assert lines(tmp_path / "a.jsonl").get("a") == Row(id="a", text="x\ufffdy\U0001f600")


def test_every_cut_of_a_kill_is_mended(tmp_path: Path) -> None:
    whole = '{"id":"a","text":"中"}\n{"id":"b","text":""}\n'.encode()
    first = whole.index(b"\n") + 1
    for length in range(len(whole)):
        ours = lines(written(tmp_path / "a.jsonl", whole[:length]), ours=True)
        assert list(ours.keys()) == (["a"] if length >= first else [])
        ours.append(Row(id="b"))
        ours.close()
        assert lines(tmp_path / "a.jsonl").get("b") == Row(id="b")


def test_what_cannot_be_written_is_said_and_not_indexed(tmp_path: Path) -> None:
    ours = lines(tmp_path / "none" / "a.jsonl", ours=True)
    with pytest.raises(ResultError, match=r"cannot write .*a\.jsonl: No such file"):
        ours.append(Row(id="a"))
    assert "a" not in ours


def test_threads_read_and_write_at_once(tmp_path: Path) -> None:
    ours = lines(tmp_path / "a.jsonl", ours=True)
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for step in range(50):
            row = Row(id=f"{number}-{step}", text=f"{number}" * step)
            ours.append(row)
            assert ours.get(row.id) == row
            assert ours.get(f"{number}-{step // 2}") == Row(id=f"{number}-{step // 2}", text=f"{number}" * (step // 2))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    ours.close()
    assert len(lines(tmp_path / "a.jsonl")) == len(ours) == 400


# --- what it costs


def test_no_text_stays_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        for number in range(200):
            file.write(b'{"id":"%d","text":"' % number + os.urandom(50_000).hex().encode() + b'"}\n')
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    ours = lines(path, ours=True)
    assert all(row and len(row.text) == 100_000 for row in map(ours.get, ours.keys()))
    for number in range(200, 250):
        ours.append(Row(id=str(number), text="x" * 100_000))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    ours.close()
    assert peak < 5_000_000
    assert held < 500_000
