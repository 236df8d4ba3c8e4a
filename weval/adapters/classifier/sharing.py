"""Which texts are computed together: common beginnings once, the rest in batches of similar length. Pure; no torch.

A cluster is texts that share a beginning worth computing once. Of an item's texts it is found by comparing tokens, so
it does not matter what the texts mean: a response judged on five requirements, five responses to one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]

MIN_SHARED = 16
"""Tokens below which a beginning is not worth a computation of its own."""

MIN_SAVING = 0.05
"""Share of a cluster's tokens that sharing must save."""

MAX_PADDING = 0.13
"""Share of a batch's longest text by which another may be shorter: padded tokens stay within 1.15 of real ones."""


@dataclass(frozen=True, slots=True)
class Batching:
    """How much is computed at once: tokens with their padding, how much shorter a text may be, on which side it is."""

    budget: int
    padding: float = MAX_PADDING
    left: bool = False


@dataclass(frozen=True, slots=True)
class Sequenced:
    """One text as tokens. From position `first` on the model's states are needed; what is shared ends before it."""

    key: int
    ids: Ids
    first: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Texts whose first `shared` tokens are the same (0: one text by itself)."""

    shared: int
    texts: tuple[Sequenced, ...]

    @property
    def prefix(self) -> Ids:
        """The tokens that all of them begin with."""
        return self.texts[0].ids[: self.shared]


@dataclass(frozen=True, slots=True)
class Row:
    """What is left of a text to compute: its tokens from `start` on, after the prefix of number `prefix` (or none)."""

    text: Sequenced
    start: int
    prefix: int

    def __len__(self) -> int:
        return len(self.text.ids) - self.start


def clusters(texts: Sequence[Sequenced], *, sharing: bool = True) -> list[Cluster]:
    """The texts in clusters that cost the fewest tokens. Order of the result and of the input tell nothing."""
    ordered = sorted(texts, key=lambda text: text.ids.astype(">i4").tobytes())
    if not sharing or not ordered:
        return [Cluster(0, (text,)) for text in ordered]
    open_ = [_Node(0)]
    for text, after in zip(ordered, [*(_common(a, b) for a, b in pairwise(ordered)), 0], strict=True):
        done = _Node(len(text.ids), [text], len(text.ids), [Cluster(0, (text,))])
        while open_[-1].depth > after:
            open_[-1].take(done)
            done = open_.pop().closed()
        if open_[-1].depth < after:
            open_.append(_Node(after))
        open_[-1].take(done)
    return open_[0].parts


@dataclass(slots=True)
class _Node:
    """Neighbours in sorted order that have `depth` tokens in common; the cheapest clusters of them, and their cost."""

    depth: int
    texts: list[Sequenced] = field(default_factory=list)
    cost: int = 0
    parts: list[Cluster] = field(default_factory=list)

    def take(self, part: _Node) -> None:
        """Adds more of them."""
        self.texts += part.texts
        self.cost += part.cost
        self.parts += part.parts

    def closed(self) -> _Node:
        """As one cluster, where that costs less than its parts."""
        total = sum(len(text.ids) for text in self.texts)
        saved = (len(self.texts) - 1) * self.depth
        if self.depth >= MIN_SHARED and saved >= MIN_SAVING * total and total - saved < self.cost:
            self.cost, self.parts = total - saved, [Cluster(self.depth, tuple(self.texts))]
        return self


def _common(a: Sequenced, b: Sequenced) -> int:
    """How many tokens two texts begin with alike, no further than where states are needed."""
    end = min(a.first, b.first)
    differ = np.flatnonzero(a.ids[:end] != b.ids[:end])
    return int(differ[0]) if len(differ) else end


def groups(found: Iterable[Cluster], budget: int) -> Iterator[list[Cluster]]:
    """Clusters whose prefixes are computed together, longest first; single texts come in groups of their own.

    A group's prefixes, padded, fit the budget, and so do the prefixes repeated for its texts four times over.
    """
    shared = sorted((c for c in found if c.shared), key=lambda cluster: -cluster.shared)
    group, repeated = list[Cluster](), 0
    for cluster in shared:
        more = cluster.shared * len(cluster.texts)
        longest = group[0].shared if group else cluster.shared
        fits = (len(group) + 1) * longest <= budget and repeated + more <= 4 * budget
        if group and (not fits or cluster.shared < (1 - MAX_PADDING) * longest):
            yield group
            group, repeated = [], 0
        group.append(cluster)
        repeated += more
    if group:
        yield group


def rows_of(group: Sequence[Cluster]) -> list[Row]:
    """What is left to compute of a group's texts, once their prefixes are."""
    return [Row(text, cluster.shared, n) for n, cluster in enumerate(group) for text in cluster.texts]


def batches(rows: Iterable[Row], batching: Batching, slack: int = 0) -> Iterator[list[Row]]:
    """Rows that are computed together, longest first: padded they fit the budget, and little of it is padding.

    `slack` is how many tokens shorter than the longest a row may be in any case. A row longer than the budget is alone.
    """
    batch = list[Row]()
    for row in sorted(rows, key=lambda row: -len(row)):
        longest = len(batch[0]) if batch else len(row)
        shorter = longest - len(row)
        too_much = (len(batch) + 1) * longest > batching.budget
        if batch and (too_much or shorter > max(slack, batching.padding * longest)):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
