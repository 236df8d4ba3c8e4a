"""Runs of WritingBench as texts and as scores: from the files that `weval bench writingbench` leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.writingbench.made import query, score
from tests.training.supervised.made import training, write
from weval.bench.run import BenchRun, run_bench
from weval.training.supervised.instances import read_instances
from weval.training.supervised.writingbench import judged_responses
from weval.training.supervised.written import read_written

NAMES = ("tone", "form")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two writers on six queries; one reply of the first run has no score, and its last text is empty."""
    folder = tmp_path_factory.mktemp("runs")
    data = write(folder / "queries.jsonl", [query(n, NAMES) for n in range(1, 7)])
    for writer in ("one", "two"):
        texts = [{"index": n, "response": "" if (n, writer) == (6, "one") else f"{writer} {n}"} for n in range(1, 7)]
        said = [
            {"item": str(n), "part": part, "text": "Seven." if (n, part, writer) == (1, "c2", "one") else score(n + at)}
            for n in range(1, 7)
            for at, part in enumerate(("c1", "c2"), start=1)
            if (n, writer) != (6, "one")
        ]
        run_bench(
            BenchRun(
                "writingbench",
                model=writer,
                data=data,
                responses=write(folder / f"{writer}.jsonl", texts),
                replies=write(folder / f"{writer}-replies.jsonl", said),
                out=folder / "runs" / writer,
                settings={"resamples": "100"},
            )
        )
    return folder / "runs"


def test_every_response_comes_with_what_was_said_of_it(runs: Path) -> None:
    found = list(judged_responses(runs))
    assert [each.response for each in found] == [*(f"one {n}" for n in range(1, 6)), *(f"two {n}" for n in range(1, 7))]
    first, second = found[:2]
    assert (first.mean, first.n_unread, [each.score for each in first.said]) == (None, 1, [2])
    assert (second.mean, second.n_unread, [each.score for each in second.said]) == (3.5, 0, [3, 4])
    assert second.said[0].reason == "Fine." and second.said[0].criterion["name"] == "tone"


def test_scores_of_all_runs_are_instances_by_query(runs: Path, tmp_path: Path) -> None:
    found = read_instances(training("critic_sft", tmp_path, data__source=str(runs), data__train="4", data__holdout="2"))
    assert found.left_out["replies without a score that can be read"] == 1 and len(found.hashes) == 5
    every = [*found.train, *found.held]
    assert len({one.id for one in every}) == len(every) == 21
    assert not {one.query for one in found.train} & {one.query for one in found.held}
    one = next(one for one in every if one.response == "two 3" and one.score == 5)
    assert not isinstance(one.criterion, str) and one.criterion.name == "form"


def test_responses_of_all_runs_are_texts_with_the_judges_grades(runs: Path, tmp_path: Path) -> None:
    texts = read_written(training("writing_sft", tmp_path, data__source=str(runs), data__train="11", data__holdout="0"))
    grades = {text.response: text.grade for text in texts.train}
    assert grades["one 1"] is None and grades["two 1"] == 2.5 and grades["two 6"] == 7.5
    assert json.loads((runs / "two" / "run.json").read_text(encoding="utf-8"))
