"""Numbers in words."""

from __future__ import annotations

import pytest

from tests.cpu import cpu_within
from weval.build.drafting.numerals import with_digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("exactly five stanzas", "exactly 5 stanzas"),
        ("twenty-five words", "25 words"),
        ("ninety nine lines", "99 lines"),
        ("two hundred words, three thousand signs", "200 words, 3000 signs"),
        ("at most two hundred and fifty words", "at most 250 words"),
        ("two hundred fifty-five words", "255 words"),
        ("under a hundred words", "under 100 words"),
        ("between a hundred and two hundred words", "between 100 and 200 words"),
        ("between one hundred and fifty and two hundred words", "between 150 and 200 words"),
        ("between one thousand and fifteen hundred words", "between 1000 and 1500 words"),
        ("a thousand two hundred and six words", "1206 words"),
        ("two hundred five-word lines, a hundred single words", "200 5-word lines, 100 1 words"),
        ("one hundred words and five sentences", "100 words and 5 sentences"),
        ("a few hundred words, a handful", "a few hundred words, a handful"),
        ("1,200 words", "1200 words"),
        ("a price of 38,000.50", "a price of 38000.50"),
        ("someone tends tenfold", "someone tends tenfold"),
        ("diez frases, dix phrases", "10 frases, 10 phrases"),
        ("十二个字, 三百二十字, 四节, 两段", "12个字, 320字, 4节, 2段"),
        ("一些字, 统一", "一些字, 统一"),
    ],
)
def test_words_become_digits(text: str, digits: str) -> None:
    assert with_digits(text) == digits


@pytest.mark.parametrize("unit", ["一", "twenty-", "one hundred and ", "1,000", "a thousand "])
def test_a_long_text_takes_no_time(unit: str) -> None:
    with cpu_within(5):  # what is quadratic takes minutes
        with_digits(unit * 40_000)
