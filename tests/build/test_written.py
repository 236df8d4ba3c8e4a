from __future__ import annotations

import pytest

from weval.build.written import Written, written
from weval.types import Reply


@pytest.mark.parametrize(
    "reply, text, fault",
    [
        (Reply("p", "ok", "  Tea is warm.\n"), "Tea is warm.", ""),
        (Reply("p", "ok", "<think>Tea or coffee?</think>\n\nTea."), "Tea.", ""),
        (Reply("p", "ok", "<think>Tea or"), "", "truncated"),
        (Reply("p", "ok", "<think>Nothing.</think>"), "", "empty"),
        (Reply("p", "ok", " \n"), "", "empty"),
        (Reply("p", "truncated", "Tea is", reason="at 10 tokens"), "", "truncated"),
        (Reply("p", "refused", reason="policy"), "", "refused"),
        (Reply("p", "failed", reason="timed out"), "", "failed"),
        (Reply("p", "ok", "I'm sorry, but I can't help with that."), "", "refused"),
    ],
)
def test_a_text_or_why_there_is_none(reply: Reply, text: str, fault: str) -> None:
    found = written(reply)
    assert (found.text, found.fault) == (text, fault)
    assert bool(found.detail) == bool(fault)


def test_what_went_wrong_is_told() -> None:
    assert written(Reply("p", "truncated", "Tea", reason="at 10 tokens")) == Written("", "truncated", "at 10 tokens")
