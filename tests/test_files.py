"""Foreign bytes: everything that can be wrong with a file, each problem in one line with file, line and field."""

from __future__ import annotations

import errno
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weval import files
from weval.errors import DataError, ResultError
from weval.files import Problems, parsed_lines, part_of, read_json, read_jsonl, read_lines, read_yaml, write_text
from weval.hashes import sha256_of
from weval.types import PlainCheck, Record


class Row(Record):
    name: str
    size: int = 0


def problems_of(path: Path) -> list[str]:
    """What reading a JSON Lines file finds, without the path."""
    problems = Problems(path)
    list(read_jsonl(path, Row, problems))
    return [line.removeprefix(str(path)) for line in problems.lines]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# --- JSON Lines


def test_good_lines_come_with_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b'{"name": "x"}\n{"name": "\xc3\xa9", "size": 2}')
    problems = Problems(path)
    assert list(read_jsonl(path, Row, problems)) == [(1, Row(name="x")), (2, Row(name="é", size=2))]
    problems.check()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [": is empty"]),
        (b"\n", [":1: is an empty line; one JSON object per line"]),
        (b'{"name": "x"}\n\n{"name": "y"}\n', [":2: is an empty line; one JSON object per line"]),
        (b'{"name": "x', [":1: is not JSON (cut off while parsing a string, column 11)"]),
        (b'{"name": "x"}\n{"name": \n', [":2: is not JSON (cut off while parsing a value, column 9)"]),
        (b"not json\n", [":1: is not JSON (expected ident, column 2)"]),
        (b'{"name": "x"}\r{"name": "y"}\r', [":1: is not JSON (trailing characters, column 15)"]),
        (b'{"name": "\\ud800"}\n', [":1: is not JSON (a \\u escape stands for half a character, column"]),
        (b'{"name": "x", "size": ' + b"9" * 5000 + b"}\n", [":1: is not JSON (number out of range, column"]),
        (b"[" * 1000 + b"\n", [":1: is not JSON (nested too deeply, column"]),
        (b'{"name": 1}\n', [":1: name: must be a string, not 1"]),
        (b'{"name": 1, "size": true}\n{}\n', [":1: name: must", ":1: size: must", ":2: name: is missing"]),
        (b"\xef\xbb\xbf" + b'{"name": "x"}\n', [":1: starts with a byte order mark"]),
        (b'{"name": "x"}\r\n{"name": "y"}\r\n', [":1: ends in CRLF"]),
        (b'{"name": "x"}\n{"name": "y"}\r\n', [":2: ends in CRLF"]),
        (b'\xef\xbb\xbf{"name": 1}\r\n', [":1: starts with a byte", ":1: ends in CRLF", ":1: name: must be a string"]),
        (b'{"name": "\xff"}\n', [":1: is not UTF-8 (byte 11 of the line)"]),
        (b'{"name": "\xed\xa0\x80"}\n', [":1: is not UTF-8"]),
        (b'\xff\n{"name": 1}\n\xff\n', [":1: is not UTF-8", ":2: name: must be", ":3: is not UTF-8"]),
        ("{}\n".encode("utf-16"), [":1: is UTF-16; save the file as UTF-8"]),
        ("{}\n".encode("utf-16-le"), [":1: holds a NUL byte; is this a text file?"]),
        (b"\0" * 10**6, [":1: holds a NUL byte; is this a text file?"]),
    ],
)
def test_each_problem_is_said_with_its_line(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    found = problems_of(written(tmp_path / "a.jsonl", content))
    assert len(found) == len(expected)
    for line, beginning in zip(found, expected, strict=True):
        assert line.startswith(beginning)


def test_a_line_that_is_too_long_ends_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 2**20)
    path = written(tmp_path / "a.jsonl", b'{"name": "x"}\n"' + b"x" * 2**20 + b'"\nrest\n')
    assert problems_of(path) == [":2: is longer than 1 MB"]


def test_twenty_problems_are_said_and_the_rest_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b'{"name": 1, "size": ""}\n' * 600)
    problems = Problems(path)
    assert not list(read_jsonl(path, Row, problems))
    with pytest.raises(DataError) as caught:
        problems.check()
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1] == f"{path}: and 1,180 more problems"


def test_one_more_problem_is_singular(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b"{}\n" * 21)
    problems = Problems(path)
    list(read_jsonl(path, Row, problems))
    assert str(problems.error()).endswith(": and 1 more problem")


def test_reading_keeps_one_line_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", (b'{"name": "' + b"x" * 1000 + b'"}\n') * 20_000)
    tracemalloc.start()
    problems = Problems(path)
    assert sum(1 for _ in read_jsonl(path, Row, problems)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 10


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([b'{"name":', b'"x"', b"}", b"\n", b"\r\n", b"\xff"])).map(b"".join)
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path / "a", content)
    for line in problems_of(path):
        assert line.isprintable()
    for read in (read_json, read_yaml):
        try:
            read(path, Row)
        except DataError as error:
            assert all(line.startswith(str(path)) for line in error.problems)


# --- things that are no files


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_things_that_are_no_files_are_not_waited_for(tmp_path: Path, read: Any) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    for name, said in {
        "folder": "is a directory, not a file",
        "dangling": "no such file",
        "loop": "no such file",
        "pipe": "is not a regular file",
        "x" * 300: "File name too long",
    }.items():
        with pytest.raises(DataError) as caught:
            read(tmp_path / name, Row)
        assert caught.value.problems == [f"{tmp_path / name}: {said}"]
        assert problems_of(tmp_path / name) == [f": {said}"]
    with pytest.raises(DataError, match="/dev/zero: is not a regular file"):
        read(Path("/dev/zero"), Row)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b"{}")
    path.chmod(0)
    assert problems_of(path) == [": Permission denied"]


