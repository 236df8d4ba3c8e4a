from __future__ import annotations

import numpy as np
import pytest

from weval.joined import Block, Joined
from weval.metrics import UNCHECKED
from weval.report.lengths import PARTS, relative_lengths
from weval.results import Cost


def joined(lengths: list[list[int]], scores: list[list[float]]) -> Joined:
    """Items with the same number of candidates, scored one response at a time; NaN is a failed answer."""
    m, n = np.shape(lengths)
    answers = np.array(scores, dtype=np.float64)
    codes = np.where(np.isnan(answers), 3, 2).astype(np.uint8)  # unparsed, ok
    block = Block(
        unit="response",
        positions=np.arange(m),
        gold=np.tile(np.arange(n, 0, -1), (m, 1)),
        kept=np.zeros((m, n, n), dtype=np.bool_),
        kept_known=np.zeros(m, dtype=np.bool_),
        types=np.full((m, n), -1),
        met=np.full((m, n, n), UNCHECKED, dtype=np.int8),
        lengths=np.array(lengths),
        answers=answers,
        codes=codes,
    )
    cost = Cost(requests=m * n, tokens_in=None, tokens_out=None, usd=None, seconds=None)
    return Joined([block], [f"i{n}" for n in range(m)], [None] * m, [None] * m, {}, {}, cost, "response")


def test_a_candidate_stands_against_the_mean_of_its_item() -> None:
    found = relative_lengths(joined([[50, 100, 150], [4, 4, 4]], [[1.0, 2.0, 3.0], [7.0, 7.0, 7.0]]))
    assert found.doublings.tolist() == pytest.approx([-1, 0, np.log2(1.5), 0, 0, 0])
    assert found.scores.tolist() == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5), 0, 0, 0])
    assert found.items.tolist() == [0, 0, 0, 1, 1, 1]


def test_empty_responses_and_unscored_items_are_left_out() -> None:
    found = relative_lengths(joined([[0, 10, 20], [0, 0, 0], [1, 2, 3]], [[1, 2, 3], [1, 2, 3], [np.nan, 2, 3]]))
    assert found.items.tolist() == [0, 0]
    assert found.n_empty == 4


@pytest.mark.parametrize("size", [1e-310, 1.0, 1e307])
def test_the_size_of_scores_does_not_matter(size: float) -> None:
    found = relative_lengths(joined([[1, 2, 3]], [[size, -size, size]]))
    assert found.scores.tolist() == pytest.approx([np.sqrt(0.5), -np.sqrt(2), np.sqrt(0.5)])


def test_scores_that_differ_by_nothing_that_counts_are_equal() -> None:
    found = relative_lengths(joined([[1, 2, 3]], [[0.1, 0.1, 0.1]]))
    assert found.scores.tolist() == [0, 0, 0]


def test_parts_are_means_with_intervals_over_items() -> None:
    rng = np.random.default_rng(0)
    lengths, scores = rng.integers(1, 100, (40, 5)), rng.normal(size=(40, 5))
    found = relative_lengths(joined(lengths.tolist(), scores.tolist()))
    ratio = lengths / lengths.mean(axis=1, keepdims=True)
    standard = (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)
    parts = found.parts(500)
    assert [part.score.name for part in parts] == list(PARTS)
    assert sum(part.n for part in parts) == 200
    for part, low, high in zip(parts, (0, 0.5, 0.8, 1.25, 2), (0.5, 0.8, 1.25, 2, 99), strict=True):
        inside = (ratio > low) & (ratio <= high)
        assert part.n == inside.sum()
        assert part.score.value == pytest.approx(standard[inside].mean())
        assert part.score.ends[0] < part.score.value < part.score.ends[1]
        assert low < 2**part.doublings <= high


def test_parts_without_candidates_are_not_there_and_one_item_has_no_interval() -> None:
    (part,) = relative_lengths(joined([[10, 10]], [[1.0, 2.0]])).parts(500)
    assert part.score.name == PARTS[2]
    assert part.score.ci is None
    assert part.n == 2


def test_of_very_many_items_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    every = joined(rng.integers(1, 100, (50, 3)).tolist(), rng.normal(size=(50, 3)).tolist())
    whole = relative_lengths(every)
    monkeypatch.setattr("weval.report.lengths.MOST_ITEMS", 20)
    found = relative_lengths(every)
    assert (whole.drawn, found.drawn, len(set(found.items.tolist()))) == (None, 20, 20)
    at = np.isin(whole.items, found.items)
    assert found.scores.tolist() == whole.scores[at].tolist()
    assert found.doublings.tolist() == relative_lengths(every).doublings.tolist() == whole.doublings[at].tolist()
