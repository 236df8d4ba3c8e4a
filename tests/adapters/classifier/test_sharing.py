from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from weval.adapters.classifier.sharing import (
    MIN_SHARED,
    Batching,
    Cluster,
    Sequenced,
    batches,
    clusters,
    groups,
    rows_of,
)


def text(key: int, *ids: int, first: int | None = None) -> Sequenced:
    return Sequenced(key, np.array(ids, dtype=np.int32), len(ids) - 1 if first is None else first)


def after(prefix: range, *lengths: int, key: int = 0) -> list[Sequenced]:
    """Texts that begin with a prefix and go on in ways of their own."""
    return [
        text(key + n, *prefix, *range(1000 * (key + n + 1), 1000 * (key + n + 1) + size))
        for n, size in enumerate(lengths)
    ]


def tokens(found: list[Cluster]) -> int:
    return sum(cluster.shared + sum(len(t.ids) - cluster.shared for t in cluster.texts) for cluster in found)


def test_a_long_common_beginning_is_computed_once() -> None:
    (cluster,) = clusters(after(range(800), 20, 30, 40))
    assert cluster.shared == 800
    assert list(cluster.prefix) == list(range(800))
    assert [len(row) for row in rows_of([cluster])] == [20, 30, 40]


def test_without_sharing_every_text_is_alone() -> None:
    found = clusters(after(range(800), 20, 30), sharing=False)
    assert [(cluster.shared, len(cluster.texts)) for cluster in found] == [(0, 1), (0, 1)]


def test_two_responses_on_several_requirements_are_two_clusters_though_all_begin_alike() -> None:
    one, other = range(800), [*range(30), *range(5000, 5700)]
    texts = after(one, 20, 20, 20) + [text(9 + n, *other, *range(9000 + 50 * n, 9020 + 50 * n)) for n in range(3)]
    assert sorted(cluster.shared for cluster in clusters(texts)) == [730, 800]


def test_short_or_useless_beginnings_are_not_shared() -> None:
    assert all(not cluster.shared for cluster in clusters(after(range(MIN_SHARED - 1), 5, 5, 5)))
    assert all(not cluster.shared for cluster in clusters(after(range(40), 2000, 2000)))


def test_what_is_shared_ends_before_the_states_that_are_needed() -> None:
    texts = [text(0, *range(100), first=60), text(1, *range(100), 7, 8, first=99)]
    (cluster,) = clusters(texts)
    assert cluster.shared == 60


def test_a_text_that_begins_another_keeps_its_last_token() -> None:
    (cluster,) = clusters([text(0, *range(50)), text(1, *range(80)), text(2, *range(50), 3)])
    assert cluster.shared == 49
    assert all(len(row) >= 1 for row in rows_of([cluster]))


def test_thousands_of_texts_each_longer_than_the_last_need_no_recursion() -> None:
    found = clusters([text(n, *range(n + 1)) for n in range(3000)])
    assert sum(len(cluster.texts) for cluster in found) == 3000


some_texts = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=60), min_size=1, max_size=25, unique_by=tuple)


@settings(max_examples=200)
@given(some_texts, st.booleans(), st.data())
def test_every_text_is_in_one_cluster_whose_beginning_it_has(
    ids: list[list[int]], sharing: bool, data: st.DataObject
) -> None:
    texts = [text(n, *one, first=data.draw(st.integers(0, len(one) - 1))) for n, one in enumerate(ids)]
    found = clusters(texts, sharing=sharing)
    assert sorted(t.key for cluster in found for t in cluster.texts) == list(range(len(texts)))
    for cluster in found:
        assert all((t.ids[: cluster.shared] == cluster.prefix).all() for t in cluster.texts)
        assert all(cluster.shared <= t.first for t in cluster.texts)
        assert cluster.shared == 0 or (cluster.shared >= MIN_SHARED and len(cluster.texts) > 1)
    assert tokens(found) <= sum(map(len, ids))


@given(some_texts, st.randoms(use_true_random=False))
def test_order_tells_nothing(ids: list[list[int]], random) -> None:
    texts = [text(n, *one) for n, one in enumerate(ids)]
    shuffled = random.sample(texts, len(texts))
    as_sets = lambda found: {(c.shared, frozenset(t.key for t in c.texts)) for c in found}  # noqa: E731
    assert as_sets(clusters(texts)) == as_sets(clusters(shuffled))


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60), st.integers(1, 2000))
def test_batches_fit_the_budget_and_have_little_padding(lengths: list[int], budget: int) -> None:
    rows = rows_of([Cluster(0, (text(n, *range(size)),)) for n, size in enumerate(lengths)])
    found = list(batches(rows, Batching(budget)))
    assert sorted(row.text.key for batch in found for row in batch) == list(range(len(lengths)))
    padded = 0
    for batch in found:
        longest = max(map(len, batch))
        assert len(batch) == 1 or longest * len(batch) <= budget
        padded += longest * len(batch)
    assert padded <= 1.15 * sum(lengths)
    assert [len(batch[0]) for batch in found] == sorted((len(batch[0]) for batch in found), reverse=True)


def test_slack_lets_short_ends_stand_together() -> None:
    rows = rows_of(clusters(after(range(800), 20, 30, 45)))
    assert [len(batch) for batch in batches(rows, Batching(1000))] == [1, 1, 1]
    assert [len(batch) for batch in batches(rows, Batching(1000), slack=26)] == [3]


@given(st.lists(st.tuples(st.integers(16, 400), st.integers(2, 6)), max_size=12), st.integers(1, 2000))
def test_groups_hold_every_shared_cluster_once_within_the_budget(shapes: list[tuple[int, int]], budget: int) -> None:
    made = []
    for n, (shared, size) in enumerate(shapes):
        made.append(Cluster(shared, tuple(after(range(shared), *[3] * size, key=100 * n))))
    found = list(groups(made, budget))
    assert sorted(id(cluster) for group in found for cluster in group) == sorted(map(id, made))
    for group in found:
        assert len(group) == 1 or max(cluster.shared for cluster in group) * len(group) <= budget
