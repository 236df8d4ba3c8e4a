"""The oracle takes every order of the candidates that the scores allow and averages plain definitions over them."""

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from weval.metrics import LIMITS, METRICS, broken_ties, gap_points, released

STRICT = ["correlation", "il", "pl", "spearman", "pairwise_accuracy", "top1"]


def by_definition(gold, order):
    """Every metric of one strict order (candidate numbers, best first) against distinct gold."""
    n = len(gold)
    truth = sorted(range(n), key=lambda i: -gold[i])
    place = {candidate: position for position, candidate in enumerate(order)}
    agree = [1 if (place[i] < place[j]) == (gold[i] > gold[j]) else -1 for i, j in combinations(range(n), 2)]
    squares = sum((place[candidate] - position) ** 2 for position, candidate in enumerate(truth))
    return {
        "correlation": sum(agree) / len(agree),
        "il": sum(a == b for a, b in zip(order, truth, strict=True)) / n,
        "pl": float(list(order) == truth),
        "spearman": 1 - 6 * squares / (n * (n * n - 1)),
        "pairwise_accuracy": agree.count(1) / len(agree),
        "top1": float(order[0] == truth[0]),
    }


def by_enumeration(gold, scores):
    allowed = [o for o in permutations(range(len(gold))) if all(scores[a] >= scores[b] for a, b in pairwise(o))]
    found = [by_definition(gold, order) for order in allowed]
    return {name: sum(f[name] for f in found) / len(found) for name in STRICT}


@st.composite
def items(draw, max_n=5, levels=3):
    gold = draw(st.integers(2, max_n).flatmap(lambda n: st.permutations(range(1, n + 1))))
    scores = draw(st.lists(st.integers(0, levels), min_size=len(gold), max_size=len(gold)))
    return np.array([gold]), np.array([scores], dtype=float)


def values_of(gold, scores):
    return {name: metric(gold, scores)[0] for name, metric in METRICS.items()}


@given(items())
@settings(deadline=None, max_examples=150)
def test_every_metric_is_its_expectation_over_random_tie_breaking(item):
    gold, scores = item
    expected = by_enumeration(gold[0].tolist(), scores[0].tolist())
    found = values_of(gold, scores)
    assert {name: found[name] for name in STRICT} == pytest.approx(expected, abs=1e-12)
    ties = [a == b for a, b in combinations(scores[0], 2)]
    assert found["tie_rate"] == pytest.approx(sum(ties) / len(ties), abs=1e-12)


def test_scipy_agrees_without_ties():
    rng = np.random.default_rng(7)
    gold = np.argsort(rng.random((50, 6)), axis=1)
    scores = rng.normal(size=(50, 6))
    taus = [kendalltau(g, s).statistic for g, s in zip(gold, scores, strict=True)]
    rhos = [spearmanr(g, s).statistic for g, s in zip(gold, scores, strict=True)]
    assert METRICS["correlation"](gold, scores) == pytest.approx(taus, abs=1e-12)
    assert METRICS["spearman"](gold, scores) == pytest.approx(rhos, abs=1e-12)


def test_constant_scorer_gets_chance_exactly():
    assert values_of([[5, 4, 3, 2, 1]], [[0.6] * 5]) == {
        "correlation": 0.0,
        "il": 0.2,
        "pl": 1 / 120,
        "spearman": 0.0,
        "pairwise_accuracy": 0.5,
        "top1": 0.2,
        "tie_rate": 1.0,
    }


def test_gold_is_perfect_and_reversed_gold_is_worst():
    gold = np.array([[5, 4, 3, 2, 1], [2, 1, 5, 3, 4]])
    assert all((METRICS[name](gold, gold) == 1).all() for name in STRICT)
    assert (METRICS["tie_rate"](gold, gold) == 0).all()
    assert all((METRICS[name](gold, -gold) == -1).all() for name in ("correlation", "spearman"))
    assert all((METRICS[name](gold, -gold) == 0).all() for name in ("pl", "pairwise_accuracy", "top1"))
    assert METRICS["il"](gold, -gold).tolist() == [0.2, 0.2]  # the middle one stays in place


