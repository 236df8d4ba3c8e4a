from __future__ import annotations

from typing import Any

import pytest

from weval.reproduce.outcome import State, StepOutcome
from weval.reproduce.telling import MAX_NAMED, WRITE_EVERY_S, Telling, duration, summary, told


def outcome(name: str = "one", state: State = "done", **more: Any) -> StepOutcome:
    usual: dict[str, Any] = {"does": "run", "about": "a", "fingerprint": "0" * 16, "folder": None, "command": "weval"}
    return StepOutcome(name=name, state=state, **(usual | {"seconds": 12.0} | more))


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_where_no_terminal_is_a_line_tells_each_beginning_and_each_end(capsys: pytest.CaptureFixture[str]) -> None:
    with Telling() as telling:
        for name in ("a", "b"):
            telling.ends(outcome(name))
        telling.begins(3, 5, "c", "the [bold]third")
        telling.says("10 %")
        telling.ends(outcome("c", seconds=75.0))
        telling.ends(outcome("d", "blocked", why="no key\x1b[2J", remedy="export KEY=…"))
        telling.begins(5, 5, "e", "the last")
        telling.ends(outcome("e", "failed", why="no such file", remedy="see the log"))
    assert lines(capsys) == [
        "2 steps done already",
        "[3/5] c: the [bold]third",
        "[3/5] c: done in 1 min 15 s",
        r"d: blocked: no key\x1b[2J",
        "[5/5] e: the last",
        "[5/5] e: failed: no such file; see the log",
        "note: 1 step blocked; --plan says how to get what is lacking",
    ]


def test_where_no_terminal_is_a_long_step_says_how_it_is_going_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("weval.reproduce.telling.time.monotonic", lambda: now)
    with Telling() as telling:
        telling.begins(1, 1, "a", "the only one")
        for second in range(150):
            now = float(second)
            telling.says(f"at {second} s" if second > 100 else "")
    assert lines(capsys)[1:] == ["[1/1] a: at 101 s"]


def test_all_done_before_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Telling() as telling:
        telling.ends(outcome())
    assert lines(capsys) == ["1 step done already"]


def test_tables_are_written_now_and_then_and_where_the_user_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    clock = [0.0]
    monkeypatch.setattr("weval.reproduce.telling.time.monotonic", lambda: clock[0])
    telling = Telling(lambda outcomes: written.append(len(outcomes)))
    for at, n in ((1.0, 1), (WRITE_EVERY_S + 1, 2), (WRITE_EVERY_S + 2, 3)):
        clock[0] = at
        telling.so_far([outcome()] * n, last=False)
    assert written == [2]
    telling.so_far([outcome()] * 4, last=True)
    assert written == [2, 4]


def test_what_is_lacking_is_cut_to_a_line() -> None:
    assert len(told(outcome(state="blocked", why="lacks " + "a GPU, " * 100))) <= 101


def test_whoever_stops_is_told_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), Telling():
        raise KeyboardInterrupt
    assert lines(capsys) == ["note: stopped; what was done is kept, and the same command continues"]


def test_in_a_terminal_the_latest_line_stands_below_while_the_step_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    with Telling() as telling:
        telling.begins(1, 1, "a", "the only one")
        telling.says("[red]step 7 of 9\x07" + "x" * 100)
        telling.ends(outcome("a", seconds=0.4))
    said = capsys.readouterr().err
    assert "0:00:00" in said and "[1/1] a: the only one" in said and "[1/1] a: done in 0.4 s" in said
    assert r"[red]step 7 of 9\x07" in said and "x" * 40 not in said and "\x07" not in said


def test_an_end_is_one_line() -> None:
    assert told(outcome()) == "done in 12 s"
    assert told(outcome(state="elsewhere", why="another is at it")) == "elsewhere: another is at it"


def test_the_summary_names_what_failed() -> None:
    assert (
        summary([outcome(), outcome("b", "failed")])
        == "1 step failed: b; what to do stands above, and beside each step on the page"
    )
    many = summary([outcome(f"s{n}", "failed") for n in range(MAX_NAMED + 1)])
    assert f"s{MAX_NAMED - 1}, …; what to do" in many
    assert (
        summary([outcome(), outcome("b", "elsewhere")])
        == "another weval reproduce is at b; the same command goes on after it"
    )
    assert summary([outcome(state="blocked")]).startswith("nothing is done, and nothing could be run; --plan")


@pytest.mark.parametrize(("seconds", "text"), [(9.96, "10.0 s"), (59.7, "1 min 0 s"), (3599.9, "1 h 0 min")])
def test_a_time_is_rounded_before_it_is_divided(seconds: float, text: str) -> None:
    assert duration(seconds) == text
