from __future__ import annotations

import pytest

from tests.cpu import cpu_within
from weval.adapters.judge.outcome import NoVerdict
from weval.bench.finder import judged_original, parse_answer, read_answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes", True),
        ("No", False),
        ("YES!", True),
        ("no.", False),
        ("\n\n**Yes**", True),
        ("_No_", False),
        ("## Yes", True),
        ('"Yes"', True),
        ("[[Yes]]", True),
        ("Yes. The article notes all points.", True),
        ("Yes, I know", True),
        ("Yes (economics)", True),
        ("Yes — the report is normal", True),
        ("No: the report says yes to nothing.", False),
        ("Yes\n\nIt names no fewer than ten sources.", True),
        ("Answer: No", False),
        ("**Answer:** Yes", True),
        ("**Final answer**: Yes.", True),
        ("The answer is yes", True),
        ("是", True),
        ("是的，文章提到了。", True),
        ("否。缺少数据。", False),
        ("答案：是", True),
        ("<think>no</think>Yes", True),
        ("<think>\nYes\n</think>\n\nNo<|im_end|>", False),
        ("Yes\n</think>\nYes.", True),
    ],
)
def test_the_first_word_is_the_answer(text: str, said: bool) -> None:
    assert parse_answer(text) is said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the reply is empty"),
        ("  ", "nothing after|the reply is empty"),
        ("<think>Yes", "cut off"),
        ("<think>Yes</think>", "nothing after the reasoning"),
        ("untrue", "does not begin with Yes or No: 'untrue'"),
        ("true", "does not begin"),
        ("Yesterday", "does not begin"),
        ("eyes", "does not begin"),
        ("ye\u017fterday", "does not begin"),
        ("Not sure", "does not begin"),
        ("Nope", "does not begin"),
        ("N", "does not begin"),
        ("No doubt it does", "does not begin"),
        ("Another yes", "does not begin"),
        ("Yes or No", "does not begin"),
        ("yes_no", "does not begin"),
        ("是否", "does not begin"),
        ("是文章", "does not begin"),
        ("> Yes", "does not begin"),
        ("The text meets it.\nYes", "does not begin"),
        ("Yes/No", "both Yes and No"),
        ("Yes. No.", "both Yes and No"),
        ("Yes, it seems so. Still, my answer is no.", "both Yes and No"),
        ("是。不，应为：否", "both Yes and No"),
        ("Yes\nNo, wait.\nYes", "both Yes and No"),
        ("Yes\n</think>\nNo", "both Yes and No"),
        ("Yes, but not fully", "hedged"),
        ("Yes - partially", "hedged"),
        ("是，但不完整", "hedged"),
        ("I'm sorry, but I can't help with that.", "refused"),
    ],
)
def test_anything_else_is_no_answer_and_says_why(text: str, why: str) -> None:
    assert parse_answer(text) is None
    with pytest.raises(NoVerdict, match=why):
        read_answer(text)


def test_a_call_that_gave_no_text_gives_no_answer() -> None:
    assert parse_answer(None) is None
    assert parse_answer(None, reasoning="Yes") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("Yes", True), ("Yes. It notes this.", False), ("untrue", True), ("是", False), (None, False), ("hm", False)],
)
def test_the_original_looks_for_letters(text: str | None, said: bool) -> None:
    assert parse_answer(text, mode="original") is said


def test_the_original_looks_at_the_end_of_reasoning_where_there_is_no_text() -> None:
    reasoning = "no\nl1\nl2\nl3\nl4\nyes\n"
    assert parse_answer("", mode="original", reasoning=reasoning) is True
    assert parse_answer(None, mode="original", reasoning=reasoning.removeprefix("no\n")) is True
    assert parse_answer(" ", mode="original", reasoning=reasoning) is False
    assert parse_answer("", mode="original", reasoning="no\n" + reasoning.removeprefix("no\nl1\n")) is False


def test_the_original_asks_again_for_failed_calls_only() -> None:
    assert judged_original([None, "hm", "Yes"]) == (False, 2)
    assert judged_original([None, None, None, None, None, "Yes"]) == (False, 5)


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize(
    "unit", ["Yes ", "Yes.\n", " ", "*", "answer: ", "the ", "_", "<think>", "是", "yes_", "\ud800"]
)
def test_hostile_replies_take_little_time_and_raise_nothing(mode: str, unit: str) -> None:
    with cpu_within(5):
        parse_answer(unit * (400_000 // len(unit)), mode=mode)
        parse_answer("Yes," + unit * (400_000 // len(unit)), mode=mode)
        parse_answer("Answer" + unit * (400_000 // len(unit)), mode=mode)