def test_a_file_without_permission_as_the_system_would_say_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.jsonl", b"{}")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    assert problems_of(path) == [": Permission denied"]
    with pytest.raises(DataError, match=r"a\.jsonl: Permission denied"):
        sha256_of(path)


def test_a_disk_that_fails_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(files, "_lines", fail)
    assert problems_of(written(tmp_path / "a.jsonl", b"{}")) == [": Input/output error"]


# --- messages


@pytest.mark.parametrize("evil", ["a\nb", "\x1b[2J", "\u202e", "\ud800", "\u2028", "x" * 10**6])
def test_names_of_keys_and_values_cannot_break_the_line(tmp_path: Path, evil: str) -> None:
    path = written(tmp_path / "a.jsonl", json.dumps({"name": "x", evil: 1}).encode() + b"\n")
    (line,) = problems_of(path)
    assert line.isprintable()
    assert len(line) < 700


def test_a_strange_path_cannot_break_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a\n\x1b[31m.jsonl"
    problems = Problems(path)
    list(read_lines(path, problems))
    assert str(problems.error()) == f"{tmp_path}/a\\n\\x1b[31m.jsonl: no such file"


# --- one record a file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ": is empty"),
        ("  \n", ": is empty"),
        ("{", ":1: is not JSON (cut off while parsing an object, column 1)"),
        ('{\n  "name": "x",\n}', ":3: is not JSON (trailing comma, column 1)"),
        ("[]", ":1: must be an object, not a list"),
        ('{\n  "name": 3\n}', ":2: name: must be a string, not 3"),
        ('{\n\t"name": 3\n}', ": name: must be a string, not 3"),
        ('{\n  "size": 3\n}', ":1: name: is missing"),
        ('{\n  "name": "x",\n  "sizes": 3\n}', ":3: sizes: is not a known key"),
        ("{" * 10**5, ":1: is not JSON"),
    ],
)
def test_json_problems_have_their_line(tmp_path: Path, text: str, expected: str) -> None:
    path = written(tmp_path / "run.json", text.encode())
    with pytest.raises(DataError) as caught:
        read_json(path, Row)
    (line,) = caught.value.problems
    assert line.removeprefix(str(path)).startswith(expected)


def test_a_document_has_a_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_JSON_BYTES", 2**20)
    path = written(tmp_path / "a", (b"#" * 1023 + b"\n") * 1025)
    for read in (read_json, read_yaml):
        with pytest.raises(DataError, match="is larger than 1 MB"):
            read(path, Row)


def test_good_documents(tmp_path: Path) -> None:
    assert read_json(written(tmp_path / "a.json", b'{"name": "x"}'), Row) == Row(name="x")
    assert read_yaml(written(tmp_path / "a.yaml", b"name: x\nsize: 3\n"), Row) == Row(name="x", size=3)


def test_yaml_problems_have_their_line(tmp_path: Path) -> None:
    path = written(tmp_path / "a.yaml", b"name: 1.0\nsize: yes\nsizes: 2\n")
    with pytest.raises(DataError) as caught:
        read_yaml(path, Row)
    assert [line.removeprefix(str(path)) for line in caught.value.problems] == [
        ":1: name: must be a string, not 1.0",
        ":2: size: must be a whole number, not 'yes'",
        ":3: sizes: is not a known key",
    ]


# --- writing


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.json"
    files.write_json(path, Row(name="é\n"))
    assert read_json(path, Row) == Row(name="é\n")
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    files.write_text(path, "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultError, match=r"cannot write .*a\.json: No space left on device"):
        files.write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_writing_where_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot write"):
        files.write_text(tmp_path / "file" / "a.json", "x")


def test_what_cannot_be_told_of_a_path_is_an_error(tmp_path: Path) -> None:
    assert (files.is_file(tmp_path), files.is_folder(tmp_path)) == (False, True)
    for tell in (files.is_file, files.is_folder):
        assert not tell(tmp_path / "nothing")
        with pytest.raises(DataError, match="x: File name too long"):
            tell(tmp_path / ("x" * 300))


# --- lines that were read already


def test_lines_from_elsewhere_are_parsed_alike(tmp_path: Path) -> None:
    lines = [b'{"kind": "table"}', b"", b'{"kind": "all_lowercase"}', b"no", b'{"kind": "won"}']
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    from_file, from_lines = Problems(path), Problems(path)
    found = [*read_jsonl(path, PlainCheck, from_file)]
    assert [*parsed_lines(enumerate(lines, start=1), PlainCheck, from_lines)] == found
    assert [number for number, _ in found] == [1, 3]
    assert from_file.lines == from_lines.lines
    assert len(from_lines.lines) == 3


def test_no_lines_at_all_are_a_problem() -> None:
    problems = Problems(Path("x"))
    assert [*parsed_lines([], PlainCheck, problems)] == []
    assert problems.lines == ["x: is empty"]


def test_a_link_in_the_place_of_the_neighbour_is_not_written_through(tmp_path: Path) -> None:
    mine, target = tmp_path / "mine.txt", tmp_path / "result.json"
    mine.write_text("mine")
    part_of(target).symlink_to(mine)
    write_text(target, "theirs")
    assert (mine.read_text(), target.read_text()) == ("mine", "theirs")
    assert not target.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "result.json"]
