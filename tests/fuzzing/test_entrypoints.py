"""What the fuzzers found so far, once more, and a few inputs of hypothesis; the fuzzers themselves run by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import __main__ as command
from tests.fuzzing import entrypoints
from tests.fuzzing.bounds import TooSlow, bounded, mended
from tests.fuzzing.entrypoints import ENTRY_POINTS, tried
from tests.fuzzing.source import MAX_CHARS, NASTY, Source, as_json, lines, mutated
from weval.errors import ConfigError, DataError

CORPUS = Path(__file__).parent / "corpus"
MOST_FILES, MOST_BYTES = 400, 1_500_000

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_what_was_found_before_is_no_fault(name: str) -> None:
    files = sorted((CORPUS / name).iterdir())
    assert len(files) >= 10
    for file in files:
        try:
            tried(name, file.read_bytes())
        except (Exception, TooSlow) as fault:
            fault.add_note(f"corpus/{name}/{file.name}")
            raise


@pytest.mark.parametrize("name", ENTRY_POINTS)
@settings(derandomize=True, deadline=None, max_examples=25, database=None, suppress_health_check=[*HealthCheck])
@given(data=st.binary(max_size=300))
def test_no_bytes_are_a_fault(name: str, data: bytes) -> None:
    tried(name, data)


def test_the_corpus_is_small() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert len(files) <= MOST_FILES
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


def test_the_command_knows_the_same_entry_points() -> None:
    assert sorted(command.NAMES) == sorted(ENTRY_POINTS)
    assert len(ENTRY_POINTS) <= 8


def test_the_command_refuses_what_is_no_entry_point() -> None:
    asked = [sys.executable, "-m", "tests.fuzzing", "tea"]
    ran = subprocess.run(asked, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert (ran.returncode, "no entry point is called tea" in ran.stderr) == (2, True)


# --- a fault is seen as one -----------------------------------------------------------------------------------------


def test_what_takes_too_long_is_a_fault() -> None:
    with pytest.raises(TooSlow), bounded(0.2):
        re.match(r"(a+)+$", "a" * 40 + "b")


def test_what_takes_too_much_memory_is_a_fault() -> None:
    with pytest.raises(MemoryError), bounded():
        bytearray(2**31)


def test_only_errors_that_a_user_can_mend_pass() -> None:
    with mended():
        raise ConfigError("no tea")
    with mended(KeyError):
        raise KeyError("tea")
    with pytest.raises(KeyError), mended():
        raise KeyError("tea")
    lying = DataError("fine")
    lying.problems = ["\x1b[31m"]
    with pytest.raises(AssertionError, match="not printable"), mended():
        raise lying


def test_an_entry_point_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrypoints, "ENTRY_POINTS", {"texts": lambda data: [][0]})
    with pytest.raises(IndexError):
        tried("texts", b"")


# --- what bytes stand for -------------------------------------------------------------------------------------------


def test_of_no_bytes_everything_is_the_first() -> None:
    source = Source(b"")
    assert (source.pick("abc"), source.below(9), source.text(), source.is_empty) == ("a", 0, "", True)
    assert mutated(source, {"a": 1}) == {"a": 1}


@given(st.binary(max_size=200))
def test_a_changed_tree_is_one_line_of_json_and_the_tree_stays_as_it_was(data: bytes) -> None:
    tree = {"a": [1, {"b": "c"}], "d": None}
    found = as_json(mutated(Source(data), tree))
    assert tree == {"a": [1, {"b": "c"}], "d": None}
    assert b"\n" not in found
    assert len(Source(data).text(("tea",))) <= MAX_CHARS


def test_every_nasty_value_can_be_written() -> None:
    for value in NASTY:
        assert as_json({"a": value})
    assert as_json(NASTY[22]) == b"1e400"
    assert lines(Source(b""), [{"a": 1}]) == b'{"a": 1}\n'
