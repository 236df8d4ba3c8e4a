"""Whether a step that ended well has its answers: after an outage many are missing, and the same command asks again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from weval.bench.result import BenchResult
from weval.evaluate import MAX_MISSING
from weval.files import read_json
from weval.reproduce.manifest import Bench, Doing, Run
from weval.results import Result
from weval.store import RESULT

FINAL = ("human", "scores")
"""Families that read a file: what is not in it will not be there tomorrow."""


def unanswered(step: Doing, made: Path) -> str | None:
    """How many of a step's answers failed, and an example of why; None where it is done with.

    That is of runs and benchmarks, where more have failed than may be missing of what is published. Replies that came
    and cannot be read are an answer. Raises DataError for a broken result.
    """
    counts, reasons = Counter[str](), dict[str, str]()
    match step:
        case Run(model=model) if model.partition(":")[0] not in FINAL:
            result = read_json(made / RESULT, Result)
            counts.update(result.statuses)
            reasons |= result.reasons
        case Bench():
            for one in read_json(made / RESULT, BenchResult).steps.values():
                counts.update(one.statuses)
                reasons |= one.reasons
    failed, every = counts["failed"], counts.total()
    if failed <= MAX_MISSING * every:
        return None
    return f"{failed:,} of {every:,} answers failed ({reasons.get('failed', 'without a reason')})"
