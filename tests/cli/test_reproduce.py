from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Weval
from tests.reproduce.mini import STEPS, attempts, manifests
from weval.machine import Lack
from weval.reproduce import running
from weval.reproduce.attempts import LOG

MINI = {"length": STEPS["length"] | {"after": []}}
OTHER = {"slow": STEPS["slow"] | {"model": "keywords", "after": []}}
BROKEN = {"slow": {"does": "run", "about": "a", "model": "lenght"}}


@pytest.fixture
def mini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of manifests, in which the command finds its profile; there is no other."""
    folder = manifests(tmp_path, MINI | OTHER)
    monkeypatch.setattr(running, "ReproduceSpec", partial(running.ReproduceSpec, manifests=folder))
    return tmp_path


def logs(home: Path) -> list[int]:
    """How often each step was begun that was begun at all."""
    return [attempts(log.parent) for log in sorted(home.glob(f"reproductions/mini/steps/*/{LOG}"))]


def test_the_tables_are_made_and_made_anew_without_running_a_step_again(weval: Weval, mini: Path) -> None:
    said = weval("reproduce", "--profile", "mini", "--table", "4")
    assert said.code == 0, said.err
    assert "Our-RM-7B" in said.out and said.out.endswith("page: reproductions/mini/index.html\n")
    assert "[1/2] length: the longer, the better" in said.err and "[2/2] slow: done in " in said.err
    written = ("tables.md", "tables.tex", "tables.csv", "reproduction.json", "index.html")
    assert all((mini / "reproductions" / "mini" / name).is_file() for name in written)
    assert logs(mini) == [1, 1]

    (mini / "reproductions" / "mini" / "index.html").unlink()
    again = weval("reproduce", "--profile", "mini", "--table", "table4", "--json")
    assert again.code == 0 and again.err == "2 steps done already\n"
    found = json.loads(again.out)
    assert found["kind"] == "reproduction" and [step["state"] for step in found["steps"]] == ["done", "done"]
    assert found == json.loads((mini / "reproductions" / "mini" / "reproduction.json").read_text(encoding="utf-8"))
    assert (mini / "reproductions" / "mini" / "index.html").is_file() and logs(mini) == [1, 1]


def test_where_a_step_failed_the_tables_are_there_and_the_end_is_2(weval: Weval, mini: Path) -> None:
    manifests(mini, MINI | BROKEN)
    said = weval("reproduce", "--profile", "mini", "--table", "4", "--out", "here")
    assert said.code == 2
    assert (
        said.err.splitlines()[-1]
        == "weval: 1 step failed: slow; what to do stands above, and beside each step on the page"
    )
    assert "did you mean length?" in said.err and said.out.endswith("page: here/index.html\n")


def test_what_is_lacking_ends_with_0_where_something_is_done_and_else_points_to_the_plan(
    weval: Weval, mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(step: Any, *_: Any) -> list[Lack]:
        return [Lack("a GPU", "rent one")] if step.model != "length" or not done else []

    monkeypatch.setattr(running, "lacking", lacking)
    done = False
    said = weval("reproduce", "--profile", "mini", "--table", "4")
    assert said.code == 2
    assert said.err.splitlines()[-1].startswith("weval: nothing is done, and nothing could be run; --plan says")
    done = True
    said = weval("reproduce", "--profile", "mini", "--table", "4")
    assert said.code == 0 and "slow: blocked: lacks a GPU\nnote: 1 step blocked; --plan" in said.err
    assert "a GPU" in said.out


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(weval: Weval, mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "attempt", stopped)
    said = weval("reproduce", "--profile", "mini", "--table", "4")
    assert said.code == 130 and said.out == ""
    assert said.err.endswith("note: stopped; what was done is kept, and the same command continues\n")


def test_scores_that_are_broken_are_told_with_what_mends_them(weval: Weval, mini: Path) -> None:
    manifests(mini, MINI)
    asked = ("reproduce", "--profile", "mini", "--table", "4", "--rows", "RM")
    assert weval(*asked).code == 0
    (scores,) = mini.glob("reproductions/mini/steps/*/made/scores.jsonl")
    scores.write_text("no JSON\n", encoding="utf-8")
    said = weval(*asked, "--json")
    assert said.code == 2 and "1 step failed: length" in said.err
    (step,) = json.loads(said.out)["steps"]
    assert (step["state"], step["remedy"]) == (
        "failed", f"remove the folder {step['folder']}; the same command makes the step again",
    )  # fmt: skip


def test_only_rows_and_bring_are_asked_for(weval: Weval, mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mini / "thing").write_text("x", encoding="utf-8")
    asked: list[running.ReproduceSpec] = []

    def reproduced(spec: running.ReproduceSpec, *_: Any) -> list[Any]:
        asked.append(spec)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "reproduce", reproduced)
    monkeypatch.setattr(running, "graph_of", lambda spec: None)
    words = ["--table", "4", "--table", "8", "--figure", "3", "--only", "a", "--rows", "b", "--bring", "c=d=e"]
    weval("reproduce", "--profile", "mini", *words, "--out", "f")
    (spec,) = asked
    assert spec.tables == ("table4", "table8", "figure3")
    assert (spec.only, spec.rows, spec.brought, spec.folder) == (("a",), ("b",), {"c": Path("d=e")}, Path("f"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--plan", "--checks"], "--plan and --checks: give one of them"),
        (["--profile", "tyni"], "unknown profile 'tyni' (all: paper, tiny)"),
        (["--profile", "tiny", "--table", "9"], "unknown table 'table9'"),
        (["--profile", "tiny", "--figure", "9"], "unknown table 'figure9'"),
        (["--profile", "tiny", "--only", "nothing"], "--only nothing: no step of the profile tiny"),
        (["--profile", "tiny", "--rows", "nobody"], "--rows 'nobody': no row of Table 4, Table 5, Table 6, Table 7"),
        (["--profile", "tiny", "--bring", "x"], "--bring x: is not NAME=PATH"),
        (["--profile", "tiny", "--bring", "x=y", "--bring", "x=z"], "--bring x: given twice"),
        (["--profile", "tiny", "--bring", "x=y"], "--bring x: the profile tiny takes "),
        (
            ["--profile", "tiny", "--bring", "human-rankings=no\nfile"],
            r"--bring human-rankings: no\nfile: no such file",
        ),
    ],
)
def test_wrong_arguments_end_with_2_and_leave_nothing_behind(weval: Weval, arguments: list[str], words: str) -> None:
    said = weval("reproduce", *arguments)
    assert said.code == 2
    assert words in said.err and "Traceback" not in said.err
    assert said.out == "" and list(Path().iterdir()) == []


def test_the_plan_runs_nothing(weval: Weval) -> None:
    said = weval("reproduce", "--profile", "tiny", "--plan")
    assert said.code == 0, said.err
    assert "t4-rm" in said.out
    assert json.loads(weval("reproduce", "--profile", "tiny", "--plan", "--json").out)["profile"] == "tiny"
    assert list(Path().iterdir()) == []


def test_the_checks_need_nothing(weval: Weval) -> None:
    said = weval("reproduce", "--checks")
    assert said.code == 0 and "Our-RM-7B" in said.out
    assert json.loads(weval("reproduce", "--checks", "--json").out)
    assert list(Path().iterdir()) == []
