"""Annotators and their majority against gold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.agree.conftest import Rankings, Rate, lines
from tests.factories import make_item, write_rows
from weval.agree import Agreement, AgreeOptions, Majority, agree
from weval.run import RunSpec, run
from weval.tasks import Task

THREE = ["a1", "a2", "a3"]


def majority_of(found: Agreement) -> Majority:
    assert found.majority is not None
    return found.majority


def random_rankings(seed: int, n_items: int) -> Rankings:
    """Rankings with ties, missing annotators and missing candidates."""
    rng = np.random.default_rng(seed)
    found: dict[str, dict[str, list[object]]] = {}
    for item in range(n_items):
        for who in "pqr"[: rng.integers(1, 4)]:
            order: list[object] = [THREE[i] for i in rng.permutation(3)]
            shapes = [order, order, order[:2], [order[0], order[1:]], [order]]
            found.setdefault(f"i{item}", {})[who] = shapes[rng.integers(0, 5)]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_majority_is_that_of_a_run_of_the_file(tmp_path: Path, task_of: Callable[..., Task], seed: int) -> None:
    path = write_rows(tmp_path / "r.jsonl", lines(random_rankings(seed, 12)))
    task = task_of([make_item(f"i{n}") for n in range(12)])
    outcome = run(RunSpec(f"human:{path}", data=task.path, out=tmp_path / "out", settings={"resamples": "300"}))
    found = majority_of(agree(path, task, AgreeOptions(resamples=300)))
    assert found.n_left_out == outcome.result.n_missing
    assert found.released == outcome.result.released
    assert found.metrics == {name: outcome.result.metrics[name] for name in ("correlation", "il", "pl")}


def test_items_of_several_sizes_are_measured_together(rate: Rate) -> None:
    items = [make_item("i1"), make_item("i2", kept=((1, 2), (1,)))]
    found = majority_of(rate({"i1": {"p": THREE}, "i2": {"p": ["a2", "a1"]}}, items))
    assert found.metrics["correlation"] is not None
    assert (found.metrics["correlation"].value, found.metrics["correlation"].n) == (0.0, 2)
    assert found.released == {"correlation": 0.0, "il": 0.5, "pl": 0.5}


def test_an_item_with_a_pair_that_nobody_compared_is_left_out(rate: Rate) -> None:
    given = {
        "i1": {"p": ["a1", "a2"], "q": ["a2", "a3"]},
        "i2": {"p": ["a1", "a2"], "q": ["a2", "a3"], "r": ["a1", "a3"]},
    }
    found = majority_of(rate(given, [make_item("i1"), make_item("i2")]))
    assert found.n_left_out == 1
    assert found.metrics["correlation"] is not None
    assert (found.metrics["correlation"].value, found.metrics["correlation"].n) == (1.0, 1)
    nothing = majority_of(rate({"i1": given["i1"]}, [make_item("i1")]))
    assert nothing == Majority(n_left_out=1, metrics=dict.fromkeys(("correlation", "il", "pl")), released=None)


def test_a_cycle_is_a_tie_of_three(rate: Rate) -> None:
    given = {"i1": {"p": THREE, "q": ["a2", "a3", "a1"], "r": ["a3", "a1", "a2"]}}
    found = majority_of(rate(given, [make_item("i1")]))
    assert {name: figure.value for name, figure in found.metrics.items() if figure} == {
        "correlation": 0.0, "il": pytest.approx(1 / 3), "pl": pytest.approx(1 / 6),
    }  # fmt: skip


def test_gold_with_ties_leaves_positions_undefined(rate: Rate) -> None:
    item = make_item("i1", kept=((1, 2), (1,), (2,)))
    found = majority_of(rate({"i1": {"p": THREE}}, [item], gold="partial"))
    assert found.metrics["correlation"] is not None
    assert (found.metrics["correlation"].value, found.metrics["il"], found.metrics["pl"]) == (1.0, None, None)


def test_each_annotator_against_gold_and_the_others(rate: Rate) -> None:
    given = {
        "i1": {"p": THREE, "q": THREE, "r": THREE[::-1]},
        "i2": {"p": THREE, "q": ["a1", ["a2", "a3"]], "r": ["a1"]},
    }
    found = rate(given, [make_item("i1"), make_item("i2")], categories={"i2": {"p": "x", "s": "x"}}).annotators
    assert list(found) == ["p", "q", "r", "s"]
    assert [(one.n_rankings, one.n_labels) for one in found.values()] == [(2, 1), (2, 0), (2, 0), (0, 1)]
    gold = {who: (one.with_gold.value, one.with_gold.n) for who, one in found.items() if one.with_gold}
    assert gold == {"p": (1, 2), "q": (pytest.approx((1 + 2 / 3) / 2), 2), "r": (-1, 1)}
    others = {who: (one.with_others.value, one.with_others.n_pairs) for who, one in found.items() if one.with_others}
    # i1: q and r cancel out for p, p and r for q; p and q stand against r. i2: q says a1 first, p says all.
    assert others == {"p": (1, 2), "q": (pytest.approx(2.5 / 3), 3), "r": (0, 3)}


def test_one_annotator_is_still_measured_against_gold(rate: Rate) -> None:
    found = rate({"i1": {"p": THREE}, "i2": {"p": THREE[::-1]}}, [make_item("i1"), make_item("i2")])
    assert found.annotators["p"].with_others is None
    assert found.annotators["p"].with_gold == majority_of(found).metrics["correlation"]
    assert majority_of(found).metrics["correlation"] is not None


def test_without_a_task_there_is_no_gold(rate: Rate) -> None:
    found = rate({"i1": {"p": THREE, "q": THREE}})
    assert found.majority is None
    assert found.annotators["p"].with_gold is None
    assert found.annotators["p"].with_others is not None
