from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.build.training.overlaps import RUN, Overlaps, runs, words

ten = " ".join(f"word{n}" for n in range(10))


def held(*texts: str) -> Overlaps:
    index = Overlaps()
    for text in texts:
        index.add(runs(text))
    return index


def test_words_are_those_of_the_language() -> None:
    assert words("Ｔea—is not_coffee, d'accord? 7.5") == ["tea", "is", "not", "coffee", "d", "accord", "7", "5"]
    assert words("请写一首诗 about茶") == ["请", "写", "一", "首", "诗", "about", "茶"]
    assert words("お茶を𠮷") == ["お", "茶", "を", "𠮷"]


def test_case_and_punctuation_do_not_matter_and_order_does() -> None:
    assert np.array_equal(
        runs("Write a tale of tea, please: for my sister!"), runs("write A tale of TEA please for my sister")
    )
    assert not set(runs(ten).tolist()) & set(runs(" ".join(reversed(ten.split()))).tolist())


def test_a_short_text_is_one_run_which_only_the_same_text_has() -> None:
    index = held("Write about tea.", ten)
    assert index.nearest(runs("write about TEA")) == (0, 1.0)
    assert index.nearest(runs("Write about tea and cake.")) is None
    assert index.nearest(runs("?!")) is None
    assert Overlaps().nearest(runs(ten)) is None


def test_the_share_is_that_of_the_smaller_side() -> None:
    long = ten + " " + " ".join(f"more{n}" for n in range(40))
    assert held(long).nearest(runs(ten)) == (0, 1.0)
    assert held(ten).nearest(runs(long)) == (0, 1.0)
    half = " ".join(ten.split()[:9]) + " other"  # two of its three runs
    assert held(ten).nearest(runs(half)) == (0, pytest.approx(2 / 3))


def test_the_first_of_several_is_named() -> None:
    assert held("a b c", ten, ten).nearest(runs(ten)) == (1, 1.0)


@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=14), min_size=1, max_size=12),
    st.lists(st.sampled_from("abc"), max_size=14),
)
def test_shares_are_those_that_sets_have(texts: list[list[str]], asked: list[str]) -> None:
    def plain(text: list[str]) -> set[tuple[str, ...]]:
        width = min(RUN, len(text))
        return {tuple(text[i : i + width]) for i in range(len(text) - width + 1)} if width else set()

    numbers, shares = held(*(" ".join(text) for text in texts)).shares(runs(" ".join(asked)))
    mine = plain(asked)
    expected = {n: len(mine & plain(t)) / min(len(mine), len(plain(t))) for n, t in enumerate(texts) if mine & plain(t)}
    assert dict(zip(numbers.tolist(), shares.tolist(), strict=True)) == pytest.approx(expected)


def test_segments_stay_few() -> None:
    index = held(*(f"{ten} text {n} of many that differ in their numbers {n * 7}" for n in range(500)))
    assert len(index) == 500
    sizes = [len(segment[0]) for segment in index._segments]
    assert len(sizes) <= 16 and all(a > 2 * b for a, b in pairwise(sizes))
