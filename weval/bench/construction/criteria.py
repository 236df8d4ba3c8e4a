"""`weval bench criteria`: five criteria for each query, written by a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from weval.bench.construction.asking import Asking, Question, object_schema, opened
from weval.bench.construction.keeping import OUTCOME, kept_beside
from weval.bench.construction.records import FIELDS, N_CRITERIA, Criterion, Made, Query, lines_of, read_rows
from weval.bench.construction.unsound import entries, exactly, plain_text
from weval.files import write_json, write_text
from weval.replied import Unsound, object_in
from weval.run import Watcher
from weval.types import Record

MOST_CHARS = 2_000
"""Of one text of a criterion."""

MOST_NAME_CHARS = 200

SCHEMA = object_schema(
    {"checklist": {"type": "array", "items": object_schema({name: {"type": "string"} for name in FIELDS})}}
)
"""How many criteria there are is not in it: not every server can hold to that."""


class CriteriaOptions(Record):
    """What --set takes for criteria, beside the settings of the model."""

    tries: int = Field(default=3, ge=1, le=20, description="replies to one question until one is sound")


@dataclass(frozen=True)
class CriteriaSpec:
    """What the user asked for: criteria for the queries of a file, by a model, into another file."""

    queries: Path
    model: str
    out: Path
    settings: Mapping[str, str] = field(default_factory=dict)


def write_criteria(spec: CriteriaSpec, watcher: Watcher | None = None) -> Made:
    """Writes the queries with a checklist of five criteria each, in WritingBench's layout and their order.

    A query of whose replies none was sound is not in the file, and is named in what is given back. Replies are kept in
    OUT.replies as they come: the same command again asks for what is missing. Raises WevalError.
    """
    model, options = opened(spec.model, spec.settings, CriteriaOptions)
    queries = read_rows(spec.queries, Query, lambda query: query.key)
    with kept_beside(spec.out, spec.queries) as folder:
        model.keep_in(folder)
        asking = Asking(model, watcher or Watcher(), options.tries)
        found = generate_criteria(queries, asking)
        rows = [_with(query, found[query.key]) for query in queries if query.key in found]
        write_text(spec.out, lines_of(rows))
        made = asking.made(spec.out, len(queries), len(rows), options)
        write_json(folder / OUTCOME, made)
    return made


def generate_criteria(queries: Sequence[Query], asking: Asking) -> dict[str, tuple[Criterion, ...]]:
    """Five criteria for each query, by its key; what `asking` notes as left out has none. Raises ResultError."""
    return asking.ask([_question(query) for query in queries])


def criteria_in(text: str) -> tuple[Criterion, ...]:
    """The criteria of a reply: exactly five with names of their own, all seven keys and no others, each a text.

    Raises Unsound saying what is wrong. Nothing is mended but blanks around a text.
    """
    listed = exactly(object_in(text), ("checklist",), "the reply")["checklist"]
    found = tuple(_criterion(one, n) for n, one in enumerate(entries(listed, N_CRITERIA, "checklist"), start=1))
    names = [" ".join(criterion.name.casefold().split()) for criterion in found]
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        raise Unsound("duplicate", f"two criteria are called {twice[0]!r}")
    return found


def _criterion(found: object, n: int) -> Criterion:
    where = f"criterion {n}"
    fields: dict[str, Any] = exactly(found, FIELDS, where)
    limits = {"name": MOST_NAME_CHARS}
    texts = {name: plain_text(fields[name], limits.get(name, MOST_CHARS), f"{name} of {where}") for name in FIELDS}
    return Criterion.model_validate(texts)


def _question(query: Query) -> Question[tuple[Criterion, ...]]:
    return Question(query.key, "criteria", {}, SCHEMA, criteria_in, query.query)


def _with(query: Query, checklist: tuple[Criterion, ...]) -> Query:
    """The query in WritingBench's layout, which knows nothing of how a query came about."""
    return query.model_copy(update={"checklist": checklist, "strategies": None})
