"""Answers in our own form and as the published prompt asks for them."""

from __future__ import annotations

import pytest

from tests.cpu import cpu_within
from weval.adapters.judge.outcome import NoVerdict
from weval.bench.finder.replies import met_original, read_met


@pytest.mark.parametrize(
    ("reply", "met"),
    [
        ("Section 2 names all four.\n[[Yes]]", True),
        ("There is no table, and nothing on 2019.\n\n[[No]]", False),
        ("No passage says so in so many words, but section 3 does.\n[[Yes]]", True),
        ("<think>[[No]]?</think>\nSection 2.\n**[[Yes]]**", True),
        ("Yes, but not fully: 2020 is left out.\n[[No]]", False),
        ("Yes.\n[[Yes]]", True),
        ("Yes. The article notes all points.", True),
        ("No", False),
        ("是", True),
        ("<think>no</think>Yes", True),
    ],
)
def test_answers_are_read_in_either_form(reply: str, met: bool) -> None:
    assert read_met(reply) is met


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("Yes.\nIt names them all.\n[[No]]", "both Yes and No"),
        ("No: nothing.\n[[Yes]]", "both Yes and No"),
        ("[[Yes]]\nor rather\n[[No]]", "two different verdicts"),
        ("Yes. I thought of [[No]] at first.", "verdict"),
        ("It does.\n[[yes]]", "'yes' is none of the verdicts Yes, No"),
        ("It does.\n[[Yes", "verdict"),
        ("Section 2 names all four.", "does not begin with Yes or No"),
        ("untrue", "does not begin with Yes or No"),
        ("Yes, but not fully", "hedged"),
        ("", "the reply is empty"),
        ("<think>Hm", "reasoning"),
    ],
)
def test_a_contradiction_and_anything_else_is_no_answer(reply: str, why: str) -> None:
    with pytest.raises(NoVerdict, match=why):
        read_met(reply)


def test_an_answer_that_is_cut_off_is_none() -> None:
    reply = "Section 2 names all four, in a table.\n[[Yes]]"
    for end in range(len(reply)):
        with pytest.raises(NoVerdict):
            read_met(reply[:end])


def test_the_original_gets_the_word_where_our_form_has_one() -> None:
    assert met_original(["There is a note on it.\n[[Yes]]"]) == (True, 1)
    assert met_original(["Yes, there is.\n[[No]]"]) == (False, 1)
    assert met_original(["Yes. It notes all."]) == (False, 1)
    assert met_original(["It does, yes.\n[[YES]]"]) == (True, 1)
    assert met_original([None, None, "Yes"]) == (True, 3)
    assert met_original([None]) == (False, 5)


@pytest.mark.parametrize("reply", ["[" * 10**6, "[[" * 10**5, "[[Yes]]\n" * 10**5 + "?", "Yes [[\ud800]]" * 10**4])
def test_hostile_replies_take_no_time(reply: str) -> None:
    with cpu_within(5):
        with pytest.raises(NoVerdict):
            read_met(reply)
        met_original([reply])
