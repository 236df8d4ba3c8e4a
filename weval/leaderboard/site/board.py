"""A table of the leaderboard: the models on one task in order, each with its rank band and its badge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field

from weval.leaderboard.gold import GoldIndex
from weval.leaderboard.reruns import Badge, Rerun, badge_of
from weval.leaderboard.site.cache import Cache, key_of
from weval.leaderboard.site.measured import Measured
from weval.metrics import rank_bands
from weval.published import PublishedTable, ReportedRow, reported_rows
from weval.results import Estimate
from weval.tasks import TaskSpec, read_spec, task_names
from weval.types import Record
from weval.wording import places

FLOOR = ("baseline", "rules")
"""Families that show what can be had without reading: they stand in every table, whatever is filtered."""


@dataclass(frozen=True)
class Row:
    """A model on a task. `best` and `worst` are the ends of its rank band, 1 is the top.

    Both are 0 where it has no rank: without a correlation, and where scores were looked up in a file.
    """

    key: str
    measured: Measured
    best: int
    worst: int
    badge: Badge

    @property
    def model(self) -> str:
        """The name of its folder and of its page."""
        return self.measured.model

    @property
    def name(self) -> str:
        """As it is shown."""
        return self.measured.card.name

    @property
    def correlation(self) -> Estimate | None:
        """What it is ranked by."""
        return self.measured.result.metrics["correlation"]

    @property
    def date(self) -> str:
        """The day on which the run was begun, in its own time zone."""
        return self.measured.record.created[:10]

    @property
    def band(self) -> str:
        """Its rank, or from which to which."""
        return places(self.best, self.worst)


@dataclass(frozen=True)
class Board:
    """All that is known about one task. `index` is its gold, None for a task of the paper that nobody ran here."""

    task: str
    title: str
    description: str
    spec: TaskSpec | None
    index: GoldIndex | None
    rows: tuple[Row, ...]
    reported: tuple[ReportedRow, ...]

    @cached_property
    def is_here(self) -> bool:
        """Whether its items lie on this machine."""
        return bool(self.spec and self.spec.source.is_here)

    @property
    def shows_texts(self) -> bool:
        """Whether the texts of its items are shown: their licence lets them be, and they are here."""
        return bool(self.index and self.spec and self.spec.show_texts and self.is_here)

    @property
    def n_ranked(self) -> int:
        """How many models have a rank."""
        return sum(row.best > 0 for row in self.rows)

    @property
    def categories(self) -> tuple[str, ...]:
        """Those of the most items first, so far as the table has columns for them."""
        sizes: dict[str, int] = {}
        for item in self.index.items if self.index else ():
            if item.category:
                sizes[item.category] = sizes.get(item.category, 0) + 1
        return tuple(sorted(sizes, key=lambda name: (-sizes[name], name))[:MAX_CATEGORIES])


MAX_CATEGORIES = 12


def boards(
    measured: Mapping[str, Sequence[tuple[str, Measured]]],
    gold: Mapping[str, GoldIndex],
    tables: Sequence[PublishedTable],
    reruns: list[Rerun],
    cache: Cache,
) -> list[Board]:
    """One table for each task that has submissions or published figures; those with most of ours first.

    `measured` holds submissions with the keys of their contents, by task.
    """
    names = dict.fromkeys([*measured, *(table.task for table in tables if table.task)])
    found = []
    for name in names:
        spec = read_spec(name) if name in task_names() else None
        reported = tuple(reported_rows(tables, name))
        title = next((table.title for table in tables if table.task == name), name)
        found.append(
            Board(
                task=name,
                title=spec.title if spec else title,
                description=spec.description if spec else "Published figures only: nobody has submitted a run of it.",
                spec=spec,
                index=gold.get(name),
                rows=_rows(measured.get(name, ()), reruns, cache),
                reported=reported,
            )
        )
    return sorted(found, key=lambda board: (-len(board.rows), board.task))


class _Bands(Record):
    best: tuple[Annotated[int, Field(ge=0)], ...]
    worst: tuple[Annotated[int, Field(ge=0)], ...]


def bands(
    key: str, values: Sequence[Sequence[float | None]], is_ranked: Sequence[bool], cache: Cache
) -> list[tuple[int, int]]:
    """The ends of the rank band of each row of a table, kept under a key; 0 and 0 for what has no rank.

    `values` hold a value per item for each row, higher is better, null is none. What is not ranked (False) takes no
    rank from others.
    """
    found = cache.get(key, _Bands)
    if found is None:
        columns = np.array(values, dtype=np.float64).T  # null becomes NaN
        columns[:, ~np.array(is_ranked)] = np.nan
        ranks = rank_bands(columns, seed=0)
        found = _Bands(best=tuple(ranks.best.tolist()), worst=tuple(ranks.worst.tolist()))
        cache.put(key, found)
    return list(zip(found.best, found.worst, strict=True))


def _rows(measured: Sequence[tuple[str, Measured]], reruns: list[Rerun], cache: Cache) -> tuple[Row, ...]:
    """Best correlation first, equal ones by name; ranks are of those whose scores were not looked up in a file."""
    if not measured:
        return ()
    order = sorted(measured, key=lambda one: (_place(one[1]), one[1].model))
    key = key_of("bands", *(key for key, _ in order))
    # What was looked up in a file nobody can repeat: it stands in its place, but takes no rank from others.
    is_ranked = [not one.result.model.reads_ids for _, one in order]
    ranks = bands(key, [one.figures["correlation"] for _, one in order], is_ranked, cache)
    return tuple(
        Row(key, one, best, worst, _badge(one, reruns)) for (key, one), (best, worst) in zip(order, ranks, strict=True)
    )


def _badge(one: Measured, reruns: list[Rerun]) -> Badge:
    return badge_of(one.model, one.task, one.digest, reruns, reads_ids=one.result.model.reads_ids)


def _place(measured: Measured) -> float:
    found = measured.result.metrics["correlation"]
    return -round(found.value, 9) if found else 2.0
