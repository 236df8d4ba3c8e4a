"""The way of a ratings file: read, put beside the task's items, and compared annotator by annotator and with gold."""

from __future__ import annotations

from pathlib import Path

from weval.agree.among import label_agreement, ranking_agreement
from weval.agree.ballots import matched
from weval.agree.gold import annotators, majority
from weval.agree.records import Agreement, AgreeOptions
from weval.files import Problems
from weval.hashes import sha256_of
from weval.metrics import default_resamples
from weval.ratings import read_ratings
from weval.results import TaskStamp
from weval.tasks import Task


def agree(path: Path, task: Task | None = None, options: AgreeOptions | None = None) -> Agreement:
    """The agreement of the annotators of a ratings file, and with the gold of a task where one is given.

    Raises DataError where the file is broken or rates nothing of the task.
    """
    problems = Problems(path)
    ratings = read_ratings(path, problems)
    problems.check()
    found = matched(ratings, task)
    n = (options or AgreeOptions()).resamples or default_resamples(max(len(found.ballots), len(found.labelled)))
    return Agreement(
        ratings=path.name,
        sha256=sha256_of(path),
        task=TaskStamp(name=task.name, version=task.version, sha256=task.sha256) if task else None,
        rankings=ranking_agreement(found.ballots, n) if found.ballots else None,
        labels=label_agreement(found.labelled, n) if found.labelled else None,
        majority=majority(found.ballots, n) if task and found.ballots else None,
        annotators=annotators(found, n),
        resamples=n,
        notices=(*task.notices, *found.notices) if task else (),
    )
