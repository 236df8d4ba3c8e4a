"""Texts graded by a model that judges: an ordinary run on items made for it (weval/build/verifying/judging.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from weval.build.sections import Grader
from weval.build.step import Work
from weval.build.verifying.judging import Judge, checked, judged
from weval.joined import Joined
from weval.types import Item

Grades = dict[tuple[str, str], float]
"""By item and candidate; what was not graded is not there."""


def grader_of(grader: Grader) -> Judge:
    """The model that grades, not asked yet. Raises ConfigError where its settings are wrong."""
    return checked(Judge("grader", grader.model or "", grader.settings), None)


def graded(work: Work, judge: Judge, items: Sequence[Item]) -> Grades:
    """A grade for each candidate, higher is better, on the model's own scale.

    Unit response: its score. Requirement: the mean over requirements, which of yes and no is the share met. Pair:
    points per comparison with the item's other candidates. List: minus the rank. A grade that could not be read is not
    there. Raises ResultError where answers did not come.
    """
    joined = judged(work, judge, items).joined
    work.told[judge.role] = {"model": judge.model, "unit": joined.unit, "statuses": joined.statuses}
    return dict(_grades(joined, items))


def _grades(joined: Joined, items: Sequence[Item]) -> Iterator[tuple[tuple[str, str], float]]:
    for block in joined.blocks:
        scores = block.candidate_scores()
        for place, row in zip(block.positions.tolist(), scores.tolist(), strict=True):
            for candidate, score in zip(items[place].candidates, row, strict=True):
                if not np.isnan(score):
                    yield (items[place].id, candidate.id), score
