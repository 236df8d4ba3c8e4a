"""What a critic learns from: responses that somebody scored by one criterion each, from 1 to 10, with a reason.

`data.source` is a folder with runs of `weval bench writingbench`, a file of instances, or a task (or a file of items):
there a text scores KEPT by a requirement that it was written to and DROPPED by one that it was not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from weval.bench.construction.records import Criterion
from weval.bench.writingbench.parsing import HIGH, LOW
from weval.build.starting import given_task
from weval.errors import ResultError
from weval.files import Problems, is_file, is_folder, read_jsonl
from weval.hashes import sha256_of
from weval.randomness import digest
from weval.training.clean import clean, kept_hash
from weval.training.start import Training
from weval.training.supervised.lessons import divided
from weval.training.supervised.writingbench import judged_responses, run_hashes
from weval.training.supervised.written import first_line
from weval.types import Id, Item, Record, Text

KEPT, DROPPED = (9, "The response was written to do this."), (2, "The response was written without this.")
"""What stands for a judge where items are the source: score and reason."""


class Instance(Record):
    """One scored response. The criterion is WritingBench's, or a text; the reason may be empty."""

    id: Id
    query: Text
    criterion: Criterion | Text
    response: Text
    score: Annotated[int, Field(ge=LOW, le=HIGH)]
    reason: str = ""
    language: Id | None = None


Scored = tuple[Instance, ...]
"""All instances of one query."""


@dataclass(frozen=True, slots=True)
class Instances:
    """What is trained on, what is held out, the hashes of the files, and how many were left out for which reason.

    All instances of a query are on one side.
    """

    train: list[Instance]
    held: list[Instance]
    hashes: dict[str, str]
    left_out: dict[str, int] = field(default_factory=dict)


def read_instances(training: Training) -> Instances:
    """The instances of a profile, without those of tasks' items; `data.train` and `data.holdout` count queries.

    Raises DataError for a broken source and where nothing is left, ConfigError where there are too few queries.
    """
    data, lost = training.profile.data, Counter[str]()
    found, hashes = _source(data.source, lost)
    if not found:
        raise ResultError(f"{data.source}: has no scored response to learn from")
    queries = by_query(found)
    rows, contaminated = clean(queries, data.allow, data.overlap, texts=_asked, watcher=training.watcher)
    lost.update({f"queries that are items of {task}": n for task, n in contaminated.items()})
    parts = divided(rows, data, lambda row: row[0].query)
    lost["queries that say the same as one held out"] = len(parts.alike)
    train, held = ([one for row in side for one in row] for side in (parts.train, parts.held))
    kept = kept_hash(one.id for row in rows for one in row)
    return Instances(train, held, hashes | kept, dict(lost))


def by_query(found: Sequence[Instance]) -> list[Scored]:
    """The instances of each query together, in the order of the first of each."""
    queries: dict[str, list[Instance]] = {}
    for one in found:
        queries.setdefault(one.query, []).append(one)
    return [tuple(each) for each in queries.values()]


def _asked(row: Scored) -> tuple[str, ...]:
    return (row[0].query,)


def _source(source: str, lost: Counter[str]) -> tuple[list[Instance], dict[str, str]]:
    path = Path(source)
    if is_folder(path):
        return list(_of_runs(path, lost)), run_hashes(path)
    if is_file(path) and "score" in first_line(path):
        problems = Problems(path)
        found = list(_named_once(path, problems))
        problems.check()
        return found, {source: sha256_of(path)}
    task = given_task(source, Path())
    return [one for item in task.items() for one in _of_item(item)], {source: task.sha256}


def _named_once(path: Path, problems: Problems) -> Iterator[Instance]:
    lines: dict[str, int] = {}
    for line, row in read_jsonl(path, Instance, problems):
        if (first := lines.setdefault(row.id, line)) != line:
            problems.add(line, "id", f"{row.id!r} is on line {first} already")
        yield row


def _of_runs(folder: Path, lost: Counter[str]) -> Iterator[Instance]:
    for judged in judged_responses(folder):
        item = judged.item
        lost["replies without a score that can be read"] += judged.n_unread
        for n, said in enumerate(judged.said, start=1):
            yield Instance(
                id=f"{digest(str(judged.run)).hex()}/{item.id}/{n}",
                query=item.prompt,
                criterion=Criterion.model_validate(dict(said.criterion)),
                response=judged.response,
                score=said.score,
                reason=said.reason,
                language=item.language,
            )


def _of_item(item: Item) -> Iterator[Instance]:
    """Each text by each requirement, where the source says which ones it was written to."""
    query = item.query(item.requirement_ids)
    for candidate in item.candidates:
        if isinstance(candidate.kept, int) or not candidate.response.strip():
            continue
        for requirement in item.requirements:
            score, reason = KEPT if requirement.id in candidate.kept else DROPPED
            yield Instance(
                id=f"{item.id}/{candidate.id}/{requirement.id}",
                query=query,
                criterion=requirement.text,
                response=candidate.response,
                score=score,
                reason=reason,
                language=item.language,
            )
