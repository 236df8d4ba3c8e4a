"""What the lines of results come to, one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from weval.errors import AdapterError
from weval.remote.posting import NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.batches.record import Submission
from weval.textmodels.batches.results import Reading
from weval.textmodels.hosting.hosted import NotTaken
from weval.types import Prompt, Reply

INTENT = "0123456789abcdef"


class Fake:
    """A service whose lines say what to raise."""

    def __init__(self, *lines: Any) -> None:
        self.lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]

    async def results(self, batch: str) -> Any:
        for line in self.lines:
            yield line

    def reply_in(self, prompt: Prompt, found: Mapping[str, Any], dropped: frozenset[str]) -> Reply:
        what = found["what"]
        if what == "again":
            raise Transient("busy")
        if what == "parameter":
            raise NotTaken("top_p", "no top_p")
        if what == "end":
            raise AdapterError("no money")
        if what in ("refused", "truncated", "failed"):
            raise NoAnswer("said so", what)
        return Reply(prompt.id, "ok", what)


def line(key: str, what: str, intent: str = INTENT) -> dict[str, str]:
    return {"custom_id": f"{intent}_{key}", "what": what}


def read(*lines: Any, keys: str = "abcdef", dropped: frozenset[str] = frozenset(), whole: bool = True) -> Reading:
    submission = Submission(INTENT, datetime.now(UTC), len(keys), {*keys}, dropped, "batch_1")
    reading = Reading(submission, "batch_1", {key: Prompt(key, ()) for key in keys}, lambda prompt, reply: reply)
    service: Any = Fake(*lines)
    asyncio.run(reading.read(service))
    asyncio.run(reading.read(service))  # as after a broken connection
    reading.finish(whole=whole)
    return reading


def test_every_request_comes_to_something_once() -> None:
    reading = read(
        line("f", "failed"), line("e", "truncated"), line("d", "refused"), line("c", "again"), line("b", "parameter"),
        line("a", "text"), line("a", "another"),
    )  # fmt: skip
    assert {reply.prompt_id: reply.status for reply in reading.replies} == {
        "a": "ok", "d": "refused", "e": "truncated", "f": "failed",
    }  # fmt: skip
    assert len(reading.replies) == 4
    assert reading.replies[-1].text == "text"
    assert reading.outcome.again == {"c": "busy"}
    assert reading.outcome.failed == {"f": "said so"}
    assert reading.outcome.dropped == {"top_p"}
    assert reading.outcome.keys == {*"abcdef"}
    assert not reading.trouble


@pytest.mark.parametrize(
    "odd", [b"", b"{", b"\xff", b"[]", b"7", b"null", {}, {"custom_id": 7}, {"custom_id": None}, line("z", "text"),
            line("a", "text", "fedcba9876543210"), {"custom_id": "a", "what": "text"}]
)  # fmt: skip
def test_lines_that_are_nobodys_are_passed_over(odd: Any) -> None:
    reading = read(odd, line("b", "text"), keys="ab")
    assert {reply.prompt_id: reply.status for reply in reading.replies} == {"a": "failed", "b": "ok"}
    assert "no line for it that can be read" in reading.outcome.failed["a"]


def test_what_had_no_turn_is_asked_again() -> None:
    reading = read(line("b", "text"), keys="ab", whole=False)
    assert reading.outcome.again == {"a": "batch batch_1 ended before its turn"}


def test_what_will_not_pass_is_told_after_the_replies() -> None:
    reading = read(line("a", "text"), line("b", "end"), keys="ab")
    assert [reply.text for reply in reading.replies] == ["text"]
    assert [str(error) for error in reading.trouble] == ["no money"]
    assert not reading.outcome.again
    assert str(read(line("a", "parameter"), dropped=frozenset({"top_p"})).trouble[0]) == "top_p is not taken: no top_p"


def test_half_a_character_in_a_reply_is_no_broken_line() -> None:
    broken = json.dumps(line("a", "\ud83d")).encode()
    assert [reply.status for reply in read(broken, keys="a").replies] == ["ok"]
