"""Small items and scorers for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from weval.types import Candidate, Item, Request, Requirement, Score, Unit


def make_item(
    name: str = "i1",
    kept: Sequence[Sequence[int] | int] = ((1, 2, 3), (1, 2), (1,)),
    n_requirements: int = 3,
    **more: Any,
) -> Item:
    """An item whose candidates a1, a2 … kept the requirements c1, c2 … that `kept` numbers (or only so many)."""
    return Item(
        id=name,
        instruction=more.pop("instruction", f"Write about {name}."),
        requirements=tuple(Requirement(id=f"c{i}", text=f"Do {i}.") for i in range(1, n_requirements + 1)),
        candidates=tuple(
            Candidate(
                id=f"a{i}",
                kept=k if isinstance(k, int) else tuple(f"c{j}" for j in k),
                response=f"text {i} of {name}" + "!" * i,
            )
            for i, k in enumerate(kept, start=1)
        ),
        **more,
    )


def write_items(path: Path, items: Iterable[Item]) -> Path:
    """A file in our layout."""
    path.write_text("".join(item.model_dump_json() + "\n" for item in items), encoding="utf-8")
    return path


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A JSON Lines file of anything."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class Scripted:
    """An adapter that answers by a function of the request."""

    reads_ids: ClassVar[bool] = False

    def __init__(self, unit: Unit, answer: Callable[[Request], Score]) -> None:
        self.unit: Unit = unit
        self.answer = answer
        self.asked: list[Request] = []
        self.fingerprint: Mapping[str, Any] = {"adapter": "Scripted"}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            self.asked.append(request)
            yield self.answer(request)
