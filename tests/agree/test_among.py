"""Agreement of annotators among themselves, on rankings and on categories."""

from __future__ import annotations

from itertools import combinations, permutations

import krippendorff
import numpy as np
import pytest
from scipy.stats import friedmanchisquare, kendalltau, rankdata
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from tests.agree.conftest import Rate
from tests.agree.test_ballots import typed
from tests.factories import make_item
from weval.agree import Confusion, Labels, Rankings
from weval.metrics import wilson
from weval.types import Item

FIVE = ((1, 2, 3, 4, 5), (1, 2, 3, 4), (1, 2, 3), (1, 2), (1,))
NAMES = ["a1", "a2", "a3", "a4", "a5"]


def five(name: str, **more: str) -> Item:
    return typed(make_item(name, kept=FIVE, n_requirements=5, **more), "style", "style", "length", "length", "format")


def random_rankings(seed: int, n_items: int, ties: bool = False) -> dict[str, dict[str, list[object]]]:
    rng = np.random.default_rng(seed)
    found: dict[str, dict[str, list[object]]] = {}
    for item in range(n_items):
        for who in ("p", "q", "r"):
            order: list[object] = [NAMES[i] for i in rng.permutation(5)]
            tied = [order[0], order[1:3], *order[3:]]
            found.setdefault(f"i{item}", {})[who] = tied if ties and rng.random() < 0.5 else order
    return found


def places(ranking: list[object]) -> list[int]:
    at = {name: n for n, tier in enumerate(ranking) for name in (tier if isinstance(tier, list) else [tier])}
    return [at[name] for name in NAMES]


def rankings_of(found: Rankings | None) -> Rankings:
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(3))
def test_kappa_of_pairs_is_fleiss_kappa_of_both_orders(rate: Rate, seed: int) -> None:
    given = random_rankings(seed, 6, ties=True)
    table = []
    for annotators in given.values():
        rows = np.array([places(ranking) for ranking in annotators.values()])
        for i, j in permutations(range(5), 2):
            table.append(
                [(rows[:, i] < rows[:, j]).sum(), (rows[:, i] > rows[:, j]).sum(), (rows[:, i] == rows[:, j]).sum()]
            )
    kappa = rankings_of(rate(given).rankings).overall.kappa
    assert kappa is not None
    assert kappa.value == pytest.approx(fleiss_kappa(np.array(table)), abs=1e-9)
    assert (kappa.n_items, kappa.n_subjects) == (6, 60)


def test_without_ties_kappa_of_pairs_is_the_mean_kendall_correlation_of_annotators(rate: Rate) -> None:
    given = random_rankings(7, 5)
    taus = [
        kendalltau(places(first), places(second)).statistic
        for annotators in given.values()
        for first, second in combinations(annotators.values(), 2)
    ]
    kappa = rankings_of(rate(given).rankings).overall.kappa
    assert kappa is not None
    assert kappa.value == pytest.approx(np.mean(taus), abs=1e-9)


def test_kappa_does_not_go_by_how_candidates_are_named_or_listed(rate: Rate) -> None:
    given = {f"i{n}": {"p": NAMES, "q": NAMES} for n in range(3)}
    turned = {f"i{n}": {"p": NAMES[::-1], "q": NAMES[::-1]} for n in range(3)}
    for rankings in (given, turned, given | {"i0": turned["i0"]}):
        kappa = rankings_of(rate(rankings, [five(f"i{n}") for n in range(3)]).rankings).overall.kappa
        assert kappa is not None
        assert kappa.value == 1


def test_w_is_the_mean_of_friedmans_over_items(rate: Rate) -> None:
    given = random_rankings(3, 4, ties=True)
    expected = [
        friedmanchisquare(*np.array([places(ranking) for ranking in annotators.values()]).T).statistic / (3 * 4)
        for annotators in given.values()
    ]
    w = rankings_of(rate(given).rankings).overall.w
    assert w is not None
    assert (w.value, w.n) == (pytest.approx(np.mean(expected), abs=1e-9), 4)


def test_alpha_is_ordinal_over_mid_ranks(rate: Rate) -> None:
    given = random_rankings(4, 5, ties=True)
    rows = np.hstack(
        [rankdata([places(ranking) for ranking in annotators.values()], axis=1) for annotators in given.values()]
    )
    alpha = rankings_of(rate(given).rankings).overall.alpha
    assert alpha is not None
    assert alpha.value == pytest.approx(krippendorff.alpha(rows, level_of_measurement="ordinal"), abs=1e-9)
    assert (alpha.n_items, alpha.n_subjects) == (5, 25)


