"""Pages with the texts of a task's items, a few to a page, where the task's licence lets them be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from weval.leaderboard.site.board import Board
from weval.tasks import Task
from weval.types import Item

PER_PAGE = 20


class Shown(NamedTuple):
    """One page of items: its number, the place of its first item from 1, and the items as the template takes them."""

    number: int
    first: int
    items: list[dict[str, Any]]


def page_of(board: Board) -> dict[str, str]:
    """For each item the page and the place in it where its texts are; empty where they may not be shown."""
    if not board.index or not board.shows_texts:
        return {}
    return {
        item.id: f"items/{board.task}/{at // PER_PAGE + 1}.html#{_anchor(item.id)}"
        for at, item in enumerate(board.index.items)
    }


def n_pages(board: Board) -> int:
    """How many pages the items of a task take."""
    return -(-len(board.index.items) // PER_PAGE) if board.index else 0


def pages_of(task: Task) -> Iterator[Shown]:
    """The pages of a task, one by one."""
    waiting: list[dict[str, Any]] = []
    first = 1
    for item in task.items():
        waiting.append(_shown(item))
        if len(waiting) == PER_PAGE:
            yield Shown(first // PER_PAGE + 1, first, waiting)
            first, waiting = first + PER_PAGE, []
    if waiting:
        yield Shown(first // PER_PAGE + 1, first, waiting)


def _shown(item: Item) -> dict[str, Any]:
    candidates = [
        {
            "id": candidate.id,
            "kept": candidate.kept if isinstance(candidate.kept, int) else ", ".join(candidate.kept) or "none",
            "response": candidate.response,
        }
        for candidate in sorted(item.candidates, key=lambda candidate: -candidate.gold)
    ]
    return {
        "id": item.id,
        "anchor": _anchor(item.id),
        "category": item.category,
        "instruction": item.instruction,
        "requirements": item.requirements,
        "candidates": candidates,
    }


def _anchor(name: str) -> str:
    """A name that may stand in an address: the item's own if it is plain, else a hash of it."""
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return f"item-{name}" if plain else f"item-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
