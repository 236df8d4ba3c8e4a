"""Items of which a program sees what they meet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.factories import write_items
from weval.audit import Audit, audit, open_task
from weval.types import Candidate, ContainsCheck, Item, Requirement, RequirementType

Sets = Sequence[Sequence[int]]


def written(
    name: str = "i1",
    kept: Sets = ((1, 2, 3), (1, 2), (1,)),
    met: Sets | None = None,
    *,
    types: Sequence[RequirementType | None] = ("length", "format", "content"),
    unchecked: Sequence[int] = (),
    language: str | None = "en",
    filler: str = "filler",
) -> Item:
    """An item whose requirement k wants the word `wk`; candidates hold the words that `met` numbers (else `kept`).

    Requirements in `unchecked` have no check.
    """
    requirements = tuple(
        Requirement(
            id=f"c{k}",
            type=kind,
            text=f"Say w{k}.",
            check=None if k in unchecked else ContainsCheck(kind="contains", all=(f"w{k}",)),
        )
        for k, kind in enumerate(types, start=1)
    )
    candidates = tuple(
        Candidate(
            id=f"a{i}",
            kept=tuple(f"c{k}" for k in held),
            response=" ".join([filler, name, f"number{i}" * (3 * i), *(f"w{k}." for k in done)]),
        )
        for i, (held, done) in enumerate(zip(kept, met or kept, strict=True), start=1)
    )
    return Item(
        id=name, language=language, instruction=f"Write {name}.", requirements=requirements, candidates=candidates
    )


def audited(path: Path, items: Sequence[Item], **settings: str) -> Audit:
    """The audit of some items, by way of a file."""
    return audit(open_task(str(write_items(path / "items.jsonl", items)), settings))


@pytest.fixture(scope="session")
def mini() -> Audit:
    """The audit of weval-mini."""
    return audit(open_task("weval-mini"))
