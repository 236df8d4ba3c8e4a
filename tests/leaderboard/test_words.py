"""What is said of submissions: within 80 columns, nothing of it a forged line, everything for machines too."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.leaderboard.factories import CARD_OF, TASK, put
from tests.leaderboard.writing import CARD_OF as WRITER_CARD
from tests.leaderboard.writing import Writers
from weval.leaderboard.check import Verdict, check
from weval.leaderboard.rerun import Repeated
from weval.leaderboard.reruns import Rerun
from weval.leaderboard.submit import Submitted, submit
from weval.leaderboard.tree import Entry
from weval.leaderboard.words import (
    place,
    refused_line,
    repeated_plain,
    repeated_text,
    submitted_plain,
    submitted_text,
    verdict_plain,
    verdicts_text,
)

LONG = "it says something that takes more than one line of a terminal, 用很长很长很长很长很长很长的一行话来说明 " * 2


def fits(text: str) -> bool:
    return all(cell_len(line) <= 80 for line in text.splitlines())


@pytest.fixture
def again(root: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Submitted]:
    """Submits a run once more, seen from the folder in which `results` lies."""
    monkeypatch.chdir(root.parent)
    (root.parent / ".git").mkdir()

    def made(model: str) -> Submitted:
        family = "rules" if model == "rules" else "baseline"
        return submit(runs / model / TASK, {"name": model, "family": family, **CARD_OF}, root)

    return made


def test_a_submission_is_said_with_its_place_figures_and_probes(again: Callable[[str], Submitted]) -> None:
    said = submitted_text([again("length")], None, None)
    assert said.startswith(f"length on weval-mini: replaced in results/length/{TASK}\n")
    assert "  correlation " in said
    assert "  with the probes swapped\n" in said
    assert "the model's own words in its answers were left out" in said.replace("\n", " ")
    assert fits(said)


def test_what_to_do_next_is_commands_for_all_of_them(again: Callable[[str], Submitted]) -> None:
    said = submitted_text([again("length"), again("rules")], None, None)
    commands = [shlex.split(line) for line in said.splitlines() if line.startswith("  git ")]
    assert commands == [
        ["git", "checkout", "-b", "submit-length-and-1-more"],
        ["git", "add", "results/length"],
        ["git", "add", "results/rules"],
        ["git", "commit", "-m", "Submit length, rules (weval-mini)"],
        ["git", "push", "origin", "submit-length-and-1-more"],
    ]


def test_outside_of_a_clone_nothing_is_said_of_git(again: Callable[[str], Submitted], root: Path) -> None:
    one = again("length")
    (root.parent / ".git").rmdir()
    said = submitted_text([one], None, None)
    assert "\n  results/length\nand open a pull request with it" in said and "git add" not in said
    assert fits(said)


def test_a_folder_elsewhere_is_named_in_full_and_quoted(
    again: Callable[[str], Submitted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = again("length")
    elsewhere = tmp_path / "somewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    odd = replace(one, entry=replace(one.entry, root=tmp_path / "my results"))
    assert f"git add '{tmp_path}/my results/length'\n" in submitted_text([odd], None, None)


def test_a_pull_request_takes_the_place_of_what_to_do_next(again: Callable[[str], Submitted]) -> None:
    said = submitted_text([again("length")], "https://hub/7", "- dataset: x")
    assert "pull request: https://hub/7" in said
    assert "git" not in said
    assert said.endswith("own repository on the Hub:\n\n- dataset: x")


def test_doubts_hang_below_their_beginning(again: Callable[[str], Submitted]) -> None:
    one = again("length")
    one.verdict.doubts[:] = [LONG]
    lines = submitted_text([one], None, None).splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("  note: it says"))
    assert lines[first + 1].startswith("        ")
    assert lines[first + 1].strip()
    assert fits("\n".join(lines))


# verdicts


def verdict(problems: Sequence[str] = (), doubts: Sequence[str] = (), model: str = "m", task: str = "t") -> Verdict:
    return Verdict(Entry(Path("results"), model, task), [*problems], [*doubts])


def test_accepted_ones_take_a_line_and_refused_ones_say_every_problem(root: Path) -> None:
    put(root / "length" / TASK / "result.json", {"metrics.correlation.value": 0.99})
    said = verdicts_text(check([root]))
    assert "ok       keywords/weval-mini: correlation 0." in said
    assert "refused  length/weval-mini\n  - result.json: metrics.correlation.value is 0.99" in said
    assert said.endswith("\n\n3 submissions checked, 1 refused")
    assert fits(said)


def test_nothing_to_check() -> None:
    assert verdicts_text([]) == "0 submissions checked, none refused"
    assert verdicts_text([verdict()]) == "ok       m/t: correlation –, recomputed\n\n1 submission checked, none refused"


def test_long_problems_and_notes_are_wrapped_and_indented() -> None:
    said = verdicts_text([verdict([LONG, "short"], [LONG])])
    assert fits(said)
    lines = said.splitlines()
    assert lines[1].startswith("  - it says")
    assert lines[2].startswith("    ")
    assert "  - short" in lines
    assert any(line.startswith("  note: it says") for line in lines)


@pytest.mark.parametrize(
    "evil", ["x\nok       best/weval: correlation 1.000, recomputed", "\x1b[2Jx", "a\rb", "\u202eevil"]
)
def test_names_and_problems_forge_no_lines(evil: str) -> None:
    said = verdicts_text([verdict([evil], [evil], model=evil, task="t"), verdict([evil], model=evil, task="")])
    assert not any(line.startswith("ok ") for line in said.splitlines())
    assert all(line.isprintable() for line in said.split("\n"))
    assert place(verdict(model=evil).entry).isprintable()
    assert refused_line(verdict(model=evil).entry, [evil]).isprintable()


def test_one_line_for_one_that_is_left_out() -> None:
    entry = verdict().entry
    assert refused_line(entry, ["a", "b", "c"]) == "refused m/t: a (and 2 more)"
    assert refused_line(replace(entry, task=""), ["a"]) == "refused m: a"


# repetitions


def repeated(**fields: object) -> Repeated:
    rerun = Rerun(
        model="m",
        task="t",
        scores="0" * 64,
        date="2026-11-26",
        by="Ada",
        seed=5,
        n=50,
        within=48,
        largest=0.125,
        tolerance=0.25,
        confirmed=True,
        weval="1",
    )
    base = Repeated(Entry(Path("results"), "m", "t"), rerun, 1500, 50, 40, 0, 0, (), "the rule")
    return replace(base, **fields)


def test_a_repetition_says_how_it_was_decided() -> None:
    assert repeated_text(repeated()).splitlines() == [
        "confirmed: m/t",
        "  50 requests of 1,500 asked again (--seed 5 draws the same)",
        "  48 as submitted, 40 of them the same to the last digit",
        "  largest change 0.125; as submitted is up to 0.25",
        "    the rule",
    ]


def test_what_does_not_confirm_says_why() -> None:
    off = repeated().rerun.model_copy(update={"confirmed": False})
    said = repeated_text(repeated(rerun=off, compared=0, lost=2, gained=1, unlike=(LONG, "b is 1"), rule=LONG))
    assert said.startswith("not confirmed: m/t\n")
    assert "  note: none of them has a score on both sides" in said
    assert "  note: 2 requests with an answer before and none now: not as submitted" in said
    assert "  note: 1 request with no answer before and one now: not as submitted" in said
    assert "so this is no confirmation:\n  - it says" in said
    assert "\n  - b is 1" in said
    assert fits(said)


# for machines


def test_machines_get_plain_objects(again: Callable[[str], Submitted]) -> None:
    one = again("length")
    plain = json.loads(json.dumps(submitted_plain(one)))
    assert plain.keys() == {"model", "task", "folder", "replaced", "probes", "card", "doubts", "figures"}
    assert (plain["model"], plain["probes"], plain["replaced"]) == ("length", ["swapped"], True)
    assert plain["card"]["schema"] == 1
    assert plain["figures"].keys() == {"correlation", "il", "pl", "reading"}
    plain = json.loads(json.dumps(verdict_plain(verdict(["p"], ["d"], task=""))))
    assert plain == {"model": "m", "task": None, "accepted": False, "problems": ["p"], "doubts": ["d"], "figures": None}
    assert verdict_plain(one.verdict)["figures"] == submitted_plain(one)["figures"]
    plain = json.loads(json.dumps(repeated_plain(repeated(unlike=("x",)))))
    assert (plain["seed"], plain["confirmed"], plain["n_questions"], plain["unlike"]) == (5, True, 1500, ["x"])


# writers


def test_writers_are_told_by_their_headline(writers: Writers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(writers.results.parent)
    run = writers.runs / "poor" / "longbench-write-judge"
    one = submit(run, {"name": "poor", **WRITER_CARD}, writers.results)
    said = submitted_text([one], None, None)
    assert said.startswith(f"poor on {one.entry.task}: replaced in results/writers/poor/{one.entry.task}\n")
    assert "  S-bar  " in said
    assert "every text and every verdict" in said
    assert "  results/writers/poor\n" in said
    assert fits(said.partition("\n")[2])
    found = check([one.entry.folder])
    assert verdicts_text(found).startswith(f"ok       writers/poor/{one.entry.task}: S-bar ")
    plain = json.loads(json.dumps(verdict_plain(found[0])))
    assert plain["model"] == "writers/poor"
    assert plain["figures"]["s_bar"] == submitted_plain(one)["figures"]["s_bar"]
