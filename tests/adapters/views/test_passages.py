from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.views import passages, pieces

TEXT = "It was dawn. The boats came in. Nobody spoke.\nA boat sank; the harbour slept."


def test_the_nearest_sentences_in_the_order_of_the_text() -> None:
    assert (
        passages("Mention boats and a harbour.", TEXT, budget=10)
        == "The boats came in. … A boat sank; the harbour slept."
    )
    assert passages("Mention boats and a harbour.", TEXT, budget=6) == "A boat sank; the harbour slept."


def test_where_none_is_near_the_first_are_taken() -> None:
    assert passages("Be witty.", TEXT, budget=7) == "It was dawn. … The boats came in."


def test_a_text_has_a_passage_whatever_the_budget() -> None:
    assert passages("Be witty.", "word " * 100, budget=1) == " ".join(["word"] * 30)
    assert passages("Be witty.", "") == ""


def test_signs_of_languages_without_spaces_are_counted_one_by_one() -> None:
    assert passages("写茶。", "我爱喝热茶。天气很冷。", budget=6) == "我爱喝热茶。"


def test_marks_and_cells_are_taken_apart() -> None:
    assert pieces("| a | **b** |\n|---|---|\n| c. | d |") == ("a b", "c.", "d")


@given(st.text(max_size=80), st.text(max_size=300), st.integers(1, 30))
def test_passages_hold_nothing_but_the_text(requirement: str, response: str, budget: int) -> None:
    found = passages(requirement, response, budget)
    assert {*found.replace("…", " ").split()} <= {*" ".join(pieces(response)).replace("…", " ").split()} or len(
        found
    ) > 200