def at_random(rng: np.random.Generator, widths: list[int], ties: float) -> dict[str, dict[str, list[object]]]:
    """Rankings by three who know nothing; each stands level with the one before as often as `ties`."""
    found: dict[str, dict[str, list[object]]] = {}
    for item, width in enumerate(widths):
        for who in ("p", "q", "r"):
            tiers: list[list[str]] = []
            for name in rng.permutation(width):
                if tiers and rng.random() < ties:
                    tiers[-1].append(f"a{name}")
                else:
                    tiers.append([f"a{name}"])
            found.setdefault(f"i{item}", {})[who] = list(tiers)
    return found


@pytest.mark.parametrize("ties", [0, 0.4])
@pytest.mark.parametrize("widths", [[2, 5] * 15, [*range(2, 16)], [2] * 19 + [12]])
def test_alpha_is_0_by_chance_whatever_the_numbers_of_candidates(rate: Rate, widths: list[int], ties: float) -> None:
    rng = np.random.default_rng(12)
    alphas = [rankings_of(rate(at_random(rng, widths, ties)).rankings).overall.alpha for _ in range(60)]
    values = [alpha.value for alpha in alphas if alpha]
    assert len(values) == 60
    assert abs(np.mean(values)) < 3 * np.std(values) / 60**0.5 + 0.005
    assert np.std(values) < 0.2


def test_alpha_of_two_numbers_of_candidates_lies_between_those_of_each(rate: Rate) -> None:
    agreed = {f"a{n}": {"p": NAMES, "q": NAMES} for n in range(4)}
    random = {f"b{n}": {"p": ["x", "y"], "q": ["x", "y"] if n else ["y", "x"]} for n in range(4)}
    whole, low, high = (rankings_of(rate(given).rankings).overall.alpha for given in (agreed | random, random, agreed))
    assert whole is not None
    assert low is not None
    assert high is not None
    assert low.value < whole.value < high.value == 1
    assert (whole.n_items, whole.n_subjects) == (8, 28)


def test_a_partial_ranking_counts_in_kappa_and_not_in_alpha_and_w(rate: Rate) -> None:
    given = random_rankings(5, 4)
    more = given | {"i0": {**given["i0"], "s": ["a2", "a1"]}}
    plain, found = rankings_of(rate(given).rankings), rankings_of(rate(more).rankings)
    assert (found.n_rankings, found.n_partial, plain.n_partial) == (13, 1, 0)
    assert (found.overall.alpha, found.overall.w) == (plain.overall.alpha, plain.overall.w)
    assert found.overall.kappa != plain.overall.kappa


def test_partial_rankings_alone_have_only_a_kappa(rate: Rate) -> None:
    given = {"i1": {"p": ["a1", "a2"], "q": ["a2", "a1"]}, "i2": {"p": ["a1", "a2"], "q": ["a1", "a2"]}}
    found = rankings_of(rate(given, [make_item("i1"), make_item("i2")]).rankings)
    assert (found.n_partial, found.overall.alpha, found.overall.w) == (4, None, None)
    assert found.overall.kappa is not None
    assert found.overall.kappa.value == 0
    assert found.overall.kappa.n_subjects == 2


def test_annotators_may_be_missing_from_items(rate: Rate) -> None:
    given = random_rankings(6, 4)
    del given["i0"]["p"], given["i1"]["q"], given["i1"]["r"]
    found = rankings_of(rate(given).rankings)
    assert (found.n_items, found.n_rankings) == (4, 9)
    assert found.overall.kappa is not None
    assert found.overall.alpha is not None
    assert found.overall.w is not None
    assert (found.overall.kappa.n_items, found.overall.alpha.n_subjects, found.overall.w.n) == (3, 15, 3)


def test_one_annotator_has_no_agreement(rate: Rate) -> None:
    found = rankings_of(rate({f"i{n}": {"p": NAMES} for n in range(3)}).rankings)
    assert (found.overall.kappa, found.overall.alpha, found.overall.w) == (None, None, None)


def test_everything_tied_by_everybody_is_undefined(rate: Rate) -> None:
    found = rankings_of(rate({f"i{n}": {"p": [NAMES], "q": [NAMES]} for n in range(3)}).rankings)
    assert (found.overall.kappa, found.overall.alpha, found.overall.w) == (None, None, None)


def test_parts_are_those_of_their_items_alone(rate: Rate) -> None:
    given = random_rankings(8, 6)
    items = [five(f"i{n}", category="x" if n < 4 else "y") for n in range(6)]
    found = rankings_of(rate(given, items).rankings)
    alone = rankings_of(rate({name: given[name] for name in ("i4", "i5")}, items[4:]).rankings)
    assert list(found.by_category) == ["x", "y"]
    assert found.by_category["y"] == alone.overall


