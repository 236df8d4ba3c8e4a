from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.report.excerpts import excerpt, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\n\ttext\r\nend", "plain\n\ttext\nend"),
        ("\x00\x1b\x07\x7f\x85", r"\x00\x1b\x07\x7f\x85"),
        ("a\rb", r"a\rb"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
        ("<b>&", "<b>&"),
    ],
)
def test_what_cannot_be_seen_is_written_out_and_the_rest_is_left(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text(max_size=60), st.integers(0, 200))
def test_an_excerpt_is_the_longest_beginning_that_fits(text: str, limit: int) -> None:
    found = excerpt(text, limit)
    kept = len(text) - found.left_out
    assert found.text == shown(text[:kept])
    assert len(escape(found.text).encode()) <= limit
    if found.left_out:
        more = len(escape(shown(text[: kept + 1])).encode())
        assert more > limit or shown(text[: kept + 2]) == shown(text[:kept]) + "\n"  # \r\n shrinks


def test_half_a_surrogate_pair_is_measured_as_it_is_written() -> None:
    assert excerpt("\ud83e" * 3, 12).left_out == 1


def test_a_million_characters_are_cut_at_once() -> None:
    assert excerpt('"' * 1_000_000, 50_000).left_out == 1_000_000 - 50_000 // len("&quot;")
