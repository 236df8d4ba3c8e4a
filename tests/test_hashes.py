"""Hashes of files are those that other programs give them."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weval.errors import DataError
from weval.hashes import git_blob_of, sha256_of


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@given(st.binary(max_size=100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sha256(tmp_path: Path, content: bytes) -> None:
    assert sha256_of(_written(tmp_path / "a", content)) == hashlib.sha256(content).hexdigest()


def test_git_blob_is_gits(tmp_path: Path) -> None:
    path = _written(tmp_path / "a", b"some content\n")
    try:
        hashed = subprocess.run(
            ["git", "hash-object", "--no-filters", path], capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("needs git")
    assert git_blob_of(path) == hashed.stdout.strip()
    assert git_blob_of(_written(tmp_path / "empty", b"")) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_a_hash_of_nothing_is_an_error_with_the_path(tmp_path: Path) -> None:
    for digest in (sha256_of, git_blob_of):
        with pytest.raises(DataError, match="nothing: No such file"):
            digest(tmp_path / "nothing")
