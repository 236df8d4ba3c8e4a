"""The form of a reasoning writer: as the released pattern has it, in linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.training.rewards.reasoned import answer_in

RELEASED = re.compile(r"<think>.*?</think>\s*<answer>(.*?)</answer>", re.DOTALL)

PARTS = ("<think>", "</think>", "<answer>", "</answer>", " ", "\n", "x")


@given(st.lists(st.sampled_from(PARTS), max_size=9).map("".join))
def test_it_is_what_the_released_pattern_finds(text: str) -> None:
    found = RELEASED.fullmatch(text)
    assert answer_in(text) == (found[1] if found else None)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>a</think>\n <answer>b\nc</answer>", "b\nc"),
        ("<think>a</think><answer></answer>", ""),
        ("<think>a</think><answer>b</answer> ", None),
        (" <think>a</think><answer>b</answer>", None),
        ("<think>a</think> so <answer>b</answer>", None),
        ("<answer>b</answer>", None),
        ("<think>a</think><answer>b", None),
    ],
)
def test_only_whole_texts_have_an_answer(text: str, answer: str | None) -> None:
    assert answer_in(text) == answer


def test_a_hostile_text_takes_no_time() -> None:
    with cpu_within(2):
        assert answer_in("<think>" + "</think>" * 100_000 + " " * 100_000 + "</answer>") is None
        assert answer_in("<think>" + ("</think>" + " " * 50) * 20_000 + "</answer>") is None
