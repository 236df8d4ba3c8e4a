"""The oracles are a recount with loops, and every outcome of the unchecked requirements with its probability."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weval.metrics import UNCHECKED, MetRates, correlation, expected_agreement, met_rates


def made_up(rng, m, n, r, n_types=3):
    met = rng.integers(UNCHECKED, 2, (m, n, r)).astype(np.int8)
    return met, rng.random((m, n, r)) < 0.6, rng.integers(-1, n_types, (m, r))


def recount(parts):
    """(met, checked) for each type and for all types (None), dropped and kept, cell by cell."""
    met, checked = Counter(), Counter()
    for seen, kept, types in parts:
        for item, candidate, requirement in np.ndindex(seen.shape):
            if seen[item, candidate, requirement] == UNCHECKED:
                continue
            held, code = bool(kept[item, candidate, requirement]), int(types[item, requirement])
            for name in {None} if code == -1 else {None, code}:
                checked[name, held] += 1
                met[name, held] += int(seen[item, candidate, requirement])
    return met, checked


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_rates_are_those_of_a_recount(seed):
    rng = np.random.default_rng(seed)
    parts = [made_up(rng, *shape) for shape in rng.integers((0, 2, 1), (4, 5, 4), (rng.integers(1, 4), 3))]
    met, checked = recount(parts)
    found = met_rates(parts)
    if not (checked[None, False] and checked[None, True]):
        assert found is None
        return
    for code, held in product((None, 0, 1, 2), (False, True)):
        if code is not None and code + 1 >= found.rates.shape[1]:
            assert not checked[code, held]  # a type that no item has
            continue
        name = code if checked[code, held] else None
        column = -1 if code is None else code
        assert found.rates[int(held), column] == pytest.approx(met[name, held] / checked[name, held], abs=1e-15)


def test_without_checks_of_both_kinds_nobody_can_tell():
    kept, types = np.array([[[True], [False]]]), np.array([[0]])
    for seen in ([-1, -1], [1, -1], [-1, 0]):
        assert met_rates([(np.array([[[x] for x in seen]], dtype=np.int8), kept, types)]) is None
    assert met_rates([]) is None
    assert (
        met_rates([(np.zeros((0, 2, 1), dtype=np.int8), np.zeros((0, 2, 1), dtype=bool), np.zeros((0, 1), int))])
        is None
    )


def test_chances_are_what_was_seen_and_else_the_rate_of_the_type():
    rates = MetRates(np.array([[0.1, 0.2, 0.3], [0.7, 0.8, 0.9]]))  # types 0 and 1, and all
    met = [[[1, -1, -1], [-1, 0, -1]]]
    kept = [[[True, True, False], [False, True, True]]]
    assert rates.chances(met, kept, [[0, 1, -1]]).tolist() == [[[1.0, 0.8, 0.3], [0.1, 0.0, 0.9]]]


def over_all_outcomes(gold, chances):
    """The correlation of met counts for every outcome of every requirement, weighted with its probability."""
    outcomes = np.array(list(product((0, 1), repeat=chances.size))).reshape(-1, *chances.shape)
    weights = np.where(outcomes == 1, chances, 1 - chances).prod(axis=(1, 2))
    assert weights.sum() == pytest.approx(1)
    return weights @ correlation(np.tile(gold, (len(outcomes), 1)), outcomes.sum(axis=2))


@pytest.mark.parametrize(("n", "r"), [(2, 1), (2, 4), (3, 3), (4, 2), (5, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_the_expectation_is_that_over_all_outcomes(n, r, seed):
    rng = np.random.default_rng(seed)
    gold, chances = rng.permuted(np.tile(np.arange(n), (3, 1)), axis=1), rng.random((3, n, r))
    chances[rng.random(chances.shape) < 0.3] = 1.0
    expected = [over_all_outcomes(*item) for item in zip(gold, chances, strict=True)]
    assert expected_agreement(gold, chances) == pytest.approx(expected, abs=1e-12)


def test_pairs_tied_in_gold_leave_the_expectation_too():
    rng = np.random.default_rng(0)
    gold, chances = np.array([[2, 1, 1], [1, 1, 1]]), rng.random((2, 3, 2))
    first, second = expected_agreement(gold, chances)
    assert first == pytest.approx(over_all_outcomes(gold[0], chances[0]), abs=1e-12)
    assert np.isnan(second)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_what_is_certain_gives_the_correlation_of_the_counts_exactly(seed):
    rng = np.random.default_rng(seed)
    m, n, r = rng.integers(1, 4), rng.integers(2, 6), rng.integers(1, 6)
    gold, met = rng.integers(0, 4, (m, n)), rng.integers(0, 2, (m, n, r))
    expected = correlation(gold, met.sum(axis=2))
    np.testing.assert_array_equal(expected_agreement(gold, met.astype(float)), expected)


def test_chances_must_fit_gold():
    for chances in (np.ones((1, 2)), np.ones((1, 3, 1)), np.ones((2, 2, 1))):
        with pytest.raises(ValueError, match="chances have shape"):
            expected_agreement([[2, 1]], chances)
