"""Grades of single texts: by a model that scores them, or from a file. What has no grade is not there, or None."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from weval.build.records import TrainingPrompt
from weval.errors import ConfigError
from weval.files import Problems, read_jsonl
from weval.training.rewards.asking import Asked, requests, reward_of
from weval.types import Adapter, Id, Record, Score

Named = tuple[str, TrainingPrompt, str]
"""A text written to a prompt, and what tells it from the others that are scored with it."""


class PolicyGrade(Record):
    """A line of a file of grades; null where the policy's text could not be graded."""

    id: Id
    grade: float | None


def read_grades(path: Path) -> dict[str, float]:
    """The policy's own grades by prompt, without those that are null. Raises DataError naming file and line."""
    problems, found = Problems(path), dict[str, float | None]()
    for number, row in read_jsonl(path, PolicyGrade, problems):
        if row.id in found:
            problems.add(number, "id", f"{row.id!r} is there already")
        found[row.id] = row.grade
    problems.check()
    return {name: grade for name, grade in found.items() if grade is not None}


def check_grader(adapter: Adapter, name: str) -> None:
    """Raises ConfigError for a model whose scores of one text stand for themselves in no way."""
    if adapter.reads_ids or adapter.unit not in ("response", "requirement"):
        raise ConfigError(
            f"{name}: judges by {adapter.unit}; the policy's texts take one that grades a text by itself "
            "(comparison.grader), or grades from a file (comparison.grades)"
        )


def scores_of(adapter: Adapter, texts: Sequence[Named]) -> list[float | None]:
    """What a model says of each text by itself, all asked at once; None where anything of it is missing.

    Unit requirement: the mean over the prompt's requirements.
    """
    asked: Asked = "requirement" if adapter.unit == "requirement" else "query"
    each = [list(requests(prompt, text, asked=asked, adapter=adapter, name=(name,))) for name, prompt, text in texts]
    found = {score.request_id: score for score in adapter.score([request for some in each for request in some])}
    lost = [
        Score.missing(request, "failed", "no answer") for some in each for request in some if request.id not in found
    ]
    found |= {score.request_id: score for score in lost}
    return [reward_of([found[request.id] for request in some]) for some in each]


def means(grades: Mapping[str, Sequence[float | None]]) -> dict[str, float]:
    """The mean grade of each prompt's texts; a prompt of whose texts one has no grade has none itself.

    >>> means({"p1": [0.25, 0.75], "p2": [0.5, None], "p3": []})
    {'p1': 0.5}
    """
    return dict(_means(grades))


def _means(grades: Mapping[str, Sequence[float | None]]) -> Iterator[tuple[str, float]]:
    for name, each in grades.items():
        known = [grade for grade in each if grade is not None]
        if known and len(known) == len(each):
            yield name, sum(known) / len(known)
