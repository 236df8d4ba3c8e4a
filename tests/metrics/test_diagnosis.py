from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from weval.metrics import length_bias, pair_types, type_points


def by_definition(scores, kept, types, n_types):
    points, pairs = np.zeros(n_types), np.zeros(n_types, dtype=int)
    sets = [set(np.flatnonzero(row)) for row in kept]
    for i, j in permutations(range(len(scores)), 2):
        found = {types[r] for r in sets[i] - sets[j]}
        if sets[i] > sets[j] and len(found) == 1 and min(found) >= 0:
            pairs[min(found)] += 1
            points[min(found)] += 0.5 * (scores[i] >= scores[j]) + 0.5 * (scores[i] > scores[j])
    return points.tolist(), pairs.tolist()


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_agrees_with_the_definition(seed):
    rng = np.random.default_rng(seed)
    m, n, r = rng.integers(1, 4), rng.integers(2, 6), rng.integers(1, 5)
    scores, kept = rng.integers(0, 3, (m, n)), rng.random((m, n, r)) < 0.6
    types = rng.integers(-1, 3, (m, r))
    points, pairs = type_points(scores, kept, types, 3)
    expected = [by_definition(*item, 3) for item in zip(scores, kept, types, strict=True)]
    assert (points.tolist(), pairs.tolist()) == ([p for p, _ in expected], [n for _, n in expected])


def test_nested_dropout_of_known_types_counts_each_step():
    kept = [[[1, 1, 1], [1, 1, 0], [1, 0, 0]]]
    points, pairs = type_points([[0.9, 0.5, 0.5]], kept, [[0, 1, 1]], 2)
    assert pairs.tolist() == [[0, 3]]  # a1-a2, a2-a3 and a1-a3 all dropped type 1 only
    assert points.tolist() == [[0.0, 2.5]]


@pytest.mark.parametrize(
    ("kept", "types", "said"),
    [([[[1], [0]]], [[0, 1]], "do not fit"), ([[[1, 1], [0, 1]]], [[0, 5]], "codes"), ([[1, 0]], [[0, 1]], "do not")],
)
def test_what_does_not_fit_is_refused(kept, types, said):
    with pytest.raises(ValueError, match=said):
        type_points([[0.9, 0.1]], kept, types, 2)


def test_length_bias_is_a_difference_of_two_kendalls():
    rng = np.random.default_rng(1)
    gold, scores = np.argsort(rng.random((30, 5)), axis=1), rng.normal(size=(30, 5))
    lengths = rng.permuted(np.tile(np.arange(5), (30, 1)), axis=1) * 100
    expected = [
        kendalltau(s, x).statistic - kendalltau(g, x).statistic for g, s, x in zip(gold, scores, lengths, strict=True)
    ]
    assert length_bias(gold, scores, lengths) == pytest.approx(expected, abs=1e-12)


def test_length_bias_of_gold_is_none_and_of_length_what_gold_lacks():
    gold, lengths = [[5, 4, 3, 2, 1]], [[190, 200, 210, 210, 219]]
    assert length_bias(gold, gold, lengths).tolist() == [0.0]
    assert length_bias(gold, lengths, lengths).tolist() == [1.8]  # nine of ten pairs are untied: 0.9 against -0.9
    assert length_bias(gold, [[1.0] * 5], lengths).tolist() == [0.9]


def test_lengths_must_fit():
    with pytest.raises(ValueError, match="lengths have shape"):
        length_bias([[2, 1]], [[0.2, 0.1]], [[1, 2, 3]])


def test_pair_types_are_those_that_type_points_count() -> None:
    rng = np.random.default_rng(3)
    kept, types = rng.random((40, 4, 5)) < 0.6, rng.integers(-1, 3, (40, 5))
    codes = pair_types(kept, types, 3)
    for item in range(40):
        for i, j in permutations(range(4), 2):
            extra = set(np.flatnonzero(kept[item, i] & ~kept[item, j]).tolist())
            nested = not (kept[item, j] & ~kept[item, i]).any()
            found = {int(types[item, q]) for q in extra}
            wanted = found.pop() if nested and len(found) == 1 else -1
            assert codes[item, i, j] == wanted
    _, pairs = type_points(rng.random((40, 4)), kept, types, 3)
    assert pairs.sum(axis=0).tolist() == [int((codes == code).sum()) for code in range(3)]
