from __future__ import annotations

import json

import pytest

from weval.cli.output import print_json, print_rows
from weval.results import Estimate
from weval.run import Volume


def test_records_and_dataclasses_become_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(Volume(1, 2, 3))
    assert json.loads(capsys.readouterr().out) == {
        "items": 1,
        "requests": 2,
        "characters": 3,
        "replies": 1,
        "usd": None,
    }
    print_json(Estimate(value=0.5, ci=(0.1, 0.9), n=3), Estimate(value=0.5, ci=None, n=1))
    assert json.loads(capsys.readouterr().out) == [
        {"value": 0.5, "ci": [0.1, 0.9], "n": 3}, {"value": 0.5, "ci": None, "n": 1},
    ]  # fmt: skip


def test_rows_are_wrapped_under_their_name(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    print_rows({"a": "word " * 30, "longer name": "short"}, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[1].startswith(" " * 13 + "word")
