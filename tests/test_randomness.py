"""Numbers that depend on the seed and the purpose alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weval.randomness import digest, generator

words = st.lists(st.text(max_size=5), max_size=4)


def numbers(seed: int, *purpose: str) -> list[int]:
    return generator(seed, *purpose).integers(2**40, size=4).tolist()


def test_the_numbers_are_those_they_always_were() -> None:
    """A changed value here changes the order of every published run: candidates, ids, resamples."""
    assert digest("0", "item").hex() == "689c44361021d9e9"
    assert numbers(0, "item", "order") == [385299080129, 639825954899, 397703571254, 871863624397]


def test_seed_and_every_word_matter() -> None:
    drawn = [numbers(0, "a", "b"), numbers(1, "a", "b"), numbers(0, "a", "c"), numbers(0, "a"), numbers(-1, "a")]
    assert len({tuple(one) for one in drawn}) == len(drawn)


def test_generators_do_not_share_a_state() -> None:
    first = generator(0, "a")
    first.random(100)
    assert numbers(0, "a") == numbers(0, "a") != first.integers(2**40, size=4).tolist()


@given(words, words)
def test_a_digest_keeps_the_boundaries_between_words(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_lone_surrogate_has_a_digest_too() -> None:
    assert digest("\ud800") != digest("\ud801")
    assert len(digest("x", size=16)) == 16
