from __future__ import annotations

from pathlib import Path

import pytest

from weval.bench.construction.keeping import folder_of, kept_beside
from weval.errors import ConfigError, ResultError


def test_the_folder_lies_beside_the_file(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "queries.jsonl"
    with kept_beside(out) as folder:
        assert folder == folder_of(out) == tmp_path / "deep" / "queries.jsonl.replies"
        assert folder.is_dir() and not out.exists()


def test_two_do_not_write_at_once(tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    with kept_beside(out), pytest.raises(ResultError, match="another process is writing here"), kept_beside(out):
        pass
    with kept_beside(out):
        pass


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with (
        pytest.raises(ConfigError, match="is what is read; name another file"),
        kept_beside(tmp_path / "a" / ".." / "q.jsonl", tmp_path / "q.jsonl"),
    ):
        pass
    assert not folder_of(tmp_path / "q.jsonl").exists()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name a file"), kept_beside(tmp_path):
        pass


def test_a_place_that_cannot_be_written_says_so_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot make the folder"), kept_beside(tmp_path / "file" / "q.jsonl"):
        pass
