from __future__ import annotations

import json

from tests.cli.conftest import Weval


def test_one_run_in_full_and_several_in_a_table(weval: Weval) -> None:
    for model in ("length", "constant"):
        assert weval("run", "--model", model, "--task", "weval-mini", "--out", model).code == 0
    assert "by category" in weval("show", "length").out
    table = weval("show", "length", "constant").out.splitlines()
    assert [line.split()[0] for line in table[3:5]] == ["constant", "length"]
    both = json.loads(weval("show", "length", "constant", "--json").out)
    assert [result["model"]["name"] for result in both] == ["length", "constant"]


def test_runs_of_one_model_have_their_folders_beside_them(weval: Weval) -> None:
    for out in ("one", "two"):
        assert weval("run", "--model", "length", "--task", "weval-mini", "--limit", "3", "--out", out).code == 0
    table = weval("show", "one", "two").out
    assert "length (one)" in table and "length (two)" in table


def test_an_unfinished_run_is_said_to_be_one(weval: Weval) -> None:
    from pathlib import Path

    assert weval("run", "--model", "length", "--task", "weval-mini", "--out", "r").code == 0
    Path("r/result.json").unlink()
    said = weval("show", "r")
    assert said.code == 2
    assert "has no result.json yet" in said.err


def test_a_folder_of_runs_shows_them_all(weval: Weval) -> None:
    for model in ("length", "constant"):
        assert weval("run", "--model", model, "--task", "weval-mini").code == 0
    assert weval("show", "runs").out == weval("show", "runs/constant/weval-mini", "runs/length/weval-mini").out
