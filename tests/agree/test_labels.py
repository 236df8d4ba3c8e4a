"""Agreement on categories."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from tests.agree.conftest import Rate
from tests.factories import make_item
from weval.agree import Confusion, Labels
from weval.metrics import wilson


def labels_of(found: Labels | None) -> Labels:
    assert found is not None
    return found


def test_kappa_and_alpha_are_those_of_the_labels(rate: Rate) -> None:
    import krippendorff

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
