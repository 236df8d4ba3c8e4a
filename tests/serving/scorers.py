"""Scorers that tell what they were asked, and requests to put to them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from weval.types import Request, Requirement, Score, Unit


class Counting:
    """The number of characters. Keeps the batches that it was asked; waits in each until `gate` is open.

    Breaks on a text with `broken` in it, after the texts before it; `long` is truncated, `silent` is left out.
    """

    reads_ids: ClassVar[bool] = False

    def __init__(self, unit: Unit = "response") -> None:
        self.unit: Unit = unit
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        return {"adapter": "Counting"}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        batch = list(requests)
        assert len({request.id for request in batch}) == len(batch)
        self.batches.append([request.responses[0] for request in batch])
        self.entered.set()
        assert self.gate.wait(30)
        for request in batch:
            text = request.responses[0]
            if "broken" in text:
                raise ValueError(f"cannot read {text}\nat all")
            if "long" in text:
                yield Score.missing(request, "truncated", "9 tokens, and the model reads 8")
            elif "silent" not in text:
                yield Score.ok(request, float(len(text)))


def asking(*responses: str, requirement: str | None = None, name: str = "r") -> list[Request]:
    """Requests about texts; their ids are `name` and a number."""
    asked = Requirement(id="c1", text=requirement) if requirement else None
    every = (asked,) if asked else ()
    return [
        Request(f"{name}{n}", "g", "Tea. Mention water.", "Tea.", "en", every, (response,), asked)
        for n, response in enumerate(responses)
    ]
