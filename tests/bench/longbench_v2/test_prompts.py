"""What a writer is asked, and contexts without their middle."""

from __future__ import annotations

import pytest

from tests.cpu import cpu_within
from weval.adapters.judge.adapter import tokens_about
from weval.bench.longbench_v2.choice import Choice, parse_choice
from weval.bench.longbench_v2.prompts import asked, conclusion, without_middle

CHOICES: dict[Choice, str] = {"A": " one", "B": "$question", "C": "${context}", "D": "$"}


def test_texts_hold_no_places() -> None:
    prompt = asked("answer", " The $choice_a text ${question}. ", "What $context?", CHOICES)
    for text in ("\nThe $choice_a text ${question}.\n", "What $context?", "(A) one", "(B) $question", "(C) ${context}"):
        assert text in prompt


def test_the_sentence_that_is_asked_for_is_read() -> None:
    for words in (asked("answer", "Text.", "What?", CHOICES), conclusion()):
        assert '"The correct answer is (X)"' in words
        assert parse_choice(words) is None
    assert "correct answer is" not in asked("reasoning", "Text.", "What?", CHOICES)


@pytest.mark.parametrize("text", ["word " * 4000, "是树吗？" * 4000, "word 树 " * 4000])
def test_the_middle_is_left_out(text: str) -> None:
    found = without_middle(text, 500)
    head, _, tail = found.partition("\n\n[")
    said, _, tail = tail.partition(" characters are left out here]\n\n")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) + int(said.replace(",", "")) == len(text)
    assert tokens_about(head) == pytest.approx(250, abs=3) == tokens_about(tail)


def test_short_texts_stay_whole() -> None:
    text = "word " * 100
    assert without_middle(text, None) == without_middle(text, tokens_about(text)) == text == without_middle(text, 9000)


def test_of_a_long_text_only_the_ends_are_looked_at() -> None:
    text = "word " * 10_000_000
    with cpu_within(2):
        assert len(without_middle(text, 1000)) < 4200
