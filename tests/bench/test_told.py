"""What a writer's reply comes to: a text, an empty one, none; and what is known of replies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weval.bench.replies import ReplyRow, StepReplies
from weval.bench.told import Told, written


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        ({"text": " Tea.\n"}, "text", "Tea."),
        ({"text": "<think>Tea or toast?</think>\nTea."}, "text", "Tea."),
        ({"text": "Tea and", "status": "truncated"}, "text", "Tea and"),
        ({"text": ""}, "empty", ""),
        ({"text": " \n\t"}, "empty", ""),
        ({"text": "<think>Tea or"}, "empty", ""),
        ({"text": "<think>Tea?</think>"}, "empty", ""),
        ({"text": "", "status": "truncated", "tokens_out": 4096}, "empty", ""),
        ({"text": "", "status": "truncated", "reason": "the prompt is too long"}, "missing", ""),
        ({"text": "", "status": "truncated", "tokens_out": 0}, "missing", ""),
        ({"text": "I cannot.", "status": "refused"}, "missing", ""),
        ({"text": "Te", "status": "failed", "reason": "HTTP 500"}, "missing", ""),
    ],
)
def test_what_a_reply_comes_to(said: dict[str, Any], kind: str, text: str) -> None:
    found = written(ReplyRow(item="q", **said))
    assert (found.kind, found.text) == (kind, text)
    assert bool(found.why) is (kind != "text")


def test_reasons_name_the_writer() -> None:
    assert written(ReplyRow(item="q", status="failed", reason="HTTP 500")).why == "writer failed: HTTP 500"
    assert written(ReplyRow(item="q", status="refused")).why == "writer refused: no reply"


def test_a_step_that_was_never_asked_knows_nothing_and_another_misses_what_is_not_there(tmp_path: Path) -> None:
    with (
        StepReplies(tmp_path / "a.jsonl", lambda row: row.came) as asked,
        StepReplies(tmp_path / "b.jsonl", lambda row: row.came) as never,
    ):
        asked.add(ReplyRow(item="q1", text="Tea."))
        asked.add(ReplyRow(item="q2", part="x", status="failed"))
        told = Told({"asked": asked, "never": never})
        assert (told.has("asked"), told.has("never")) == (True, False)
        assert told.text("asked", "q1").text == "Tea."
        assert told.text("asked", "q9").kind == "missing"
        assert told.text("never", "q1").kind == "unknown"
        assert told.get("nothing", "q1") is None
        assert told.parts("asked", "q2") == ["x"]
        assert [seen.row.status for seen in told.attempts("asked", "q2", "x")] == ["failed"]
        assert [row.text for row in told.every("asked", "q1")] == ["Tea."]
