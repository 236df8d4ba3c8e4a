from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.items import Mode
from weval.bench.longbench_v2.choice import CHOICES, parse_choice


@pytest.mark.parametrize("letter", CHOICES)
@pytest.mark.parametrize(
    "form",
    [
        "The correct answer is ({})",
        "The correct answer is {}",
        "The correct answer is {}.",
        "the correct answer is: ({}).",
        "Correct answer: {}",
        "**Correct answer:** {}",
        "The correct answer is **({})**",
        "The correct answer is `{}`",
        "The correct answer is [{}]",
        "The correct answer is\n({})",
        "The correct answer is  ({}) Paris",
        "The correct answer is option {}, Paris",
        "The correct answer is (insert answer here)\nThe correct answer is ({})",
        "Correct answer: {}\nSo the correct answer is ({}).",
        "<think>The correct answer is (A)? The correct answer is (B)?</think>The correct answer is ({})",
        "正确答案 (The correct answer is ({}))",
    ],
)
def test_a_stated_choice_is_read(form: str, letter: str) -> None:
    assert parse_choice(form.replace("{}", letter)) == letter


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "A",
        "Answer: D",
        "The correct answer is (E)",
        "The correct answer is Apple",
        "The correct answer is D'Artagnan",
        "The correct answer is a cat",
        "The correct answer is not (A)",
        "The correct answer isn't A",
        "Incorrect answer: B",
        "The correct answer is (A) or (B)",
        "The correct answer is A/B",
        "The correct answer is A, B and C",
        "The correct answer is (A). No wait, the correct answer is (B)",
        "<think>The correct answer is (A)",
        "<think>The correct answer is (A)</think>",
    ],
)
def test_what_is_no_choice_or_two_is_none(reply: str) -> None:
    assert parse_choice(reply) is None


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize("unit", ["*", " ", "correct answer ", "correct answer is : ", "The correct answer is (", "A,"])
def test_long_replies_are_read_in_linear_time(unit: str, mode: Mode) -> None:
    with cpu_within(5):
        parse_choice(unit * (1_000_000 // len(unit)), mode)
        parse_choice("The correct answer is A" + unit * (1_000_000 // len(unit)), mode)


@given(st.text())
def test_nothing_is_raised(text: str) -> None:
    assert {parse_choice(text, "original"), parse_choice(text)} <= {None, *CHOICES}
