from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from weval.metrics import BOTH, NEITHER, NO_PAIR, ONLY_FIRST, ONLY_SECOND, concordance, verdicts


def test_every_pair_is_counted_once_in_the_cell_where_it_belongs() -> None:
    rng = np.random.default_rng(0)
    gold, first, second = rng.integers(0, 4, (50, 5)), rng.integers(0, 3, (50, 5)), rng.integers(0, 3, (50, 5))
    codes = verdicts(gold, first, second)
    for item in range(50):
        for i, j in combinations(range(5), 2):
            if gold[item, i] == gold[item, j]:
                assert codes[item, i, j] == codes[item, j, i] == NO_PAIR
                continue
            above, below = (i, j) if gold[item, i] > gold[item, j] else (j, i)
            right = (first[item, above] > first[item, below], second[item, above] > second[item, below])
            wanted = {
                (True, True): BOTH,
                (True, False): ONLY_FIRST,
                (False, True): ONLY_SECOND,
                (False, False): NEITHER,
            }
            assert codes[item, above, below] == wanted[right]
            assert codes[item, below, above] == NO_PAIR


def test_concordance_is_kendalls_correlation_with_ties_in_the_denominator() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 4, (30, 5)), rng.integers(0, 4, (30, 5))
    for item, found in enumerate(concordance(first, second)):
        signs = [
            np.sign(first[item, i] - first[item, j]) * np.sign(second[item, i] - second[item, j])
            for i, j in combinations(range(5), 2)
        ]
        assert found == pytest.approx(np.mean(signs))
    assert concordance([[1, 2, 3]], [[1, 2, 3]]).tolist() == [1.0]
    assert concordance([[1, 1, 1]], [[1, 1, 1]]).tolist() == [0.0]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        verdicts([[1, 2]], [[1, 2]], [[1, 2, 3]])
    with pytest.raises(ValueError, match="shapes"):
        concordance([[1, 2]], [[1, 2, 3]])
