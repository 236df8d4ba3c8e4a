"""run.json of a submission (what is refused stands in test_hostile.py)."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.leaderboard.factories import TASK, put
from weval.leaderboard.bundle import read_run_of
from weval.leaderboard.record import MAX_TEXT, command_of, unlike_ours
from weval.leaderboard.tree import Entry
from weval.store import RUN

NASTY = "a'b\"c $(id) `id` ; | & > < \\ \n # ~ * \u5199"


def problems(entry: Entry, **fields: Any) -> list[str]:
    put(entry.folder / RUN, {name.replace("__", "."): value for name, value in fields.items()})
    return [*unlike_ours(*read_run_of(entry.folder))]


def test_the_command_of_a_run_is_one_whatever_its_settings(length: Entry) -> None:
    _, identity = read_run_of(length.folder)
    command = command_of(identity, {"system": NASTY, "temperature": "0"})
    words = ["weval", "run", "--model", "length", "--task", TASK]
    assert shlex.split(command) == [*words, "--set", f"system={NASTY}", "--set", "temperature=0"]
    assert problems(length, settings={"system": NASTY, "temperature": "0"}, command=command) == []


def test_a_probe_names_itself(length: Entry) -> None:
    record, identity = read_run_of(length.folder / "swapped")
    assert command_of(identity, {}) == f"weval run --model length --task {TASK} --set probe=swapped"
    assert record.command == command_of(identity, record.settings or {})


@pytest.mark.parametrize("command", ["weval run --model length", "weval run --model 'a b' --out '/x y'"])
def test_older_runs_keep_the_command_that_was_typed(length: Entry, command: str) -> None:
    assert problems(length, settings=None, command=command) == []


def test_longest_texts(length: Entry) -> None:
    assert problems(length, environment__platform="x" * MAX_TEXT) == []
    assert problems(length, environment__platform="x" * (MAX_TEXT + 1)) == [
        "environment.platform is longer than 4,000 characters"
    ]
    assert problems(length, environment__platform="", identity__model__fingerprint={"y" * 5000: 1}) == [
        "a key of identity.model.fingerprint is longer than 4,000 characters"
    ]


@pytest.mark.parametrize("version", ["0.1.0.dev0", "3.11.7", "2.0.0rc1+local"])
def test_versions(length: Entry, version: str) -> None:
    assert problems(length, environment__weval=version) == []


@pytest.mark.parametrize("version", ["", None, 3, "1 2", "x" * 41, "\u0661.0", ["1.0"]])
def test_what_is_no_version(length: Entry, version: object) -> None:
    assert problems(length, environment__weval=version) == ["environment does not say the version of weval"]


def test_lines_and_tabs_in_prompts_are_texts(length: Entry) -> None:
    assert problems(length, identity__model__fingerprint={"adapter": "Length", "system": "one\n\ttwo"}) == []
    assert problems(length, identity__model__fingerprint={"list": [{"deep": "\u200e"}]}) == [
        "identity.model.fingerprint.list[0].deep holds characters that are not seen, or that turn the text round"
    ]


@pytest.mark.parametrize("created", ["20260101T000000+00:00", "2026-W05-1T00:00:00+00:00", "2026-01-01T00:00:00"])
def test_a_time_that_would_be_shown_as_another_day_is_none(length: Entry, created: str) -> None:
    (problem,) = problems(length, created=created)
    assert "is not a time in the past with its time zone" in problem
