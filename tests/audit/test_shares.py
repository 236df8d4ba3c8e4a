from __future__ import annotations

import numpy as np

from weval.audit.shares import GroupCounts, share, shares, summed
from weval.metrics import bootstrap


def test_counts_are_summed_by_item_and_group() -> None:
    counts = GroupCounts()
    for row in ((0, 2, 1, 3), (2, 2, 0, 1), (0, 2, 1, 1), (1, 10, 5, 5)):
        counts.add(*row)
    found = counts.by_group(3)
    assert list(found) == ["2", "10"]
    assert [part.tolist() for part in found["2"]] == [[2, 0, 0], [4, 0, 1]]
    total = summed(found)
    assert total
    assert [part.tolist() for part in total] == [[2, 5, 0], [4, 5, 1]]
    assert GroupCounts().by_group(3) == {}
    assert summed({}) is None


def test_a_share_is_a_ratio_of_sums_with_its_interval_over_items() -> None:
    hits, n = np.array([1, 0, 2, 3]), np.array([2, 2, 2, 4])
    found = share((hits, n))
    expected = bootstrap(hits[:, None], n[:, None], seed=0, limits=(0.0, 1.0))
    assert found
    assert (found.value, found.count, found.n) == (0.6, 6, 10)
    assert found.ci == (expected.low[0], expected.high[0])


def test_a_group_without_trials_has_no_share_and_one_item_no_interval() -> None:
    found = shares({"none": (np.zeros(1), np.zeros(1)), "one": (np.array([1]), np.array([4]))})
    assert list(found) == ["one"]
    assert found["one"].ci is None
    assert share((np.zeros(2), np.zeros(2))) is None
    assert shares({}) == {}


def test_a_share_of_nothing_has_wilsons_interval_over_items() -> None:
    found = share((np.zeros(60), np.full(60, 5)))
    assert found
    assert found.ci is not None
    assert found.ci[0] == 0
    assert 0.05 < found.ci[1] < 0.07
