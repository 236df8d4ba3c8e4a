"""What a text model is asked, and what it replies."""

from __future__ import annotations

import pytest

from weval.errors import AdapterError
from weval.types import Prompt, Reply


def test_a_reply_without_a_whole_text_says_why() -> None:
    assert Reply("p", "ok").text == ""
    for status in ("refused", "truncated", "failed"):
        assert Reply("p", status, "half", reason="why").text == "half"
        with pytest.raises(AdapterError, match="say why"):
            Reply("p", status, "half")


def test_other_statuses_are_none() -> None:
    with pytest.raises(AdapterError, match="unparsed"):
        Reply("p", "unparsed", reason="that is for verdicts")


def test_prompts_are_values() -> None:
    assert Prompt("p", (("user", "Hi"),)) == Prompt("p", (("user", "Hi"),))
