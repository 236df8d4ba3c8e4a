"""Queries, criteria and preferences as they lie on disk: WritingBench's own layout, a JSON object a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from weval.files import Problems, read_jsonl
from weval.results import Cost
from weval.types import Count, Id, Record, Text

R = TypeVar("R", bound=Record)

Kind = Literal["query", "domain", "global"]
"""Whose criteria: those written for the query, those of its primary domain, those for all."""

Preferred = Literal["a", "b", "tie"]

LEVELS = ("1-2", "3-4", "5-6", "7-8", "9-10")
FIELDS = ("name", "criteria_description", *LEVELS)
"""The keys of a criterion, in WritingBench's order: its judge is shown them in it."""

N_CRITERIA = 5

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class Criterion(Record):
    """What a response is scored by, from 1 to 10, and what each two points mean."""

    name: Name
    criteria_description: Text
    low: Text = Field(alias="1-2")
    poor: Text = Field(alias="3-4")
    fair: Text = Field(alias="5-6")
    good: Text = Field(alias="7-8")
    high: Text = Field(alias="9-10")

    def as_dict(self) -> dict[str, str]:
        """With WritingBench's keys, in its order."""
        return self.model_dump(by_alias=True)


class Query(Record):
    """One request for a piece of writing. `index` or `id` tells it from others; what nobody knows of it is not there.

    `strategies` are the ways in which it was refined (`weval bench queries` writes them).
    """

    index: Count | None = None
    id: Id | None = None
    domain1: Name | None = None
    domain2: Name | None = None
    lang: Id | None = None
    query: Text
    strategies: tuple[Id, ...] | None = None
    checklist: tuple[Criterion, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _named(self) -> Self:
        _check_named(self.index, self.id)
        names = [criterion.name for criterion in self.checklist or ()]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"checklist: two criteria are called {twice[0]!r}")
        return self

    @property
    def key(self) -> str:
        """What tells it from others."""
        return key_of(self.index, self.id)

    def line(self) -> str:
        """As a line of a file; keys without a value are left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class Preference(Record):
    """Which of two responses to a query somebody preferred. One pair may have several, each with its `annotator`."""

    index: Count | None = None
    id: Id | None = None
    query: Text | None = None
    response_a: Text
    response_b: Text
    preferred: Preferred
    annotator: Id | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        _check_named(self.index, self.id)
        return self

    @property
    def key(self) -> str:
        """The key of its query."""
        return key_of(self.index, self.id)


class LeftOut(Record):
    """What did not come into the file: its id, why in one word, and what was wrong with its last reply, shortened."""

    id: str
    reason: str
    detail: str


class Made(Record):
    """What a file of queries or criteria came to.

    `duplicates` were taken out, by the step after which they were found; `left_out` are those without a sound reply.
    `replies` counts all replies by what they came to: also a bad one after which another was sound.
    """

    file: str
    n_asked: int
    n_rows: int
    duplicates: Mapping[str, int] = Field(default_factory=dict)
    left_out: tuple[LeftOut, ...]
    replies: Mapping[str, int]
    cost: Cost
    model: Mapping[str, object]
    settings: Mapping[str, object]


def key_of(index: int | None, name: str | None) -> str:
    """What a query is known by, whichever of the two it has.

    >>> key_of(7, None), key_of(None, "tea")
    ('7', 'tea')
    """
    return str(index) if name is None else name


def _check_named(index: int | None, name: str | None) -> None:
    if (index is None) == (name is None):
        raise ValueError("index: give either index or id")


def read_rows(path: Path, record: type[R], key: Callable[[R], str] | None = None) -> list[R]:
    """All rows of a file; with `key`, no two may have the same. Raises DataError naming file, line and field."""
    problems, first, rows = Problems(path), dict[str, int](), list[R]()
    for line, row in read_jsonl(path, record, problems):
        if key and (earlier := first.setdefault(key(row), line)) != line:
            problems.add(line, "", f"{key(row)!r} is on line {earlier} already")
        rows.append(row)
    problems.check()
    return rows


def lines_of(rows: Iterable[Query]) -> str:
    """The text of a file of queries."""
    return "".join(f"{row.line()}\n" for row in rows)
