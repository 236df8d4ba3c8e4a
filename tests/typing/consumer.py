"""A program that uses weval from Python, as type checkers see it: `mypy --strict` has nothing to say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import weval
from weval import (
    Adapter,
    Candidate,
    CompareOptions,
    Estimate,
    Item,
    Outcome,
    Request,
    Requirement,
    Result,
    RunSpec,
    Score,
    Task,
    WevalError,
    compare_runs,
    estimate,
    load_data,
    load_task,
    metrics,
    open_adapter,
    read_back,
    read_result,
    rescore,
    run_model,
)


class Words(Adapter):
    """A model of one's own."""

    unit = "response"
    reads_ids = False

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        return {"words": 1}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """As many points as words."""
        for request in requests:
            yield Score.ok(request, len(request.responses[0].split()))


class Told(weval.Watcher):
    """Prints what a run has to say."""

    def notice(self, text: str) -> None:
        print(text)


def top1(gold: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A metric of one's own."""
    return metrics.METRICS["top1"](gold, scores)


def correlation_of(spec: RunSpec) -> float | None:
    """What a run comes to."""
    try:
        outcome = run_model(spec, Told())
    except WevalError as error:
        print(error)
        return None
    assert_type(outcome, Outcome)
    assert_type(outcome.result, Result)
    found = outcome.result.metrics["correlation"]
    assert_type(found, Estimate | None)
    return found.value if found else None


def main(folder: Path) -> None:
    """The whole way."""
    spec = RunSpec("length", task="weval-mini", settings={"seed": "1", "metric": "consumer:top1"}, out=folder)
    assert_type(correlation_of(spec), float | None)
    assert_type(estimate(spec).requests, int)
    assert_type(read_result(folder), Result)
    assert_type(rescore(folder, {"resamples": "200"}).left_out, tuple[str, ...])
    adapter: Adapter = Words()
    assert_type(open_adapter("length", {}), Adapter)
    task = load_task("weval-mini")
    assert_type(task, Task)
    for item in task.items():
        assert_type(item, Item)
        assert_type(item.candidates[0], Candidate)
        assert_type(item.requirements, tuple[Requirement, ...])
    load_data(folder / "items.jsonl")
    print(adapter.unit)
    compared = compare_runs([folder, folder.with_name("other")], CompareOptions(resamples=200))
    print(compared.comparison.duels[0].metrics["correlation"], read_back(folder).joined.n_items)
