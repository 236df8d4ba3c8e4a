"""Instructions with their requirements and the candidates written to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from weval.types.checks import Check
from weval.types.records import MAX_RESPONSE_CHARS, Count, Id, Record, Text

RequirementType = Literal["length", "format", "style", "content"]


class Requirement(Record):
    """One atomic requirement of an instruction. `type` and `check` are null where nobody recorded them."""

    id: Id
    type: RequirementType | None = None
    text: Text
    check: Check | None = None


def _kept_kind(kept: object) -> str:
    return "number" if isinstance(kept, int | float) else "ids"


Kept = Annotated[Annotated[tuple[Id, ...], Tag("ids")] | Annotated[Count, Tag("number")], Discriminator(_kept_kind)]


class Candidate(Record):
    """One response and the requirements it was written to.

    `kept` lists their ids, or is only their number where a source does not say which (then `reading` and everything
    else that needs the set is undefined for the item).
    """

    id: Id
    kept: Kept
    response: Annotated[str, Field(max_length=MAX_RESPONSE_CHARS)]

    @property
    def gold(self) -> int:
        """How many requirements the response was written to; higher is better."""
        return self.kept if isinstance(self.kept, int) else len(self.kept)


class Item(Record):
    """An instruction, its requirements, and candidates written to subsets of them."""

    id: Id
    category: Id | None = None
    language: Id | None = None
    instruction: Text
    requirements: tuple[Requirement, ...] = Field(min_length=1)
    candidates: tuple[Candidate, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := tuple(_contradictions(self)):
            raise ValueError(*problems)  # each a line of its own (weval/invalid.py)
        return self

    @property
    def requirement_ids(self) -> tuple[str, ...]:
        """In order."""
        return tuple(requirement.id for requirement in self.requirements)

    @property
    def candidate_ids(self) -> tuple[str, ...]:
        """In order."""
        return tuple(candidate.id for candidate in self.candidates)

    @property
    def kept(self) -> tuple[tuple[str, ...] | int, ...]:
        """Of each candidate: the requirements that it was written to, or only how many."""
        return tuple(candidate.kept for candidate in self.candidates)

    def query(self, kept: Iterable[str]) -> str:
        """The instruction followed by the kept requirements in order, joined by a space (by nothing in zh and ja)."""
        chosen = set(kept)
        return joined(self.language, self.instruction, *(r.text for r in self.requirements if r.id in chosen))


def joined(language: str | None, *texts: str) -> str:
    """Texts one after the other: a space between them, nothing in Chinese and Japanese.

    >>> joined("en", "Write about tea.", "Ask a question.")
    'Write about tea. Ask a question.'
    """
    return ("" if language in ("zh", "ja") else " ").join(filter(None, texts))


def _contradictions(item: Item) -> Iterator[str]:
    """What does not fit together in an item, each with its field."""
    ids = [r.id for r in item.requirements]
    yield from _repeats("requirements", ids)
    yield from _repeats("candidates", [c.id for c in item.candidates])
    for index, candidate in enumerate(item.candidates):
        where = f"candidates[{index}].kept"
        if not isinstance(candidate.kept, int):
            yield from _repeats(where, candidate.kept)
            for stranger in sorted({*candidate.kept} - {*ids}):
                yield f"{where}: {stranger!r} is not the id of a requirement"
        elif candidate.kept > len(ids):
            yield f"{where}: is {candidate.kept}, but there are {len(ids)} requirements"


def _repeats(where: str, names: Sequence[str]) -> Iterator[str]:
    if len(set(names)) < len(names):  # to count each name takes ten times as long, and of a million items it shows
        yield from (f"{where}: {name!r} appears {times} times" for name, times in Counter(names).items() if times > 1)
