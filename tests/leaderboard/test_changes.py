"""How figures changed: one line after another, none of them lost or contradicted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.factories import TASK
from weval.errors import DataError, ResultError
from weval.leaderboard.changes import (
    CHANGES,
    MAX_CHANGES,
    Change,
    Figures,
    add_change,
    broken,
    figures_of,
    last_change,
    read_changes,
)
from weval.readback import read_result

LOW: Figures = {"correlation": 0.1, "il": 0.2, "pl": 0.0, "reading": None}
HIGH: Figures = LOW | {"correlation": 0.5, "reading": 0.4}


def change(**more: Any) -> Change:
    given = {"date": "2026-02-01", "task": "tea", "version": "1.0", "scores": "a" * 64, "why": "first", "before": None}
    return Change.model_validate(given | {"after": LOW} | more)


def test_lines_are_added_and_read_in_order(tmp_path: Path) -> None:
    assert read_changes(tmp_path) == []
    lines = [change(), change(task="coffee", why="\u5199 \U0001f999 <b>"), change(before=LOW, after=HIGH)]
    for line in lines:
        add_change(tmp_path, line)
    assert read_changes(tmp_path) == lines
    assert last_change(lines, "tea") == lines[2]
    assert last_change(lines, "coffee") == lines[1]
    assert last_change(lines, "milk") is None
    assert [*broken(lines)] == []
    assert (tmp_path / CHANGES).read_bytes().isascii()


def test_figures_are_those_of_a_result(made: Path) -> None:
    result = read_result(made / "runs" / "length" / TASK)
    found = figures_of(result)
    assert list(found) == ["correlation", "il", "pl", "reading"]
    assert result.metrics["il"] and found["il"] == result.metrics["il"].value
    assert found["reading"] is None


def test_a_history_goes_on_where_it_ended() -> None:
    assert [*broken([change(), change(before=HIGH)])] == [
        "line 2: 'before' is not the 'after' of the line before it about tea"
    ]
    assert [*broken([change(before=LOW)])] == ["line 1: 'before' is not the 'after' of the line before it about tea"]
    assert [*broken([change(), change()])] == ["line 2: 'before' is not the 'after' of the line before it about tea"]
    assert [*broken([change(), change(task="coffee"), change(before=LOW)])] == []


def test_time_goes_on_too() -> None:
    (found,) = broken([change(), change(task="coffee", date="2026-01-31")])
    assert found == "line 2: 2026-01-31 is before the line above it, or in the future"
    today = datetime.now(UTC).date()
    for days, n in ((0, 0), (1, 0), (3, 1)):  # a day is another one elsewhere
        assert len([*broken([change(date=(today + timedelta(days=days)).isoformat())])]) == n


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date", "yesterday"),
        ("scores", "A" * 64),
        ("why", ""),
        ("why", "x" * 301),
        ("why", "a\nb"),
        ("why", "\u202e"),
        ("task", "\x1b"),
        ("version", ""),
        ("after", {"correlation": 2.0}),
        ("after", {"won": 1.0}),
        ("after", None),
    ],
)
def test_lines_that_are_none(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        change(**{field: value})


def test_more_than_can_be_is_refused(tmp_path: Path) -> None:
    line = change().model_dump_json() + "\n"
    (tmp_path / CHANGES).write_text(line * MAX_CHANGES)
    assert len(read_changes(tmp_path)) == MAX_CHANGES
    (tmp_path / CHANGES).write_text(line * (MAX_CHANGES + 1))
    with pytest.raises(DataError, match=r"changes\.jsonl:1001: holds more than 1,000 changes"):
        read_changes(tmp_path)
    (tmp_path / CHANGES).write_text(" " * 3 * 10**6)
    with pytest.raises(DataError, match="is larger than"):
        read_changes(tmp_path)


def test_a_line_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / CHANGES).mkdir()
    with pytest.raises(ResultError, match=r"cannot write .*changes\.jsonl: Is a directory"):
        add_change(tmp_path, change())
