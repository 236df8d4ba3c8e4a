"""What maintainers have repeated: a record for each repetition, bound to the scores that it confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from weval.files import Problems, is_file, read_jsonl
from weval.leaderboard.tree import RERUNS
from weval.types import Count, Id, Record

Badge = Literal["re-run", "recomputed", "self-reported"]
"""How far a row can be trusted: its scores were repeated by maintainers; its figures were recomputed from its scores;
its scores were looked up in a file, so that nobody can repeat them."""


BADGES: Mapping[Badge, str] = {
    "re-run": "figures computed from the raw scores; a sample of the scores was repeated by maintainers",
    "recomputed": "figures computed from the raw scores, which are the submitter's",
    "self-reported": "figures computed from scores that were looked up in a file, and that nobody can repeat",
}


class Rerun(Record):
    """One line of reruns.jsonl: of `n` requests asked again, `within` got a score within `tolerance` of the submitted.

    `largest` is the largest change that was seen; `scores` is the hash of the scores that were repeated.
    """

    model: Id
    task: Id
    scores: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    by: Id
    seed: int
    n: Annotated[int, Field(ge=1)]
    within: Count
    largest: Annotated[float, Field(ge=0)]
    tolerance: Annotated[float, Field(ge=0)]
    confirmed: bool
    weval: Id


def read_reruns(root: Path) -> list[Rerun]:
    """All that maintainers have repeated, oldest first. Raises DataError."""
    path = root / RERUNS
    if not is_file(path):
        return []
    problems = Problems(path)
    found = [rerun for _, rerun in read_jsonl(path, Rerun, problems)]
    problems.check()
    return found


def badge_of(model: str, task: str, scores: str, reruns: list[Rerun], *, reads_ids: bool) -> Badge:
    """The badge of a submission whose scores have this hash: what the newest repetition of them found."""
    asked = (model, task, scores)
    newest = next((one for one in reversed(reruns) if (one.model, one.task, one.scores) == asked), None)
    if newest and newest.confirmed:
        return "re-run"
    return "self-reported" if reads_ids else "recomputed"
