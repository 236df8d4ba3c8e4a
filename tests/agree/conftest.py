"""Ratings and the items they are of, written to files and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.factories import write_items, write_rows
from weval.agree import Agreement, AgreeOptions, agree
from weval.tasks import Task, load_data
from weval.types import Item

Rankings = Mapping[str, Mapping[str, Any]]
"""item -> annotator -> ranking"""

Rate = Callable[..., Agreement]


def lines(rankings: Rankings, field: str = "ranking") -> list[dict[str, Any]]:
    return [
        {"item_id": item, "annotator": who, field: said}
        for item, given in rankings.items()
        for who, said in given.items()
    ]


@pytest.fixture
def task_of(tmp_path: Path) -> Callable[..., Task]:
    """Items as a task."""
    return lambda items, **settings: load_data(write_items(tmp_path / "items.jsonl", items), settings)


@pytest.fixture
def rate(tmp_path: Path, task_of: Callable[..., Task]) -> Rate:
    """The agreement of rankings and categories, on items if there are any."""

    def call(
        rankings: Rankings | None = None,
        items: Sequence[Item] = (),
        *,
        categories: Rankings | None = None,
        **settings: str,
    ) -> Agreement:
        rows = [*lines(rankings or {}), *lines(categories or {}, "category")]
        path = write_rows(tmp_path / "r.jsonl", rows)
        return agree(path, task_of(items, **settings) if items else None, AgreeOptions(resamples=200))

    return call
