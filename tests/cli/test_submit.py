"""`weval submit`: what is asked for, what is printed, and what is said where something is refused."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said, Weval
from tests.leaderboard.reproduced import known
from tests.reproduce.reproductions import make_steps, profile, tabulated, write_steps
from weval.errors import ConfigError
from weval.leaderboard.check import read_card
from weval.leaderboard.tree import Entry
from weval.report.reproduced import write_reproduction
from weval.run import RunSpec, run

CARD = ("--set", "organisation=us", "--set", "licence=MIT", "--set", "trained_on_weval=false")

Typed = Callable[..., Said]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the baseline `length`, made once."""
    return run(RunSpec("length", "weval-mini", out=tmp_path_factory.mktemp("runs") / "length")).folder


@pytest.fixture
def ran(weval: Weval, made: Path) -> Path:
    """The run, in the empty folder."""
    return Path(shutil.copytree(made, "runs/length"))


@pytest.fixture
def typed(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Runs `weval submit` in a terminal where somebody types these lines."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def call(lines: list[str], *arguments: str) -> Said:
        monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))
        return weval("submit", *arguments)

    return call


def test_a_run_becomes_a_submission(weval: Weval, ran: Path) -> None:
    Path(".git").mkdir()
    said = weval("submit", str(ran), *CARD)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("length on weval-mini: written to results/length/weval-mini\n")
    assert "  git add results/length\n  git commit -m 'Submit length (weval-mini)'\n" in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())
    assert weval("leaderboard", "check").code == 0
    again = weval("submit", str(ran))  # what its card says already need not be said again
    assert again.code == 0
    assert "replaced in results/length/weval-mini" in again.out


def test_a_submission_for_machines(weval: Weval, ran: Path) -> None:
    said = weval("submit", str(ran), *CARD, "--to", "there", "--json")
    found = json.loads(said.out)
    assert found.keys() == {"submitted", "pull_request", "eval_results"}
    (one,) = found["submitted"]
    assert (one["model"], one["task"], one["replaced"]) == ("length", "weval-mini", False)
    assert one["card"]["organisation"] == "us"
    assert one["figures"]["correlation"] == pytest.approx(-0.2367, abs=1e-3)
    assert (found["pull_request"], found["eval_results"]) == (None, None)


def test_without_a_terminal_nothing_is_asked_and_all_that_is_missing_is_named(weval: Weval, ran: Path) -> None:
    said = weval("submit", str(ran))
    assert (said.code, said.out) == (2, "")
    for name in ("organisation", "licence", "trained_on_weval"):
        assert f"--set {name}=…" in said.err
    assert not [*Path().glob("results/*")]


def test_in_a_terminal_what_is_missing_is_asked_until_it_is_right(typed: Typed, ran: Path) -> None:
    said = typed(["", "My Lab", "", "MIT", "perhaps", "no"], str(ran))
    assert said.code == 0
    card = read_card(Path("results/length"))
    assert (card.name, card.organisation, card.licence) == ("length", "My Lab", "MIT")
    assert (card.family, card.trained_on_weval) == ("baseline", False)
    assert "name (of the model, as it is to be shown) [length]" in said.err
    assert said.err.count("trained_on_weval (") == 2
    assert said.out.startswith("length on weval-mini: written")


def test_what_was_said_is_not_asked(typed: Typed, ran: Path) -> None:
    said = typed([], str(ran), *CARD, "--set", "name=A length")
    assert said.code == 0
    assert said.err == ""


def test_a_name_that_has_a_card_brings_it_along(typed: Typed, ran: Path) -> None:
    assert typed([], str(ran), *CARD, "--set", "name=length").code == 0
    said = typed([""], str(ran))
    assert said.code == 0
    assert "organisation" not in said.err


def test_the_end_of_what_is_typed_ends_it(typed: Typed, ran: Path) -> None:
    said = typed(["length"], str(ran))
    assert said.code == 1
    assert "Traceback" not in said.err
    assert not [*Path().glob("results/*")]


# the Hub


def test_a_pull_request_and_an_entry_for_the_models_page(
    weval: Weval, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[object] = []

    def push(entries: list[Entry], repository: str) -> str:
        pushed.append(([str(entry) for entry in entries], repository))
        return "https://hub/7"

    monkeypatch.setattr("weval.leaderboard.pushing.push_to_hub", push)
    said = weval("submit", str(ran), *CARD, "--push", "org/board", "--eval-results", "org/weval")
    assert said.code == 0
    assert pushed == [(["length/weval-mini"], "org/board")]
    assert "pull request: https://hub/7" in said.out
    assert "- dataset:\n    id: org/weval\n    task_id: weval-mini\n" in said.out


def test_where_the_pull_request_fails_the_submission_is_there_and_it_is_said(
    weval: Weval, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def push(*_: object) -> str:
        raise ConfigError("org/board: the Hub cannot be reached")

    monkeypatch.setattr("weval.leaderboard.pushing.push_to_hub", push)
    said = weval("submit", str(ran), *CARD, "--push", "org/board")
    assert said.code == 2
    note, error = said.err.splitlines()
    assert note.startswith("note: length/weval-mini is written all the same, to ")
    assert error == "weval: org/board: the Hub cannot be reached"
    assert weval("leaderboard", "check").code == 0


def test_of_several_runs_those_before_a_refused_one_are_said(weval: Weval, ran: Path) -> None:
    assert weval("run", "--model", "shortest", "--task", "weval-mini", "--limit", "5", "--out", "runs/s").code == 0
    said = weval("submit", "runs", *CARD)
    assert said.code == 2
    assert said.err.startswith("note: length/weval-mini is written all the same")
    assert "--limit" in said.err or "no answer" in said.err
    assert [path.name for path in Path("results").iterdir()] == ["length"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "RUN"),
        (["nowhere", *CARD], "nowhere: no such folder"),
        (["runs/length", "--set", "x"], "is not key=value"),
        (["runs/length", *CARD, "--set", "colour=red"], "the card has no 'colour'"),
        (["runs/length", *CARD, "--set", "link=ftp://x"], "--set link=ftp://x"),
        (["runs/length", *CARD, "--why", "a\nb"], "--why"),
        (["runs/length", *CARD, "--push", "board"], "--push board: is not the name of a dataset"),
        (["runs/length", *CARD, "--eval-results", "a b"], "--eval-results a b: is not the name of a dataset"),
        (["runs/length", *CARD, "--to", "/proc/nowhere"], "cannot write"),
    ],
)
def test_wrong_arguments_end_with_2_and_change_nothing(
    weval: Weval, ran: Path, arguments: list[str], words: str
) -> None:
    said = weval("submit", *arguments)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not [*Path().glob("results/*")]


def test_a_reproduction_is_submitted_alone(weval: Weval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)
    folder = write_steps(make_steps(tmp_path / "out"), profile())
    write_reproduction(tabulated(folder), folder)
    said = weval("submit", str(folder))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(
        "small: written to results/reproductions/small\n  made again of what is kept: 21 cells: "
    )
    assert all(len(line) <= 80 for line in said.out.splitlines())
    assert weval("leaderboard", "check").code == 0
    plain = json.loads(weval("submit", str(folder), "--set", "name=mine", "--json").out)
    assert plain["reproduction"].endswith("reproductions/mine")
    assert plain["record"]["kind"] == "reproduction"
    for more in ([str(tmp_path)], ["--set", "licence=MIT"], ["--why", "new"]):
        refused = weval("submit", str(folder), *more)
        assert refused.code == 2
        assert "is a reproduction" in refused.err
