"""The tasks of RACE with their criteria and reference reports: three files, joined by id and prompt.

The original joins by the prompt alone and leaves out a task that one of the files has not; of two tasks with the same
prompt it knows the criteria of the last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field

from weval.bench.items import BenchItem
from weval.bench.race.parsing import DIMENSIONS
from weval.bench.race.scoring import scored
from weval.errors import DataError
from weval.files import Problems, one_line, read_jsonl
from weval.types import Id, Record, Text

_TOLERANCE = 1e-6
"""Weights are written with a few decimals; so far may their sum be from 1."""


class OfTask(Record):
    """A line about one task."""

    id: int | Id
    prompt: Text


class QueryRow(OfTask):
    """A line of query.jsonl."""

    topic: Id
    language: Id


class Criterion(Record):
    """What a report is judged by, and its weight within its dimension. Remarks stand beside some."""

    model_config = ConfigDict(extra="ignore")

    criterion: Text
    explanation: str
    weight: float


class CriteriaRow(OfTask):
    """A line of criteria.jsonl."""

    dimension_weight: dict[str, float]
    criterions: dict[str, Annotated[tuple[Criterion, ...], Field(min_length=1)]]


class ReferenceRow(OfTask):
    """A line of reference.jsonl: a report without its citations. Other keys do not matter."""

    model_config = ConfigDict(extra="ignore")

    article: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceItem(BenchItem):
    """A task. `criteria` is its row of criteria.jsonl, as weval.bench.race.scored takes it."""

    criteria: Mapping[str, Any]


T = TypeVar("T", bound=OfTask)

Complaint = tuple[str, str]
"""A field, and what is wrong with it."""


def read_tasks(queries: Path, criteria: Path) -> Iterator[RaceItem]:
    """The tasks in the order of query.jsonl.

    Raises DataError for a task without criteria, weights that do not sum to 1, and criteria that cannot be told apart.
    """
    found = _by_task(criteria, CriteriaRow, _check_criteria)

    def check(row: QueryRow) -> Complaint | None:
        name = str(row.id)
        if name in found and found[name].prompt == row.prompt:
            return None
        return "id", f"{criteria} has no criteria for task {one_line(name, 40)} with this prompt"

    for name, row in _by_task(queries, QueryRow, check).items():
        yield RaceItem(
            id=name,
            prompt=row.prompt,
            language=row.language,
            groups={"language": row.language, "topic": row.topic},
            criteria=found[name].model_dump(mode="json"),
        )


def read_references(path: Path, items: Iterable[RaceItem]) -> dict[str, str]:
    """The reference report of each of these tasks, by id. Raises DataError naming those that have none."""
    found = _by_task(path, ReferenceRow)
    problems = Problems(path)
    for item in items:
        row = found.get(item.id)
        if row is None or row.prompt != item.prompt:
            problems.add(None, "", f"has no reference report for task {one_line(item.id, 40)} with its prompt")
        elif not row.article.strip():
            problems.add(None, "", f"the reference report for task {one_line(item.id, 40)} is empty")
    problems.check()
    return {item.id: found[item.id].article for item in items}


def texts_of(item: RaceItem) -> list[tuple[str, str]]:
    """Dimension and criterion of every number that the judge sees, from 1 on: DIMENSIONS in order, each as it is."""
    return [(name, str(row["criterion"])) for name in DIMENSIONS for row in item.criteria["criterions"][name]]


def shown_criteria(item: RaceItem) -> list[str]:
    """What the judge sees of every criterion; weights are not shown."""
    rows = (row for name in DIMENSIONS for row in item.criteria["criterions"][name])
    return ["\n".join(filter(None, [row["criterion"], row["explanation"]])) for row in rows]


def _by_task(path: Path, record: type[T], check: Callable[[T], Complaint | None] = lambda row: None) -> dict[str, T]:
    """The lines of a file by task, in their order. Raises DataError for two of one task and what `check` finds."""
    problems = Problems(path)
    found: dict[str, T] = {}
    for line, row in read_jsonl(path, record, problems):
        if str(row.id) in found:
            problems.add(line, "id", f"{one_line(str(row.id), 40)} is there already")
        elif complaint := check(row):
            problems.add(line, *complaint)
        found[str(row.id)] = row
    problems.check()
    return found


def _check_criteria(row: CriteriaRow) -> Complaint | None:
    for field, names in (("dimension_weight", row.dimension_weight), ("criterions", row.criterions)):
        if set(names) != set(DIMENSIONS):
            return field, f"has not the dimensions {', '.join(DIMENSIONS)}"
    weights: dict[str, Sequence[float]] = {"dimension_weight": list(row.dimension_weight.values())}
    weights |= {f"criterions.{name}": [one.weight for one in row.criterions[name]] for name in DIMENSIONS}
    for field, values in weights.items():
        if abs(math.fsum(values) - 1) > _TOLERANCE:
            return field, f"has weights that sum to {math.fsum(values):.6g}, not to 1"
    scores = {"article_1_score": 1, "article_2_score": 1}
    said = {name: [{"criterion": one.criterion, **scores} for one in row.criterions[name]] for name in DIMENSIONS}
    try:
        scored(said, row.model_dump(mode="json"))
    except DataError as error:
        return "criterions", str(error)
    return None
