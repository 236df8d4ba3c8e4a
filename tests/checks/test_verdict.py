from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.cpu import cpu_within
from weval.checks import COUNTERS, count, met
from weval.errors import ConfigError
from weval.types import Check, CountCheck

_CHECK: TypeAdapter[Any] = TypeAdapter(Check)

# Pieces that mean something to some check, so that random texts are not all plain.
MESSY = st.lists(
    st.sampled_from(
        ["a", "Word", " ", "\n", "\n\n", "\r\n", "**", "*", "__", "- ", "• ", "1. ", "2. ", "# ", "---", "|", "|-|",
         "```", '"', "“", "”", "«", "?", ".", "…", "。", "中", "\u200b", "\u00a0", "<br>", "> ", "[", "](", "(1)", "😀"]
    ),
    max_size=40,
).map("".join)  # fmt: skip
TEXT = st.one_of(st.text(max_size=200), MESSY)
LANGUAGE = st.sampled_from([None, "en", "zh", "es", "fr", "ja", "xx"])
PROSE = st.lists(
    st.sampled_from(["The sea was calm.", "She left early today.", "We ate bread and soup."]), min_size=1, max_size=8
).map("\n\n".join)

_NO_DEADLINE = settings(deadline=None)  # the first call imports the parsers


def check(kind: str, **fields: Any) -> Any:
    return _CHECK.validate_python({"kind": kind, **fields}, strict=False)


@pytest.mark.parametrize(
    ("wanted", "response", "expected"),
    [
        (check("word_count", min=2, max=3), "one two", True),
        (check("word_count", min=2, max=3), "one two three", True),
        (check("word_count", min=2, max=3), "one", False),
        (check("word_count", min=2, max=3), "one two three four", False),
        (check("word_count", max=3), "", True),
        (check("sentence_count", min=2), "One. Two. Three.", True),
        (check("paragraph_count", min=2, max=2), "One.\n\nTwo.", True),
        (check("char_count", max=5), "abcdef", False),
        (check("max_sentence_words", max=3), "One two three. Four.", True),
        (check("max_sentence_words", max=3), "One two three four.", False),
        (check("bullet_count", min=1, max=1), "- a", True),
        (check("numbered_count", min=2, max=2), "1. a\n2. b", True),
        (check("heading_count", min=1, max=1), "# A\n# B", False),
        (check("bold_count", max=0), "**a**", False),
        (check("question_count", min=1), "Why?", True),
        (check("quoted_count", min=1), "'a'", False),
        (check("separator_count", text="---", min=1, max=1), "a\n---\nb", True),
        (check("separator_count", text="***", min=1, max=1), "a\n---\nb", False),
        (check("contains", all=("a", "b")), "a b", True),
        (check("contains", all=("a", "b")), "a c", False),
        (check("contains", any=("a", "b")), "b", True),
        (check("contains", any=("a", "b"), min_times=3), "a b a", True),
        (check("contains", any=("a", "b"), min_times=4), "a b a", False),
        (check("contains", all=("a", "b"), min_times=2), "a b a", False),
        (check("contains", all=("a",), any=("x", "y")), "a", False),
        (check("contains", all=("a",), any=("x", "y")), "a y", True),
        (check("not_contains", any=("a", "b")), "c d", True),
        (check("not_contains", any=("a", "b")), "c B", False),
        (check("starts_with", text="Dear"), "Dear you", True),
        (check("ends_with", text="Dear"), "Dear you", False),
        (check("table"), "|a|b|\n|-|-|\n|1|2|", True),
        (check("table"), "a, b", False),
        (check("all_lowercase"), "lower", True),
        (check("all_lowercase"), "Upper", False),
    ],
)
def test_met(wanted: Any, response: str, expected: bool) -> None:
    assert met(wanted, response, "en") is expected


def test_every_counting_kind_has_a_function() -> None:
    assert set(COUNTERS) == {*get_args(CountCheck.model_fields["kind"].annotation), "max_sentence_words"}


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean word_count"):
        count("words_count", "a")


