"""Parquet and Arrow files: known by how they begin, read a batch at a time, and refused in one line where broken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from weval.errors import ConfigError, DataError
from weval.files import Problems
from weval.tasks.arrow import BATCH_ROWS, column_names, format_of, rows

pyarrow = pytest.importorskip("pyarrow")
ipc, parquet = pytest.importorskip("pyarrow.ipc"), pytest.importorskip("pyarrow.parquet")

Row = dict[str, Any]
ROWS: list[Row] = [{"id": f"i{n}", "tags": ["a", "b"][: n % 3], "deep": [{"x": n, "y": [None, "z"]}]} for n in range(7)]


def as_parquet(path: Path, table: Any) -> None:
    parquet.write_table(table, path, row_group_size=3)


def as_file(path: Path, table: Any) -> None:
    with ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, 3)


def as_stream(path: Path, table: Any) -> None:
    with ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table, 3)


Write = Callable[[Path, Any], None]
WRITERS: dict[str, Write] = {"parquet": as_parquet, "arrow": as_file, "stream": as_stream}
every_format = pytest.mark.parametrize("kind", WRITERS)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows in a format, into a file whose name says nothing."""

    def write(kind: str, content: Any = None) -> Path:
        path = tmp_path / f"{kind}.bin"
        WRITERS[kind](path, content if content is not None else pyarrow.Table.from_pylist(ROWS))
        return path

    return write


def read(path: Path, *columns: str) -> list[tuple[int, Row]]:
    problems = Problems(path)
    found = list(rows(path, columns, problems))
    problems.check()
    return found


@every_format
def test_a_format_is_told_by_how_the_file_begins(written: Callable[..., Path], kind: str) -> None:
    path = written(kind)
    assert format_of(path) == kind
    assert column_names(path) == ["id", "tags", "deep"]


def test_anything_else_is_read_as_lines(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("{}\n")
    assert format_of(tmp_path / "a.parquet") == "jsonl"
    with pytest.raises(DataError, match="no such file"):
        format_of(tmp_path / "c")
    with pytest.raises(DataError, match="is a directory"):
        format_of(tmp_path)


@every_format
def test_rows_are_numbered_through_all_batches_and_have_tuples(written: Callable[..., Path], kind: str) -> None:
    found = read(written(kind), "deep", "id", "not there")
    assert [number for number, _ in found] == [1, 2, 3, 4, 5, 6, 7]
    assert found[4][1] == {"id": "i4", "deep": ({"x": 4, "y": (None, "z")},)}


@every_format
def test_types_of_text_that_other_programs_write(written: Callable[..., Path], kind: str) -> None:
    words = pyarrow.array(["tea", "rain", "tea"])
    table = pyarrow.table({
        "category": words.dictionary_encode(),
        "large": words.cast(pyarrow.large_string()),
        "list": pyarrow.array([["a"], [], None], pyarrow.large_list(pyarrow.string())),
        "number": pyarrow.array([1, None, 3]),
    })  # fmt: skip
    found = [row for _, row in read(written(kind, table), *table.column_names)]
    assert found[1] == {"category": "rain", "large": "rain", "list": (), "number": None}
    assert found[2]["list"] is None


@every_format
def test_a_large_batch_is_taken_apart(written: Callable[..., Path], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.tasks.arrow.BATCH_ROWS", 2)
    assert [row["id"] for _, row in read(written(kind), "id")] == [row["id"] for row in ROWS]
    assert BATCH_ROWS <= 1000


def test_of_a_row_group_only_a_batch_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row group of 60 MB of text, which cannot be compressed away, in half of it."""
    import random

    texts = [random.Random(n).randbytes(10_000).hex() for n in range(3_000)]
    parquet.write_table(pyarrow.table({"text": texts}), tmp_path / "a", compression=None, use_dictionary=False)
    del texts
    monkeypatch.setattr("weval.tasks.arrow.BATCH_ROWS", 100)
    before = pyarrow.total_allocated_bytes()
    most = max(
        pyarrow.total_allocated_bytes() - before
        for _ in _every(100, rows(tmp_path / "a", ["text"], Problems(tmp_path)))
    )
    assert most < 30 * 2**20


def _every(n: int, found: Iterator[Any]) -> Iterator[Any]:
    yield from (one for at, one in enumerate(found) if at % n == 0)


@every_format
def test_what_is_damaged_is_read_or_refused_in_one_line(
    written: Callable[..., Path], kind: str, tmp_path: Path
) -> None:
    whole = written(kind).read_bytes()
    refused = 0
    for at in range(8, len(whole), max(1, len(whole) // 60)):
        for content in (whole[:at], whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :]):
            (tmp_path / "b").write_bytes(content)
            try:
                read(tmp_path / "b", "id", "tags", "deep")
            except DataError as error:
                refused += 1
                assert all(line.startswith(f"{tmp_path}/b") and line.isprintable() for line in error.problems)
    assert refused > 20


@every_format
def test_text_that_is_none_and_no_rows(written: Callable[..., Path], kind: str) -> None:
    half = pyarrow.Array.from_buffers(
        pyarrow.string(), 1, [None, pyarrow.py_buffer(b"\0\0\0\0\1\0\0\0"), pyarrow.py_buffer(b"\xff")]
    )
    with pytest.raises(DataError, match=r"is not a readable (Parquet|Arrow) file \(.*UTF-?8"):
        read(written(kind, pyarrow.table({"id": half})), "id")
    with pytest.raises(DataError, match="holds no rows"):
        read(written(kind, pyarrow.schema([("id", pyarrow.string())]).empty_table()), "id")


@every_format
def test_a_column_that_is_there_twice(written: Callable[..., Path], kind: str) -> None:
    twice = pyarrow.Table.from_arrays([pyarrow.array(["a"]), pyarrow.array(["b"])], names=["id", "id"])
    with pytest.raises(DataError, match=f"{kind}.bin: id: is the name of several columns"):
        read(written(kind, twice), "id")


def test_it_takes_a_library(written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = written("stream")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for look in (column_names, lambda path: read(path, "id")):
        with pytest.raises(ConfigError, match=r"reading stream.bin needs pyarrow: pip install 'weval\[parquet\]'"):
            look(path)
