"""One run against its task (what is refused stands in test_hostile.py)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.leaderboard.factories import TASK, put, questions
from weval.errors import DataError
from weval.leaderboard.checked import MAX_SAID, CheckedRun, asked_otherwise, check_run
from weval.leaderboard.tree import Entry
from weval.plan import Probe
from weval.readback import read_result
from weval.store import RESULT, RUN


def checked(folder: Path, probe: Probe | None = None) -> tuple[list[str], CheckedRun]:
    found, problems = check_run(folder, questions(), probe), list[str]()
    while True:
        try:
            problems.append(next(found))
        except StopIteration as end:
            return problems, end.value


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_an_honest_run_gives_its_result(made: Path, model: str) -> None:
    problems, run = checked(made / "results" / model / TASK)
    assert problems == []
    assert run.result == read_result(made / "runs" / model / TASK)
    assert run.bundle.identity.model.name == model


def test_a_probe_is_checked_as_one(length: Entry) -> None:
    problems, run = checked(length.folder / "swapped", "swapped")
    assert problems == []
    assert run.result.unpublishable_because == ("this is a probe (swapped), not the benchmark",)
    with pytest.raises(DataError, match="its scores were not looked at, as they answer other questions"):
        checked(length.folder / "swapped")


def test_a_run_that_was_asked_as_all_are_says_nothing(length: Entry) -> None:
    identity = checked(length.folder)[1].bundle.identity
    assert [*asked_otherwise(identity, questions(), None)] == []
    assert [*asked_otherwise(identity, questions(), "echoed")] == [
        "asks otherwise than all others (probe=None); run it without that --set"
    ]


def test_what_else_is_wrong_is_told_before_the_reading_ends(length: Entry) -> None:
    put(length.folder / RUN, {"identity.limit": 3, "data": "x", "created": "never"})
    found, problems = check_run(length.folder, questions()), list[str]()
    with pytest.raises(DataError, match="weval-mini: its scores were not looked at"):
        problems.extend(found)
    assert [line.partition(" ")[0] for line in problems] == ["run.json:"] * 3


def test_of_many_differences_the_first_are_told(length: Entry) -> None:
    shutil.copy(length.folder / "swapped" / RESULT, length.folder / RESULT)
    put(length.folder / RESULT, {"by": {"category": {}, "language": {}, "dropped": {}, "requirement_type": {}}})
    problems, _ = checked(length.folder)
    assert len(problems) == MAX_SAID + 1
    assert problems[-1].endswith("more differences; no figure of a submission is written by hand")
