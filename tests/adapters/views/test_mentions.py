from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.views import mentions, named, stem


def test_what_a_requirement_names() -> None:
    assert named("Do not use the words 'good' or “very bad”.") == ["good", "very bad"]
    assert named("Write three sentences about the river in the UK.") == ["river", "UK"]
    assert named("提到黄河。") == ["提到黄河"]


def test_forms_of_a_word_are_the_same_and_parts_of_words_are_not() -> None:
    assert mentions("Name rivers.", "A river.") == "in text: rivers"
    assert mentions("Mention loss.", "A blossom.") == "in text: none ; absent: loss"
    assert stem("Libraries") == "librari"


def test_how_often_is_said_above_once() -> None:
    assert mentions("Use the word 'tea'.", "Tea, tea and TEA.") == "in text: tea 3"
    assert mentions("Use the phrase 'hot tea'.", "Hot\ntea.") == "in text: hot tea"


def test_apostrophes_and_case_do_not_matter() -> None:
    assert mentions('Begin with "It’s Tea".', "it's tea") == "in text: it's tea"


def test_a_long_list_is_cut() -> None:
    words = "alpha bravo charlie delta echo foxtrot golf hotel india"
    assert mentions(words, "").count(",") == 6


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_text_has_mentions(requirement: str, response: str) -> None:
    assert mentions(requirement, response).startswith("in text: ")
