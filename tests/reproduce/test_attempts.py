from __future__ import annotations

from pathlib import Path

import pytest

from weval.reproduce.attempts import LOG, MAX_WHY, Tail, ending, foot, head, seconds_of


def why(folder: Path, said: bytes, code: int = 2) -> str:
    """What is taken for the reason of an attempt that said this, after an earlier one."""
    log = folder / LOG
    log.write_bytes(head(["run"]) + b"weval: an earlier reason\n" + foot(2, 1.0))
    tail = Tail(log)
    with log.open("ab") as file:
        file.write(head(["run"]) + said)
    return tail.why(code)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"working\nweval: no such task\n", "no such task"),
        (b"weval: an old one\nworking\nweval: a.jsonl:3: id\nweval: a.jsonl:4: id\n", "a.jsonl:3: id; a.jsonl:4: id"),
        (b"Traceback:\n  File x\nKeyError: 'a'\n\n", "KeyError: 'a'"),
        (b"weval: early\n 10%\r 20%\r", "20%"),
        (b"", "exit code 2"),
        (b"weval: \x1b[31mred\x07\n", r"\x1b[31mred\x07"),
        (b"weval: \xff\n", "�"),
    ],
)
def test_the_reason_is_what_weval_said_last_or_else_the_last_line(tmp_path: Path, said: bytes, reason: str) -> None:
    assert why(tmp_path, said) == reason


def test_a_reason_has_a_length_and_a_signal_is_one_itself(tmp_path: Path) -> None:
    assert len(why(tmp_path, b"weval: " + b"a" * 1000)) == MAX_WHY + 1
    assert why(tmp_path, b"a" * 10**6 + b"\n").endswith("a…")
    assert why(tmp_path, b"weval: nothing of note\n", -9) == "killed (signal 9), as when memory runs out"
    assert ending(-15) == "killed (signal 15)"


def test_the_latest_line_is_of_this_attempt(tmp_path: Path) -> None:
    log = tmp_path / LOG
    assert Tail(log).latest() == ""
    log.write_bytes(b"before\n")
    tail = Tail(log)
    assert tail.latest() == ""
    with log.open("ab") as file:
        file.write(head(["run", "--model", "a b"]) + b"one\ntwo 10%\r")
        file.flush()
        assert tail.latest() == "two 10%"
    assert "weval run --model 'a b'\n" in log.read_text(encoding="utf-8")


def test_seconds_are_of_all_attempts_that_ended(tmp_path: Path) -> None:
    log = tmp_path / LOG
    assert seconds_of(log) == 0
    parts = [head(["run"]), foot(2, 1.5), head(["run"]), b"killed here", head(["run"]), foot(0, 2.25)]
    log.write_bytes(b"".join(parts) + b"said: # ended after 99.0 s\n# ended after " + b"9" * 400 + b".0 s\n")
    assert seconds_of(log) == pytest.approx(3.7, abs=0.11)


def test_a_command_cannot_make_lines_of_its_own() -> None:
    assert head(["run", "--set", "a=\n# ended after 9.0 s"]).count(b"\n") == 2
