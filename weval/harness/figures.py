"""What weval's lm-eval tasks report of all answers: gold and scores joined and evaluated as `weval run` does it.

Items up to the last one that was asked about count; one of them with an answer missing has no figures (`n_missing`).
A figure that is undefined is None, which lm-eval leaves blank in its table and writes as null: where no item has all
its answers, or where gold or scores leave nothing to measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from weval.errors import ResultError
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.files import Problems
from weval.harness.suite import PLAN, Answer, Suite, opened
from weval.join import Join
from weval.joined import MISSING
from weval.results import ModelStamp, TaskStamp
from weval.store import ScoreRow
from weval.types import Item

_FEWEST = EvaluateOptions(resamples=100)
"""The intervals are not reported."""

Figure = float | int | None


def correlation(answers: Sequence[Answer]) -> Figure:
    """The mean rank correlation with gold over the items; None where undefined."""
    return _figures(answers)["correlation"]


def il(answers: Sequence[Answer]) -> Figure:
    """The mean share of candidates at their gold position; None where undefined."""
    return _figures(answers)["il"]


def pl(answers: Sequence[Answer]) -> Figure:
    """The mean chance that the whole ranking is gold's; None where undefined."""
    return _figures(answers)["pl"]


def tie_rate(answers: Sequence[Answer]) -> Figure:
    """The share of pairs with equal scores, mean over the items; None where undefined."""
    return _figures(answers)["tie_rate"]


def unparsed(answers: Sequence[Answer]) -> Figure:
    """The share of the replies that give no verdict: in no form that was asked for, refused, or no text."""
    return _figures(answers)["unparsed"]


def n_missing(answers: Sequence[Answer]) -> Figure:
    """How many items have no figures, as an answer about them is missing."""
    return _figures(answers)["n_missing"]


def asked_about(suite: Suite, items: Iterable[str]) -> Iterator[Item]:
    """The items of a task up to the last of those named, in task order."""
    left = set(items)
    for item in suite.task.items():
        if not left:
            return
        left.discard(item.id)
        yield item


def _figures(answers: Sequence[Answer]) -> dict[str, Figure]:
    """All figures, computed once for the metrics that lm-eval asks for one by one."""
    return _computed(opened(answers[0].task, answers[0].data).task.sha256, tuple(answers))


@lru_cache(maxsize=4)
def _computed(of: str, answers: tuple[Answer, ...]) -> dict[str, Figure]:
    """All figures of answers about the items with this hash: the same answers about others have others."""
    suite = opened(answers[0].task, answers[0].data)
    join = Join(suite.judge.spec.unit, PLAN)
    for item in asked_about(suite, {answer.item for answer in answers}):
        join.add_item(item)
    rows = ((line, _row(answer)) for line, answer in enumerate(answers, start=1))
    joined = join.answers(rows, Problems(Path(f"answers to {suite.name}")))
    items = per_item(joined, _FEWEST)
    task = TaskStamp(name=suite.task.name, version=suite.task.version, sha256=suite.task.sha256)
    model = ModelStamp(name="lm-eval", unit=suite.judge.spec.unit, fingerprint={}, reads_ids=False)
    try:
        found = evaluate(items, task, model, _FEWEST).metrics
    except ResultError:  # no item has all its answers
        found = {}
    means = {name: estimate.value for name, estimate in found.items() if estimate}
    return {
        **{name: means.get(name) for name in ("correlation", "il", "pl", "tie_rate")},
        "unparsed": sum(answer.status != "ok" for answer in answers) / len(answers),
        "n_missing": int((items.state == MISSING).sum()),
    }


def _row(answer: Answer) -> ScoreRow:
    return ScoreRow(
        id=answer.item,
        item=answer.item,
        candidates=(answer.candidate,),
        requirement=answer.requirement,
        status=answer.status,
        values=() if answer.value is None else (answer.value,),
        reason=None if answer.status == "ok" else "no verdict",
    )
