"""What a user is told, and that it cannot do anything to the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.errors import AdapterError, ConfigError, DataError, ResultError, WevalError, missing_extra, unknown, visible


@pytest.mark.parametrize("kind", [ConfigError, DataError, AdapterError, ResultError])
def test_every_error_is_one_the_command_line_knows(kind: type[WevalError]) -> None:
    assert issubclass(kind, WevalError)
    assert str(kind("plain")) == "plain"


@pytest.mark.parametrize("kind", [ConfigError, DataError, AdapterError, ResultError])
@pytest.mark.parametrize(
    "evil", ["\n", "\r", "\x1b[31m", "\x1b]0;title\x07", "\u2028", "\u202e", "\x85", "\x00", "\ud800"]
)
def test_a_message_stays_one_harmless_line(kind: type[WevalError], evil: str) -> None:
    said = str(kind(f"file {evil} is bad"))
    assert said.isprintable()
    assert said.splitlines() == [said]


@given(st.text(st.characters(codec=None, categories=None)))
def test_visible_is_printable_and_leaves_the_printable_alone(text: str) -> None:
    assert visible(text).isprintable()
    if text.isprintable():
        assert visible(text) == text


def test_a_data_error_has_a_line_for_each_problem() -> None:
    error = DataError(["a:1: x", "a:2: y\nz"])
    assert error.problems == ["a:1: x", "a:2: y\\nz"]
    assert str(error).splitlines() == error.problems
    assert DataError("alone").problems == ["alone"]


def test_unknown_names_the_nearest_and_all() -> None:
    said = str(unknown("model", "lenght", ["random", "length", "first"]))
    assert "did you mean length?" in said
    assert "(all: first, length, random)" in said


def test_unknown_without_anything_near_or_at_all() -> None:
    assert "did you mean" not in str(unknown("task", "zzzz", ["weval"]))
    assert str(unknown("task", "x", [])) == "unknown task 'x' (all: none)"


def test_a_missing_extra_prints_the_install_line() -> None:
    assert str(missing_extra("pyarrow", "parquet", "reading a.parquet")).endswith("pip install 'weval[parquet]'")


def test_of_many_names_it_is_said_where_they_are_listed() -> None:
    names = [f"name{n}" for n in range(30)]
    assert str(unknown("task", "x", names)) == "unknown task 'x' (see: weval list tasks)"
    assert str(unknown("setting", "x", names)) == "unknown setting 'x' (see: weval list settings [MODEL])"
    assert str(unknown("task or prompt", "x", names, "tasks|prompts")).endswith("(see: weval list tasks|prompts)")