def test_a_type_has_the_pairs_that_differ_by_it_alone(rate: Rate) -> None:
    given = {
        "i1": {"p": NAMES, "q": ["a2", "a1", "a4", "a3", "a5"]},
        "i2": {"p": NAMES, "q": NAMES},
    }
    found = rankings_of(rate(given, [five("i1"), five("i2")]).rankings).by_requirement_type
    pairs = {name: (kappa.value, kappa.n_subjects) for name, kappa in found.items() if kappa}
    # a1-a2 drops a format; a2-a3, a2-a4 and a3-a4 drop length; a4-a5 style. q turns a1-a2 and a3-a4 round in i1.
    assert pairs == {"format": (0, 2), "length": (pytest.approx(2 / 3), 6), "style": (1, 2)}


def test_cycles_of_the_majority_are_counted(rate: Rate) -> None:
    cycle = {"p": ["a1", "a2", "a3"], "q": ["a2", "a3", "a1"], "r": ["a3", "a1", "a2"]}
    given = {"i1": cycle, "i2": {"p": ["a1", "a2", "a3"]}, "i3": cycle}
    assert rankings_of(rate(given).rankings).n_cycles == 2


def test_an_item_with_one_candidate_ranks_nothing(rate: Rate) -> None:
    found = rankings_of(rate({"i1": {"p": ["a1"], "q": ["a1"]}, "i2": {"p": NAMES, "q": NAMES}}).rankings)
    assert found.overall.alpha is not None
    assert (found.overall.alpha.n_items, found.overall.alpha.n_subjects) == (1, 5)
    assert rankings_of(rate({"i1": {"p": ["a1"], "q": ["a1"]}}).rankings).overall.alpha is None


def labels_of(found: Labels | None) -> Labels:
    assert found is not None
    return found


def test_kappa_and_alpha_are_those_of_the_labels(rate: Rate) -> None:
    answers = np.random.default_rng(0).integers(0, 3, (12, 3))
    given = {f"i{n:02}": {f"p{who}": f"c{code}" for who, code in enumerate(row)} for n, row in enumerate(answers)}
    found = labels_of(rate(categories=given).labels)
    assert found.kappa is not None
    assert found.alpha is not None
    assert found.kappa.value == pytest.approx(fleiss_kappa(aggregate_raters(answers)[0]), abs=1e-9)
    expected = krippendorff.alpha(answers.T.astype(float), level_of_measurement="nominal")
    assert found.alpha.value == pytest.approx(expected, abs=1e-9)
    assert (found.n_items, found.n_labels, found.kappa.n_items, found.kappa.n_subjects) == (12, 36, 12, 12)


def test_the_majority_against_the_tasks_category(rate: Rate) -> None:
    items = [make_item(f"i{n}", category=name) for n, name in enumerate(["x", "x", "y", "y", "z"])] + [make_item("i5")]
    given = {
        "i0": {"p": "x", "q": "x", "r": "y"},  # right
        "i1": {"p": "y", "q": "y", "r": "x"},  # x taken for y
        "i2": {"p": "x", "q": "y"},  # undecided
        "i3": {"p": "x"},  # y taken for x: one label is a majority
        "i4": {"p": "x", "q": "x"},  # z taken for x
        "i5": {"p": "x", "q": "x"},  # the task has no category
    }
    found = labels_of(rate(categories=given, items=items).labels)
    assert found.n_undecided == 1
    assert found.with_gold is not None
    assert (found.with_gold.value, found.with_gold.n) == (0.25, 4)
    assert found.with_gold.ci == wilson(0.25, 4)
    assert found.confusions == tuple(
        Confusion(gold=gold, majority=majority, n=1) for gold, majority in (("x", "y"), ("y", "x"), ("z", "x"))
    )


def test_the_most_frequent_confusion_stands_first(rate: Rate) -> None:
    items = [make_item(f"i{n}", category=name) for n, name in enumerate("xyy")]
    found = labels_of(rate(categories={f"i{n}": {"p": "z"} for n in range(3)}, items=items).labels)
    assert [(one.gold, one.n) for one in found.confusions] == [("y", 2), ("x", 1)]


def test_without_a_task_there_is_no_gold(rate: Rate) -> None:
    found = labels_of(rate(categories={"i1": {"p": "x", "q": "x"}, "i2": {"p": "y", "q": "x"}}).labels)
    assert (found.with_gold, found.confusions, found.n_undecided) == (None, (), 1)
    assert found.kappa is not None


def test_one_annotator_and_one_label_are_undefined(rate: Rate) -> None:
    alone = labels_of(rate(categories={"i1": {"p": "x"}, "i2": {"p": "y"}}).labels)
    same = labels_of(rate(categories={"i1": {"p": "x", "q": "x"}, "i2": {"p": "x", "q": "x"}}).labels)
    assert (alone.kappa, alone.alpha, same.kappa, same.alpha) == (None, None, None, None)
