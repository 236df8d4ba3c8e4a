from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.build.training.matching import BIN, length_accuracy, length_counts, length_matched
from weval.build.training.pairing import Contrast

lengths = st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 3000)), max_size=120)


def pairs_of(*sizes: tuple[int, int]) -> list[Contrast]:
    return [Contrast(f"i{n}", "a1", "a2", None, *size) for n, size in enumerate(sizes)]


@given(lengths, st.integers(0, 3))
def test_length_alone_is_right_half_the_time_afterwards(sizes: list[tuple[int, int]], seed: int) -> None:
    pairs = pairs_of(*sizes)
    matched = length_matched(pairs, seed)
    assert length_accuracy(matched) in (None, 0.5)
    assert [pair for pair in pairs if pair in matched] == matched
    assert sorted(p.id for p in length_matched(pairs[::-1], seed)) == sorted(p.id for p in matched)
    # No threshold on the difference does better: in every bin both kinds are as many.
    bins = Counter(
        (int(abs(ratio) / BIN), ratio > 0)
        for p in matched
        if (ratio := math.log((1 + p.chosen_chars) / (1 + p.rejected_chars))) and abs(ratio) < 20 * BIN
    )
    assert all(bins[number, True] == bins[number, False] for number, _ in bins)


@given(lengths)
def test_no_pair_is_given_up_that_has_a_partner(sizes: list[tuple[int, int]]) -> None:
    mirrored = [*sizes, *((b, a) for a, b in sizes)]
    assert len(length_matched(pairs_of(*mirrored), 0)) == len(mirrored)


def test_counts_and_accuracy() -> None:
    pairs = pairs_of((9, 3), (9, 3), (3, 9), (5, 5))
    assert length_counts(pairs) == {"chosen_longer": 2, "chosen_shorter": 1, "as_long": 1}
    assert length_accuracy(pairs) == pytest.approx(0.625) and length_accuracy([]) is None
    matched = length_matched(pairs, 0)
    assert length_counts(matched) == {"chosen_longer": 1, "chosen_shorter": 1, "as_long": 1}
    kept = {length_matched(pairs, seed)[0].item for seed in range(20)}
    assert kept == {"i0", "i1"}  # which of the two, the seed says
