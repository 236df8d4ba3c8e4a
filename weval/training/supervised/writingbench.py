"""Runs of `weval bench writingbench` as something to learn from: their responses, and what the judge said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from weval.adapters.judge.verdicts import NoVerdict, read_object
from weval.bench.readback import bench_folders, read_bench_run
from weval.bench.run import opened
from weval.bench.told import Told
from weval.bench.writingbench import marks, query_mean
from weval.bench.writingbench.benchmark import WritingBench
from weval.bench.writingbench.parsing import parse_reply
from weval.bench.writingbench.reading import QueryItem
from weval.errors import ConfigError
from weval.hashes import sha256_of

RESPONSES, REPLIES = "responses", marks.REPLIES
"""The steps of such a run; their files are called so."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the judge said of a response by one criterion: a score from 1 to 10, and why."""

    criterion: Mapping[str, str]
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A response to a query, in the folder of its run. `mean` is over its scores, None where one is missing; `n_unread`
    replies had none.
    """

    run: Path
    item: QueryItem
    response: str
    said: tuple[Said, ...]
    mean: float | None
    n_unread: int


def judged_responses(folder: Path) -> Iterator[Judged]:
    """The responses that have words in them, of the run in a folder, or of all runs below it.

    Raises ConfigError for a run of another benchmark, ResultError, DataError for one that cannot be read.
    """
    for run in bench_folders(folder):
        yield from _of_run(run)


def _of_run(folder: Path) -> Iterator[Judged]:
    benchmark = read_bench_run(folder).benchmark
    if not isinstance(benchmark, WritingBench):
        raise ConfigError(f"data.source: {folder} is a run of {benchmark.data.spec.name}; it takes one of writingbench")
    with opened(folder, benchmark, benchmark.steps(benchmark.options), only_reads=True) as (_, told):
        for item in benchmark.of_run:
            written = told.text(RESPONSES, item.id)
            if written.kind == "text":
                yield _judged(folder, item, written.text, told)


def run_hashes(folder: Path) -> dict[str, str]:
    """The files of all these runs by name and hash."""
    names = [(run, name) for run in bench_folders(folder) for name in (RESPONSES, REPLIES)]
    return {f"{name} of {run}": sha256_of(run / f"{name}.jsonl") for run, name in names}


def reason_in(reply: str) -> str:
    """What a judge's reply gives as its reason; nothing where it gives none.

    >>> reason_in('{"reason": "Dull.", "score": 3}')
    'Dull.'
    """
    try:
        reason = read_object(reply, "score", dict).get("reason")
    except NoVerdict:
        return ""
    return reason if isinstance(reason, str) else ""


def _judged(run: Path, item: QueryItem, response: str, told: Told) -> Judged:
    parts = told.parts(REPLIES, item.id)
    said, n_unread = list[Said](), 0
    for part in parts:
        row, place = told.get(REPLIES, item.id, part), marks.place_of(part)
        if row is None or place is None or place >= len(item.criteria):
            continue
        score = parse_reply(row.text) if row.status == "ok" else None
        if score is None:
            n_unread += 1
        else:
            said.append(Said(item.criteria[place], score, reason_in(row.text)))
    mean = query_mean(marks.scores_of(item, told, [marks.part_name(n) for n in range(len(item.criteria))]))
    return Judged(run, item, response, tuple(said), mean, n_unread)
