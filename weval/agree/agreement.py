"""The way of a ratings file: read, put beside the task's items, and compared annotator by annotator and with gold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from weval.adapters.recorded import strangers
from weval.agree.ballots import matched
from weval.agree.gold import annotators, majority
from weval.agree.labels import label_agreement
from weval.agree.rankings import ranking_agreement
from weval.agree.records import Agreement
from weval.files import Problems, sha256_of
from weval.metrics import default_resamples
from weval.ratings import Ratings, read_ratings
from weval.results import TaskStamp
from weval.tasks import Task


def agree(path: Path, task: Task | None = None, *, resamples: int | None = None) -> Agreement:
    """The agreement of the annotators of a ratings file, and with the gold of a task where one is given.

    Raises DataError where the file is broken or rates nothing of the task.
    """
    problems = Problems(path)
    ratings = read_ratings(path, problems)
    problems.check()
    found = matched(ratings, task)
    n = resamples or default_resamples(max(len(found.ballots), len(found.labelled)))
    return Agreement(
        ratings=path.name,
        sha256=sha256_of(path),
        task=TaskStamp(name=task.name, version=task.version, sha256=task.sha256) if task else None,
        rankings=ranking_agreement(found.ballots, n) if found.ballots else None,
        labels=label_agreement(found.labelled, n) if found.labelled else None,
        majority=majority(found.ballots, n) if task and found.ballots else None,
        annotators=annotators(found, n),
        resamples=n,
        notices=(*task.notices, *_left_out(ratings, task)) if task else (),
    )


def _left_out(ratings: Ratings, task: Task) -> Iterator[str]:
    """What the file rates and the task does not have."""
    named = ((item, candidate, None) for item, candidate in ratings.ranked())
    yield from strangers(ratings.path.name, named, task.items())
    if unknown := ratings.categories.keys() - {item.id for item in task.items()}:
        of = f"{len(unknown):,} of {len(ratings.categories):,}"
        yield f"{ratings.path.name}: {of} categories are for no item of this task, as {min(unknown)}"
