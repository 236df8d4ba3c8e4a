from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from weval import __version__


def test_help_names_every_verb(weval: Weval) -> None:
    said = weval("--help")
    assert said.code == 0
    for verb in (
        "run",
        "show",
        "rescore",
        "compare",
        "audit",
        "agree",
        "fetch",
        "list",
        "doctor",
        "reproduce",
        "submit",
        "leaderboard",
    ):
        assert verb in said.out
        assert weval(verb, "--help").code == 0


def test_version(weval: Weval) -> None:
    assert weval("--version").out.strip() == __version__


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "--model"),
        (["run", "--model", "lenght"], "did you mean length?"),
        (["run", "--model", "length:x"], "is written --model length"),
        (["run", "--model", "scores"], "--model scores:FILE"),
        (["run", "--model", "length", "--task", "weval-mimi"], "did you mean weval-mini"),
        (["run", "--model", "length", "--task", "weval-mini", "--data", "x"], "give one of them"),
        (["run", "--model", "length", "--task", "weval-mini", "--set", "seed"], "is not key=value"),
        (["run", "--model", "length", "--task", "weval-mini", "--set", "seed=a"], "--set seed=a"),
        (["run", "--model", "length", "--task", "weval-mini", "--set", "seed=1", "--set", "seed=2"], "given twice"),
        (["run", "--model", "length", "--task", "weval-mini", "--limit", "0"], "--limit 0"),
        (["run", "--model", "length", "--task", "weval-mini", "--limit", "x"], "--limit"),
        (["run", "--model", "length", "--task", "weval-mini", "--sett", "x"], "--sett"),
        (["show"], "RUN"),
        (["show", "nowhere"], "no such folder"),
        (["rescore", "nowhere"], "is not a run folder"),
        (["fetch", "nothing"], "unknown task"),
        (["list", "everything"], "everything"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_arguments_end_with_2_and_say_what_is_wrong(weval: Weval, arguments: list[str], words: str) -> None:
    said = weval(*arguments)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_settings_and_output_do_not_mix(weval: Weval) -> None:
    said = weval("run", "--model", "constant", "--task", "weval-mini", "--json")
    assert said.code == 0
    assert json.loads(said.out)["metrics"]["correlation"]["value"] == 0


def test_nothing_is_left_behind_when_arguments_are_wrong(weval: Weval) -> None:
    weval("run", "--model", "length", "--task", "weval-mini", "--set", "layout=none")
    assert list(Path().iterdir()) == []
