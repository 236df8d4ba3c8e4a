from __future__ import annotations

import pytest

from weval.adapters.judge.outcome import MAX_SHOWN, NoVerdict, none_in, shown

REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with this request.",
    "I am very sorry, I cannot.",
    "Sorry, but I can\u02bct continue.",
    "Unfortunately, I am unable to.",
    "I apologize, but I won't do that.",
    "I cannot evaluate this content.",
    "I can not rate this.",
    "I'm not able to provide a score for it.",
    "**I must decline.**",
    "\n\nAs an AI language model, I cannot judge people.",
    "抱歉，我无法评判这段内容。",
    "很抱歉，我不能回答。",
    "對不起，我無法協助。",
    "我无法提供评分。",
    "作为一个 AI 助手，我不能参与。",
)
OTHERS = (
    "",
    "The response refuses: I'm sorry, but I can't help with that.",
    "I cannot find a question at the end, so it fails.",
    "I'm sorry to say that the response is weak.",
    "Sorry state of affairs in this story.",
    "I would say 7.",
    "> I'm sorry, but I can't help with that.",
    "我认为不遵循。",
    "作为一个人工智能写的故事，它很好。",
    "抱歉这一段写得不好。",
)


@pytest.mark.parametrize("answer", REFUSALS)
def test_what_begins_as_a_refusal_is_one(answer: str) -> None:
    none = none_in(answer, "there is no verdict")
    assert none.status == "refused"
    assert str(none).startswith("the judge refused: ")


@pytest.mark.parametrize("answer", OTHERS)
def test_what_speaks_of_one_or_resembles_it_is_unparsed(answer: str) -> None:
    none = none_in(answer, "there is no verdict")
    assert (none.status, str(none)) == ("unparsed", "there is no verdict")


def test_a_reason_is_one_short_line_whatever_was_written() -> None:
    assert str(NoVerdict("two\nlines\x1b[31m")) == "two\\nlines\\x1b[31m"
    assert len(str(none_in("I must decline. " + "x\n" * 10_000, "x"))) < 100
    assert shown("a" * MAX_SHOWN) == repr("a" * MAX_SHOWN)
    assert shown("a" * (MAX_SHOWN + 1)) == repr("a" * MAX_SHOWN + "…")
    str(NoVerdict(shown("\ud800"))).encode()
