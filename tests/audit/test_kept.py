from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.audit.conftest import audited, written
from tests.factories import make_item
from weval.audit import KeptSets
from weval.audit.kept import _positions, level_means
from weval.types import Item


def kept_sets(path: Path, items: Sequence[Item], **settings: str) -> KeptSets:
    found = audited(path, items, **settings).kept_sets
    assert found
    return found


def test_positions_of_items_made_by_hand(tmp_path: Path) -> None:
    found = kept_sets(tmp_path, [make_item("i1"), make_item("i2", ((1, 2), (2,)), 2)])
    assert {name: (p.kept.count, p.kept.n) for name, p in found.positions.items()} == {
        "1": (4, 5),
        "2": (4, 5),
        "3": (1, 3),
    }
    # i1 kept 6 of 9: 2/3 for each position and candidate; i2 kept 3 of 4.
    expected = {"1": 4 - (2 + 1.5), "2": 4 - (2 + 1.5), "3": 1 - 2}
    for name, position in found.positions.items():
        assert position.excess.value == pytest.approx(expected[name] / position.kept.n)
    assert found.positions["3"].excess.n == 1
    assert found.positions["3"].excess.ci is None


def test_sets_are_nested_where_each_holds_the_next(tmp_path: Path) -> None:
    items = [make_item("nested"), make_item("crossed", ((1, 2, 3), (1, 2), (3,)))]
    found = kept_sets(tmp_path, items)
    assert (found.nested.count, found.nested.n) == (1, 2)


def test_sets_of_one_size_are_nested_only_if_they_are_the_same(tmp_path: Path) -> None:
    items = [make_item("same", ((1, 2), (1,), (1,))), make_item("other", ((1, 2), (1,), (2,)))]
    found = kept_sets(tmp_path, items, gold="partial")
    assert (found.nested.count, found.nested.n) == (1, 2)


def test_items_that_only_count_are_left_out_and_alone_say_nothing(tmp_path: Path) -> None:
    counted = make_item("counted", (4, 2, 1), 4)
    assert audited(tmp_path, [counted]).kept_sets is None
    found = kept_sets(tmp_path, [make_item("known"), counted])
    assert list(found.positions) == ["1", "2", "3"]
    assert found.nested.n == 1


def dropped_at_random(seed: int, n_items: int) -> list[Item]:
    """Items of five requirements whose kept sets are independent random subsets."""
    generator = np.random.default_rng(seed)
    sets = [[sorted(1 + generator.permutation(5)[:k]) for k in (5, 4, 3, 2, 1)] for _ in range(n_items)]
    return [make_item(f"i{k}", kept, 5) for k, kept in enumerate(sets)]


def test_random_dropout_leaks_nothing_and_dropout_in_order_does(tmp_path: Path) -> None:
    fair = audited(tmp_path, dropped_at_random(1, 100))
    assert not any("position" in remark for remark in fair.remarks)
    in_order = [make_item(f"i{k}", [range(1, n + 1) for n in (5, 4, 3, 2, 1)], 5) for k in range(30)]
    leaking = audited(tmp_path, in_order)
    assert leaking.kept_sets
    assert [round(p.kept.value, 3) for p in leaking.kept_sets.positions.values()] == [1.0, 0.8, 0.6, 0.4, 0.2]
    (said,) = [remark for remark in leaking.remarks if "at position" in remark]
    assert said == (  # the middle one is kept as often as all
        "requirements are kept more often at position 1 (100.0 %), 2 (80.0 %) and less often at position 4 (40.0 %), "
        "5 (20.0 %) than if positions told nothing: a reader can guess gold from their order"
    )


def test_alarms_over_fair_dropout_are_rare() -> None:
    generator, n_items = np.random.default_rng(3), 60
    alarms = 0
    for _ in range(50):
        kept = np.zeros((n_items, 5))
        for row in kept:
            for k in (5, 4, 3, 2, 1):
                row[generator.permutation(5)[:k]] += 1
        found = _positions(kept, np.full((n_items, 5), 5.0), np.full((n_items, 5), 3.0))
        ends = [position.excess.ci for position in found.values()]
        alarms += any(ci is not None and not ci[0] <= 0 <= ci[1] for ci in ends)
    assert alarms <= 8  # 2.5 expected at 5 %


def test_lengths_of_items_made_by_hand(tmp_path: Path) -> None:
    length = audited(tmp_path, [make_item("i1", language="en"), make_item("i2", language="fr")]).length
    assert length.correlation
    assert length.correlation.value == -1  # the factory writes longer texts for those that kept less
    assert {name: found.n for name, found in length.by_language.items()} == {"en": 1, "fr": 1}
    chars = {kept: found.value for kept, found in length.chars_by_kept.items()}
    assert chars == {"3": len("text 1 of i1!"), "2": len("text 2 of i1!!"), "1": len("text 3 of i1!!!")}


def test_candidates_that_tie_in_gold_share_a_mean_length(tmp_path: Path) -> None:
    item = written(kept=((1, 2), (1,), (2,)))
    length = audited(tmp_path, [item], gold="partial").length
    sizes = [len(candidate.response) for candidate in item.candidates]
    assert length.chars_by_kept["1"].value == pytest.approx((sizes[1] + sizes[2]) / 2)
    assert length.chars_by_kept["1"].n == 1


def test_level_means_leave_out_levels_and_items_without_a_value() -> None:
    levels = {1: np.array([1.0, np.nan, 3.0, np.nan]), 10: np.full(4, np.nan), 2: np.array([5.0, 6.0, 7.0, np.nan])}
    found = level_means(levels, most_first=True)
    assert [(name, mean.value, mean.n) for name, mean in found.items()] == [("2", 6.0, 3), ("1", 2.0, 2)]
    assert list(level_means(levels, most_first=False)) == ["1", "2"]
    assert found == level_means({level: values[:3] for level, values in levels.items()}, most_first=True)
    assert level_means({}, most_first=True) == {}