# The paper's Figure 5, in our own words: a holistic judge calls these two equal.
REQUIREMENTS = {
    "length": check("word_count", min=50, max=70),
    "question": check("question_count", min=1, max=1),
    "items": check("numbered_count", min=3, max=3),
    "brand": check("contains", all=("Tidewise",)),
    "ending": check("ends_with", text="Own your hours."),
}
TEXT_A = (
    "Where did your morning go? Tidewise gives it back. 1. Plan the day in two minutes each evening. "
    "2. Focus with a timer that hides every notification until you are done. 3. Rest when the chart says you have "
    "earned it. Thousands of students, nurses and founders already run calmer weeks with it, on any phone, with or "
    "without a connection, and at no cost for the first sixty days. Own your hours."
)
TEXT_B = (
    "Meet Tidewise, the app that keeps your calendar honest. It plans your day, guards your focus and reminds you to "
    "rest, all in one calm place. Download it today and see what a clear week feels like."
)


def test_figure_5() -> None:
    by_text = {
        name: {key for key, wanted in REQUIREMENTS.items() if not met(wanted, text, "en")}
        for name, text in (("A", TEXT_A), ("B", TEXT_B))
    }
    assert by_text == {"A": {"length"}, "B": {"length", "question", "items", "ending"}}


@_NO_DEADLINE
@given(TEXT, LANGUAGE)
@example("```", None)
@example("\n|\n-|-", "en")
@example("\x00\ud800", "zh")
def test_counts_of_any_text_are_numbers_from_zero(text: str, language: str | None) -> None:
    assert all(count(kind, text, language) >= 0 for kind in COUNTERS)


@_NO_DEADLINE
@given(MESSY, LANGUAGE)
def test_line_ends_do_not_matter(text: str, language: str | None) -> None:
    lf = text.replace("\r\n", "\n")
    for kind in COUNTERS:
        assert count(kind, lf.replace("\n", "\r\n"), language) == count(kind, lf, language), kind


@_NO_DEADLINE
@given(PROSE)
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("word_count", "\n\nextra"),
        ("sentence_count", " They slept."),
        ("paragraph_count", "\n\nThey slept."),
        ("char_count", "!"),
        ("bullet_count", "\n- item"),
        ("numbered_count", "\n\n1. item"),
        ("heading_count", "\n# Title"),
        ("bold_count", " **bold**"),
        ("question_count", " Why?"),
        ("quoted_count", ' "yes"'),
    ],
)
def test_one_more_counts_one_more(kind: str, more: str, text: str) -> None:
    assert count(kind, text + more, "en") == count(kind, text, "en") + 1


@_NO_DEADLINE
@given(TEXT, st.text(min_size=1, max_size=5).filter(lambda text: not text.isspace()))
def test_contains_and_not_contains_are_opposites(text: str, wanted: str) -> None:
    assert met(check("contains", any=(wanted,)), text) is not met(check("not_contains", any=(wanted,)), text)


@_NO_DEADLINE
@given(PROSE, st.sampled_from(["sea", "Bread", "left EARLY", "whale"]))
def test_case_does_not_matter_to_contains(text: str, wanted: str) -> None:
    verdicts = {met(check("contains", all=(w,)), t) for w in (wanted, wanted.upper()) for t in (text, text.upper())}
    assert len(verdicts) == 1


@pytest.mark.parametrize(
    "unit",
    ["*", "**a", '"', '"a ', "“", "«", "[", "![", "[a](", "(", "> ", ">", "* a\n", "1. ", "1. a\n", "(1) ", "`",
     "```\n", "|", "a|b\n-|-\n", "# a\n", "a\n\n", "a. B", '!"', "“A。", "<", "<br>", "\n", " ", "中", "?",
     "~", "!** ", "!__ ", "\u0301\u0323"],
)  # fmt: skip
def test_time_is_linear_on_odd_texts(unit: str) -> None:
    # Quadratic time would take minutes here; linear time takes a fraction of a second.
    text = (unit * 60_000)[:60_000] + "`"
    with cpu_within(20):
        for kind in COUNTERS:
            count(kind, text, "en")
        met(check("contains", any=("aa",)), text)
        met(check("ends_with", text="b"), text)


@pytest.mark.parametrize("unit", ["!** ", "!__ "])
def test_an_open_mark_without_words_takes_linear_time(unit: str) -> None:
    with cpu_within(2):  # a minute, if the words since the open mark are sought anew at each mark
        assert count("bold_count", unit[1:3] + unit * 40_000) == 0
