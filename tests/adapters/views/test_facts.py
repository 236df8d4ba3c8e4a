from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.views import facts, measured
from weval.checks import count

POEM = "## Tea\n\nWhy? “Because it is hot,” she said.\n\n- green\n- **black**\n\n---\n\nBrewed in 1706 (Lee, 1999)!"


def test_counts_stand_beside_the_numbers_that_are_named() -> None:
    said = facts("Between three and 20 words.", "Hot tea is good.")
    assert "words 4 more less" in said and "sentences 1 less less" in said
    assert "words 4, " in facts("Be brief.", "Hot tea is good.")
    assert "words 4 same" in facts("Write four words.", "Hot tea is good.")


def test_what_is_not_there_is_said_in_a_word() -> None:
    said = facts("Write 2 lists.", "Hot tea.")
    assert "no bullets, " in said and "bullets 0" not in said
    assert "cited years" not in said and "separators" not in said
    assert "sentences 0 less" in facts("Write 2 lists.", "")  # words and sentences are counted at 0 too


def test_characters_are_told_where_they_are_asked_for() -> None:
    assert "characters" not in facts("Write 280 words.", "Hot tea.")
    assert "characters 8 less" in facts("Write 280 characters.", "Hot tea.")


def test_counts_are_those_of_the_checks() -> None:
    found = measured(POEM).counts
    for name, kind in {"words": "word_count", "bullets": "bullet_count", "quotations": "quoted_count"}.items():
        assert found[name] == count(kind, POEM) > 0
    assert (found["years"], found["cited years"], found["separators"], found["exclamations"]) == (2, 1, 1, 1)


def test_sentences_in_a_table_are_counted_by_themselves() -> None:
    table = "| a | b |\n|---|---|\n| It is hot. | It is cold. |\n"
    assert measured(table).counts["sentences"] == 0
    assert measured(table).counts["cell sentences"] == 2
    assert measured("It is hot. It is cold.").counts["cell sentences"] == 0
    assert "table" in measured(table).traits and "no table" in measured("No table.").traits


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("I think so.", True, False),
        ("The US and its people.", False, False),
        ("I. Introduction", False, False),
        ("It is ours; you know.", True, True),
    ],
)
def test_persons(text: str, first: bool, second: bool) -> None:
    traits = measured(text).traits
    assert ("first person" in traits, "second person" in traits) == (first, second)
    assert ("no first person" in traits, "no second person" in traits) == (not first, not second)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("The tea is hot and the cup is cold, and that is that.", "english"),
        ("Der Tee ist heiß und die Tasse ist nicht kalt, das ist so.", "german"),
        ("The tea is hot and good. 茶很热，也很好喝。", "english chinese"),
        ("お茶は熱いです。とても美味しい。", "japanese"),
        ("Tea!", "unknown"),
    ],
)
def test_languages(text: str, languages: str) -> None:
    assert languages in measured(text).traits


def test_first_and_last_words() -> None:
    assert (
        measured("One two three four five six seven.").ends
        == "begins One two three four five ends two three four five six seven."
    )


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_text_has_facts(requirement: str, response: str) -> None:
    assert facts(requirement, response).startswith("words ")
