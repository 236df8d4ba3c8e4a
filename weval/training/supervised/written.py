"""Texts that a writer learns from, by what the profile's `data.source` is.

A task or a file of items: of each item the answer that was written to all requirements. Rows of `weval build
references`: the best reference, which is the last rung. A file of queries with a response each, in WritingBench's
layout, with or without criteria (`checklist`). A folder with runs of `weval bench writingbench`: their responses, with
the grades that the judge gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from weval.bench.construction.judging import rendered
from weval.bench.language import language_of
from weval.bench.writingbench.reading import QueryRow
from weval.build.records import Laddered, Message, TrainingPrompt
from weval.build.starting import given_task
from weval.errors import ResultError
from weval.files import Problems, is_file, is_folder, read_jsonl
from weval.hashes import sha256_of
from weval.randomness import digest
from weval.training.clean import clean, kept_hash
from weval.training.start import Training
from weval.training.supervised.lessons import Lesson, divided
from weval.training.supervised.writingbench import Judged, judged_responses, run_hashes
from weval.types import Id, Item, Requirement, Text

LADDERS = Path("references") / "references.jsonl"
"""Where a folder of `weval build` has the ladders of references."""

WHOLE = "whole"
"""The id of a requirement that is the whole prompt, where nobody wrote requirements."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text written to a prompt, and its grade where the source has one; higher is better."""

    prompt: TrainingPrompt
    response: str
    grade: float | None = None

    @property
    def name(self) -> str:
        """What its grade is known by: a hash of prompt and text."""
        return digest(self.prompt.prompt[-1].content, self.response, size=16).hex()

    @property
    def lesson(self) -> Lesson:
        """As it is learnt."""
        return Lesson(tuple((turn.role, turn.content) for turn in self.prompt.prompt), self.response)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is trained on, what is held out, the hashes of the files, and how many were left out for which reason."""

    train: list[Written]
    held: list[Written]
    hashes: dict[str, str]
    left_out: dict[str, int] = field(default_factory=dict)


class Answered(QueryRow):
    """A query in WritingBench's layout, with a response to it."""

    language: Id | None = None
    response: Text


def read_written(training: Training) -> Texts:
    """The texts of a profile without items of tasks, shuffled, and divided into what is trained on and held out.

    Raises DataError for a broken source and where nothing is left, ConfigError where there is none, or too little.
    """
    data, lost = training.profile.data, Counter[str]()
    rows, hashes = _source(data.source, lost)
    rows = list({row.name: row for row in rows if row.response.strip()}.values())
    if not rows:
        raise ResultError(f"{data.source}: has no text to learn from")
    rows, contaminated = clean(rows, data.allow, data.overlap, texts=_asked, watcher=training.watcher)
    lost.update({f"an item of {task}": n for task, n in contaminated.items()})
    parts = divided(rows, data, lambda row: row.prompt.instruction)
    lost["says the same as what is held out"] = len(parts.alike)
    return Texts(parts.train, parts.held, hashes | kept_hash(row.name for row in rows), dict(lost))


def _asked(row: Written) -> tuple[str, ...]:
    """What tells whether a prompt is an item of a task."""
    return row.prompt.instruction, row.prompt.prompt[-1].content


def _source(source: str, lost: Counter[str]) -> tuple[list[Written], dict[str, str]]:
    """Everything in a source, and the hashes of what it was read from."""
    path = Path(source)
    if is_folder(path) and not is_file(path / LADDERS):
        return [_of_run(each) for each in judged_responses(path)], run_hashes(path)
    if is_folder(path):
        path = path / LADDERS
    first = first_line(path) if is_file(path) else {}
    if "references" in first:
        return list(_of_ladders(path)), {source: sha256_of(path)}
    if "response" in first:
        return list(_of_queries(path)), {source: sha256_of(path)}
    task = given_task(source, Path())
    return list(_of_items(task.items(), lost)), {source: task.sha256}


def first_line(path: Path) -> dict[str, Any]:
    """The first object of a file; nothing where it is none: who reads the file tells what is wrong with it."""
    with path.open("rb") as file:
        try:
            first = from_json(file.readline(2**25))
        except ValueError:
            return {}
    return first if isinstance(first, dict) else {}


def _of_items(items: Iterator[Item], lost: Counter[str]) -> Iterator[Written]:
    for item in items:
        best = next((each for each in item.candidates if each.gold == len(item.requirements)), None)
        if best is None:
            lost["an item without an answer to all requirements"] += 1
            continue
        yield Written(TrainingPrompt.of_item(item), best.response)


def _of_ladders(path: Path) -> Iterator[Written]:
    problems = Problems(path)
    for _, row in read_jsonl(path, Laddered, problems):
        best = row.references[-1]
        yield Written(row, best.response, best.grade)
    problems.check()


def _of_queries(path: Path) -> Iterator[Written]:
    problems = Problems(path)
    for _, row in read_jsonl(path, Answered, problems):
        criteria = [rendered(one.as_dict()) for one in row.checklist or ()]
        language = row.language or language_of(row.query)
        yield Written(_prompt(row.key, row.query, language, criteria), row.response)
    problems.check()


def _of_run(judged: Judged) -> Written:
    item = judged.item
    prompt = _prompt(item.id, item.prompt, item.language, [rendered(each) for each in item.criteria])
    return Written(prompt, judged.response, judged.mean)


def _prompt(name: str, query: str, language: str | None, criteria: list[str]) -> TrainingPrompt:
    """A query as a prompt; its criteria are what a judge of requirements is asked about."""
    wanted = [Requirement(id=f"c{n}", text=text) for n, text in enumerate(criteria, start=1)]
    return TrainingPrompt(
        id=name,
        prompt=(Message(role="user", content=query),),
        instruction=query,
        requirements=tuple(wanted or [Requirement(id=WHOLE, text=query)]),
        language=language,
    )
