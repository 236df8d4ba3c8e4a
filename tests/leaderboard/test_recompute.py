"""Figures made again from raw scores: the same to the last digit, whoever made them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leaderboard.factories import TASK, gold, questions, rows_of
from weval.errors import DataError
from weval.leaderboard.bundle import Bundle, read_bundle, read_run_of
from weval.leaderboard.recompute import differences, joined_of, recomputed, same
from weval.leaderboard.tree import Entry
from weval.plan import PlanOptions
from weval.readback import read_result
from weval.results import Estimate


def bundle_of(entry: Entry) -> Bundle:
    record, identity = read_run_of(entry.folder)
    asked = questions().asked(identity.model.unit, identity.plan)
    return read_bundle(entry.folder, record, identity, len(asked))


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_figures_are_those_of_the_run(made: Path, model: str) -> None:
    """From an index without texts and from a file of bare scores comes what came from items and the whole run."""
    bundle = bundle_of(Entry(made / "results", model, TASK))
    found = recomputed(bundle, joined_of(bundle, questions()), questions().index)
    assert found == read_result(made / "runs" / model / TASK)
    assert [*differences(bundle.stated(), found)] == []


def test_fewer_resamples_move_intervals_only(made: Path) -> None:
    bundle = bundle_of(Entry(made / "results", "length", TASK))
    joined = joined_of(bundle, questions())
    few, many = (recomputed(bundle, joined, questions().index, n) for n in (200, None))
    assert few.metrics["il"] and many.metrics["il"]
    assert few.metrics["il"].value == many.metrics["il"].value
    assert (few.resamples, many.resamples) == (200, 10_000)


def test_questions_are_prepared_once_for_all_that_are_asked_the_same() -> None:
    prepared = questions()
    assert prepared.asked("response", PlanOptions()) is prepared.asked("response", PlanOptions())
    assert prepared.asked("response", PlanOptions()) != prepared.asked("response", PlanOptions(seed=1))
    assert len(prepared.asked("pair", PlanOptions())) == 20 * len(gold())


def test_one_submission_leaves_nothing_behind_for_the_next(length: Entry) -> None:
    """The same Join takes the answers of all: they must not mix."""
    bundle = bundle_of(length)
    before = recomputed(bundle, joined_of(bundle, questions()), questions().index)
    others = [row.model_copy(update={"values": (float(at),)}) for at, row in enumerate(rows_of(length))]
    joined_of(Bundle(bundle.folder, bundle.record, bundle.identity, others, ""), questions())
    assert recomputed(bundle, joined_of(bundle, questions()), questions().index) == before


def test_an_answer_in_the_wrong_place_is_named(length: Entry) -> None:
    bundle = bundle_of(length)
    rows = [*bundle.rows]
    rows[4], rows[5] = rows[5], rows[4]
    with pytest.raises(DataError, match=rf"scores\.jsonl\.gz:5: is not the answer about {bundle.rows[4].item}/a\d, as"):
        joined_of(Bundle(bundle.folder, bundle.record, bundle.identity, rows, ""), questions())


def test_every_difference_is_named(length: Entry) -> None:
    stated = bundle_of(length).stated()
    forged = stated.model_copy(
        update={
            "n_items": 61,
            "notices": ("all is well",),
            "metrics": stated.metrics | {"il": None, "pl": Estimate(value=1.0, ci=None, n=60), "won": None},
            "by": stated.by.model_copy(update={"dropped": {}}),
            "versions": {},
        }
    )
    found = [*differences(forged, stated)]
    assert "n_items is 61, recomputed 60" in found
    assert "notices is ['all is well'], recomputed []" in found
    assert any(line.startswith("metrics.il is None, recomputed {") for line in found)
    assert "metrics.pl.value is 1, recomputed 0" in found
    assert "metrics.won is None, recomputed '(not there)'" in found
    assert any(line.startswith("by.dropped.1 is '(not there)', recomputed {") for line in found)
    assert not any("versions" in line for line in found)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (0.5, 0.5 + 1e-8, True),
        (0.5, 0.5001, False),
        (1e12, 1e12 + 1, True),
        (60, 60, True),
        (60, 61, False),
        (10**9, 10**9 + 1, False),
        (1, 1.0, True),
        (10**400, 1.0, False),
        (10**400, 10**400, True),
        (True, 1, False),
        (True, True, True),
        (None, 0.0, False),
        (None, None, True),
        ("1", 1, False),
        ("a", "a", True),
        ([], {}, False),
    ],
)
def test_what_is_the_same(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal
