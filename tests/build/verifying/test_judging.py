"""Judges within a build are ordinary runs: moved, changed, and told apart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.factories import make_item
from weval.build.recipe import Recipe
from weval.build.step import Work
from weval.build.verifying.judging import Judge, checked, judged, verdicts_of
from weval.errors import ConfigError, ResultError
from weval.metrics import UNCHECKED
from weval.run import Watcher
from weval.types import Request, Score, Unit

PLUGIN = f"plugin:{__name__}"


class Scores:
    """Answers 0.5 about the first requirement, `high` about the others; counts what it is asked."""

    reads_ids: ClassVar[bool] = False
    asked: ClassVar[list[str]] = []

    def __init__(self, high: str = "1", prompt: str = "") -> None:
        self.unit: Unit = "requirement"
        self.high = float(high)
        self.fingerprint: Mapping[str, Any] = {"adapter": "Scores", "high": high}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            assert request.requirement
            self.asked.append(request.responses[0])
            if request.requirement.text == "Do 3.":
                yield Score.missing(request, "unparsed", "it mumbled")
            else:
                yield Score.ok(request, 0.5 if request.requirement.text == "Do 1." else self.high)


@pytest.fixture(autouse=True)
def _not_asked() -> None:
    Scores.asked.clear()


@pytest.fixture
def work(tmp_path: Path) -> Work:
    recipe = Recipe(name="x", title="X", description="X.")
    folder = tmp_path / "build" / "verify"
    folder.mkdir(parents=True)
    return Work(recipe, tmp_path, folder, {}, Watcher())


def test_a_half_is_met_and_no_verdict_is_nothing(work: Work) -> None:
    found = judged(work, Judge("judge", f"{PLUGIN}:Scores", {"high": "0.4"}), [make_item("i1"), make_item("i2")])
    ((_, met),) = verdicts_of(found)
    assert met.shape == (2, 3, 3)
    assert met.reshape(-1, 3).tolist() == [[1, 0, UNCHECKED]] * 6
    assert work.paid.spent.replies == 18
    assert "0.4" in json.dumps(work.models["judge"])


def test_values_that_are_no_verdicts_are_refused(work: Work) -> None:
    found = judged(work, Judge("judge", f"{PLUGIN}:Scores", {"high": "7"}), [make_item("i1"), make_item("i2")])
    with pytest.raises(ResultError, match=r"values reach from 0\.5 to 7; .* between 0 and 1"):
        verdicts_of(found)


def test_what_was_scored_is_not_scored_again_unless_model_settings_or_items_are_others(work: Work) -> None:
    items, judge = [make_item("i1"), make_item("i2")], Judge("judge", f"{PLUGIN}:Scores", {"high": "1"})
    for _ in range(2):
        judged(work, judge, items)
    assert len(Scores.asked) == 18
    judged(work, Judge("judge", f"{PLUGIN}:Scores", {"high": "0"}), items)
    assert len(Scores.asked) == 36
    judged(work, Judge("judge", f"{PLUGIN}:Scores", {"high": "0"}), [items[0], make_item("i3")])
    assert len(Scores.asked) == 54


def test_a_build_may_be_moved(work: Work, tmp_path: Path) -> None:
    items, judge = [make_item("i1"), make_item("i2")], Judge("judge", f"{PLUGIN}:Scores")
    judged(work, judge, items)
    shutil.move(tmp_path / "build", tmp_path / "elsewhere")
    work.folder = tmp_path / "elsewhere" / "verify"
    assert len(verdicts_of(judged(work, judge, items))) == 1
    assert len(Scores.asked) == 18


def test_ties_in_gold_are_admitted(work: Work) -> None:
    tied = make_item("i1", kept=((1, 2, 3), (1, 2), (1, 3)))
    judged(work, Judge("judge", f"{PLUGIN}:Scores"), [tied, make_item("i2")])
    assert json.loads((work.folder / "judge" / "run.json").read_text())["settings"]["gold"] == "partial"


def test_a_judge_is_checked_without_being_asked() -> None:
    good = Judge("judge", f"{PLUGIN}:Scores", {"high": "1", "judged_on": "own", "resamples": "200"})
    assert checked(good, "requirement") == good
    with pytest.raises(
        ConfigError, match=r"reader: .*Scores judges by requirement; here it takes one that judges by pair"
    ):
        checked(Judge("reader", f"{PLUGIN}:Scores"), "pair")
    assert not Scores.asked
