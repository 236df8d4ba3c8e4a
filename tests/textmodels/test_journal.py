"""Paid replies on disk: found again, whatever killed the process, and never mixed up."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from weval.errors import DataError, ResultError
from weval.textmodels.journal import REPLIES, Journal
from weval.types import Prompt, Reply

ABOUT = {"model": "m"}
PROMPT = Prompt("p1", (("user", "Tea?"),))
REPLY = Reply(
    "p1", "ok", "Tea.\n⟦\x00", None, {"7": 0.5}, 3, 2, 0.25, 1.5, {"temperature": None, "stop": "x"}, "m-1"
)  # fmt: skip


def kept(folder: Path, *pairs: tuple[Prompt, Reply], about: dict[str, Any] = ABOUT) -> None:
    journal = Journal(about)
    journal.keep_in(folder)
    for prompt, reply in pairs:
        journal.put(prompt, reply)
    journal.close()


def found(folder: Path, prompt: Prompt = PROMPT, about: dict[str, Any] = ABOUT) -> Reply | None:
    journal = Journal(about)
    journal.keep_in(folder)
    return journal.get(prompt)


def test_a_reply_is_found_again_as_it_was(tmp_path: Path) -> None:
    kept(tmp_path, (PROMPT, REPLY))
    assert found(tmp_path) == REPLY


@pytest.mark.parametrize("status", ["refused", "truncated"])
def test_what_asking_again_would_not_change_is_kept(tmp_path: Path, status: Any) -> None:
    kept(tmp_path, (PROMPT, Reply("p1", status, "Te", "why")))
    assert found(tmp_path) == Reply("p1", status, "Te", "why")


def test_a_failure_is_asked_again(tmp_path: Path) -> None:
    kept(tmp_path, (PROMPT, Reply("p1", "failed", reason="HTTP 500")))
    assert found(tmp_path) is None


@pytest.mark.parametrize(
    ("prompt", "about"),
    [
        (Prompt("p2", PROMPT.messages), ABOUT),
        (Prompt("p1", (("system", "Tea?"),)), ABOUT),
        (Prompt("p1", PROMPT.messages, schema={"type": "object"}), ABOUT),
        (Prompt("p1", PROMPT.messages, labels=("7",)), ABOUT),
        (PROMPT, {"model": "other"}),
    ],
)
def test_another_question_has_another_reply(tmp_path: Path, prompt: Prompt, about: dict[str, Any]) -> None:
    kept(tmp_path, (PROMPT, REPLY))
    assert found(tmp_path, prompt, about) is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    journal = Journal(ABOUT)
    journal.put(PROMPT, REPLY)
    assert journal.get(PROMPT) is None
    assert not list(tmp_path.iterdir())


def test_every_cut_of_a_kill_is_mended(tmp_path: Path) -> None:
    other = Prompt("p2", PROMPT.messages)
    kept(tmp_path, (PROMPT, REPLY), (other, REPLY))
    whole = (tmp_path / REPLIES).read_bytes()
    first = whole.index(b"\n") + 1
    for length in (0, 1, first - 1, first, first + 1, len(whole) - 1):
        (tmp_path / REPLIES).write_bytes(whole[:length])
        assert found(tmp_path) == (REPLY if length >= first else None)
        assert found(tmp_path, other) is None
        kept(tmp_path, (other, REPLY))
        assert found(tmp_path, other) is not None


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    kept(tmp_path, (PROMPT, REPLY))
    (tmp_path / REPLIES).write_bytes(b"{}\n" + (tmp_path / REPLIES).read_bytes())
    with pytest.raises(DataError, match=rf"{REPLIES}:1: key"):
        found(tmp_path)


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(ABOUT)
    journal.keep_in(tmp_path)
    journal.put(PROMPT, REPLY)

    class Full:
        """A file that takes ten bytes, and then no more."""

        def __init__(self, file: Any) -> None:
            self.file, self.left = file, 10

        def write(self, part: memoryview) -> int:
            if not self.left:
                raise OSError(28, "No space left on device")
            n = self.file.write(part[: self.left])
            self.left -= n
            return int(n)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    real = journal._file
    journal._file = Full(real)
    with pytest.raises(ResultError, match="No space left on device"):
        journal.put(Prompt("p2", PROMPT.messages), REPLY)
    journal._file = real
    journal.put(Prompt("p3", PROMPT.messages), REPLY)
    journal.close()
    assert found(tmp_path) == REPLY
    assert found(tmp_path, Prompt("p2", PROMPT.messages)) is None
    assert found(tmp_path, Prompt("p3", PROMPT.messages)) is not None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    journal = Journal(ABOUT)
    journal.keep_in(tmp_path / "none")
    with pytest.raises(ResultError, match="cannot write"):
        journal.put(PROMPT, REPLY)


def test_what_was_refused_is_known_again(tmp_path: Path) -> None:
    journal = Journal({"model": "m"})
    journal.keep_in(tmp_path)
    for n, sent in enumerate(({"temperature": None, "top_p": 0.5}, {"schema": None, "probabilities": None}, {})):
        prompt = Prompt(f"p{n}", (("user", "Hello"),))
        journal.put(prompt, Reply(prompt.id, "ok", "Hi", sent=sent))
    journal.close()
    assert journal.refused == frozenset()
    journal.keep_in(tmp_path)
    assert journal.refused == {"temperature", "schema"}
    (tmp_path / "other").mkdir()
    journal.keep_in(tmp_path / "other")
    assert journal.refused == frozenset()


def test_what_was_put_since_is_found_when_the_folder_is_named_again(tmp_path: Path) -> None:
    """A caller who asks the same twice in one session wants two replies."""
    journal = Journal(ABOUT)
    journal.keep_in(tmp_path)
    journal.put(PROMPT, REPLY)
    assert journal.get(PROMPT) is None
    journal.keep_in(tmp_path)
    assert journal.get(PROMPT) == REPLY


def test_a_file_that_went_away_is_not_taken_for_replies_that_never_came(tmp_path: Path) -> None:
    kept(tmp_path, (PROMPT, REPLY))
    journal = Journal(ABOUT)
    journal.keep_in(tmp_path)
    (tmp_path / REPLIES).unlink()
    with pytest.raises(ResultError, match=rf"cannot read .*{REPLIES}"):
        journal.get(PROMPT)


def test_long_replies_are_not_held(tmp_path: Path) -> None:
    prompts = [Prompt(f"p{number}", PROMPT.messages) for number in range(60)]
    kept(tmp_path, *((prompt, Reply(prompt.id, "ok", "中x" * 75_000)) for prompt in prompts))
    journal = Journal(ABOUT)
    tracemalloc.start()
    journal.keep_in(tmp_path)
    assert all(reply and len(reply.text) == 150_000 for reply in map(journal.get, prompts))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 200_000 and peak < 5_000_000
