"""What of an item is measured, without its texts: which questions can be asked, what was kept, how long a text is."""

from __future__ import annotations

from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator

from weval.types.items import Kept, RequirementType
from weval.types.records import Count, Id, Record


class Outline(Protocol):
    """The names in an item, which is all that its questions are made of. An Item has one, and so has Gold."""

    @property
    def id(self) -> str:
        """Of the item."""
        ...

    @property
    def requirement_ids(self) -> tuple[str, ...]:
        """In order."""
        ...

    @property
    def candidate_ids(self) -> tuple[str, ...]:
        """In order."""
        ...

    @property
    def kept(self) -> tuple[tuple[str, ...] | int, ...]:
        """Of each candidate: the requirements that it was written to, or only how many."""
        ...


class Gold(Record):
    """All that figures are computed from, but for the scores: an item without a word of its texts.

    One entry per requirement in `requirement_ids` and `types`, one per candidate in the others. `lengths` are in
    characters. `met[c][r]` is what a mechanical check says of a candidate and a requirement, null where none decides.
    """

    id: Id
    category: Id | None
    language: Id | None
    requirement_ids: tuple[Id, ...] = Field(min_length=1)
    types: tuple[RequirementType | None, ...]
    candidate_ids: tuple[Id, ...] = Field(min_length=2)
    kept: tuple[Kept, ...]
    lengths: tuple[Count, ...]
    met: tuple[tuple[Annotated[int, Field(ge=0, le=1)] | None, ...], ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        r, n = len(self.requirement_ids), len(self.candidate_ids)
        if len({*self.requirement_ids}) < r or len({*self.candidate_ids}) < n:
            raise ValueError("ids repeat")
        if len(self.types) != r or {len(self.kept), len(self.lengths), len(self.met)} != {n}:
            raise ValueError(f"is not about {r} requirements and {n} candidates everywhere")
        if any(len(row) != r for row in self.met):
            raise ValueError(f"met: needs {r} entries per candidate")
        for kept in self.kept:
            if kept > r if isinstance(kept, int) else not {*kept} <= {*self.requirement_ids}:
                raise ValueError(f"kept: {kept!r} is not of these requirements")
        return self

    @property
    def counts(self) -> tuple[int, ...]:
        """How many requirements each candidate was written to; higher is better."""
        return tuple(kept if isinstance(kept, int) else len(kept) for kept in self.kept)