@given(items(max_n=7), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_order_of_candidates_never_matters(item, random):
    gold, scores = item
    order = list(range(gold.shape[1]))
    random.shuffle(order)
    assert values_of(gold[:, order], scores[:, order]) == pytest.approx(values_of(gold, scores), abs=1e-12)
    for gap in (1, 2):
        moved, still = gap_points(gold[:, order], scores[:, order], gap), gap_points(gold, scores, gap)
        assert [part.tolist() for part in moved] == [part.tolist() for part in still]


@given(items(max_n=7), st.sampled_from([np.exp, np.arctan, lambda x: x**3, lambda x: 1e300 * x - 1e299]))
@settings(deadline=None, max_examples=60)
def test_a_strictly_rising_transform_changes_nothing(item, transform):
    gold, scores = item
    assert values_of(gold, transform(scores)) == values_of(gold, scores)


@given(items(max_n=7))
@settings(deadline=None, max_examples=60)
def test_values_stay_within_their_limits(item):
    for name, value in values_of(*item).items():
        low, high = LIMITS[name]
        assert low <= value <= high


def test_items_do_not_touch_each_other():
    rng = np.random.default_rng(3)
    gold = np.argsort(rng.random((20, 5)), axis=1)
    scores = rng.integers(0, 3, (20, 5)).astype(float)
    for metric in METRICS.values():
        alone = [metric(gold[i : i + 1], scores[i : i + 1])[0] for i in range(20)]
        assert metric(gold, scores).tolist() == alone


def test_pairs_tied_in_gold_leave_correlation_and_positions_are_undefined():
    gold, scores = [[3, 2, 2], [1, 1, 1]], [[0.9, 0.1, 0.5], [0.1, 0.2, 0.3]]
    found = {name: metric(gold, scores) for name, metric in METRICS.items()}
    assert found["correlation"][0] == found["pairwise_accuracy"][0] == 1
    assert np.isnan([found[name] for name in ("il", "pl", "top1")]).all()
    assert np.isnan([found[name][1] for name in ("correlation", "spearman", "pairwise_accuracy")]).all()
    assert found["tie_rate"].tolist() == [0, 0]
    # Mid-ranks 3, 1.5, 1.5 against 3, 1, 2: covariance 1.5 over the variance 2 of untied ranks.
    assert found["spearman"][0] == 0.75


def test_pl_of_many_tied_candidates_is_exact_and_then_vanishes_quietly():
    for n, chance in ((20, 1 / 2432902008176640000), (22, 1 / 1124000727777607680000), (200, 0.0)):
        assert METRICS["pl"]([range(n)], [[0.5] * n])[0] == chance


def test_gap_points_count_every_pair_once_and_ties_as_half():
    gold, scores = [[5, 4, 3, 2, 1], [4, 4, 3, 1, 1]], [[0.5, 0.5, 0.7, 0.1, 0.2], [1.0, 0.0, 0.0, 0.0, 2.0]]
    by_gap = {gap: gap_points(gold, scores, gap) for gap in (1, 2, 3, 4)}
    assert {gap: pairs.tolist() for gap, (_, pairs) in by_gap.items()} == {1: [4, 2], 2: [3, 2], 3: [2, 4], 4: [1, 0]}
    assert {gap: points.tolist() for gap, (points, _) in by_gap.items()} == {
        1: [1.5, 1.5],  # first item: 5 ties 4, 4 loses to 3, 3 beats 2, 2 loses to 1
        2: [2.0, 0.5],
        3: [2.0, 1.5],
        4: [1.0, 0.0],
    }
    with pytest.raises(ValueError, match="gap"):
        gap_points(gold, scores, 0)


def test_all_gaps_together_are_pairwise_accuracy():
    rng = np.random.default_rng(5)
    gold = np.argsort(rng.random((30, 5)), axis=1)
    scores = rng.integers(0, 4, (30, 5)).astype(float)
    points = sum(gap_points(gold, scores, gap)[0] for gap in range(1, 5))
    assert points / 10 == pytest.approx(METRICS["pairwise_accuracy"](gold, scores), abs=1e-12)


@given(items())
@settings(deadline=None, max_examples=60)
def test_over_all_permutations_of_gold_every_scorer_is_at_chance(item):
    """The permutation distribution by enumeration: no pattern of scores or ties gains anything on average."""
    gold, scores = item
    n = gold.shape[1]
    orders = np.array(list(permutations(range(1, n + 1))))
    same = np.tile(scores, (len(orders), 1))
    found = {name: metric(orders, same).mean() for name, metric in METRICS.items()}
    chance = {
        "correlation": 0,
        "il": 1 / n,
        "pl": 1 / len(orders),
        "spearman": 0,
        "pairwise_accuracy": 0.5,
        "top1": 1 / n,
    }
    assert {name: found[name] for name in chance} == pytest.approx(chance, abs=1e-12)


@given(items())
@settings(deadline=None, max_examples=150)
def test_broken_ties_are_the_best_and_the_worst_of_all_orders(item):
    gold, scores = item
    n = gold.shape[1]
    allowed = [o for o in permutations(range(n)) if all(scores[0][a] >= scores[0][b] for a, b in pairwise(o))]
    for in_gold_order, end in ((True, max), (False, min)):
        strict = broken_ties(gold, scores, in_gold_order=in_gold_order)
        found = values_of(gold, strict)
        assert found["tie_rate"] == 0
        assert tuple(np.argsort(-strict[0])) in allowed
        for name in ("correlation", "spearman", "pairwise_accuracy"):
            ends = end(by_definition(gold[0].tolist(), order)[name] for order in allowed)
            assert found[name] == pytest.approx(ends, abs=1e-12)


@given(items())
@settings(deadline=None, max_examples=60)
def test_without_ties_there_is_nothing_to_break(item):
    gold, scores = item
    strict = scores + np.argsort(np.random.default_rng(0).random(scores.shape), axis=1) / 10
    for in_gold_order in (True, False):
        broken = broken_ties(gold, strict, in_gold_order=in_gold_order)
        np.testing.assert_array_equal(np.argsort(broken), np.argsort(strict))


@given(items(max_n=7))
@settings(deadline=None, max_examples=100)
def test_ties_broken_in_gold_order_give_the_released_correlation_and_pl(item):
    gold, scores = item
    found = values_of(gold, broken_ties(gold, scores, in_gold_order=True))
    script = released(gold, scores)
    assert (found["correlation"], found["pl"]) == (script.correlation[0], script.pl[0])


def test_what_gold_ties_as_well_stays_tied():
    gold, scores = [[3, 2, 2, 1]], [[0.5, 0.5, 0.5, 0.9]]
    for in_gold_order, order in ((True, [1.0, -1.0, -1.0]), (False, [-1.0, 1.0, 1.0])):
        broken = broken_ties(gold, scores, in_gold_order=in_gold_order)
        assert broken[0, 1] == broken[0, 2]
        assert np.sign(broken[0, :3] - broken[0, :3].mean()).tolist() == pytest.approx(order)
