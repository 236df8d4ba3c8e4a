"""Grades of texts, from a model and from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.training.comparing.ladders import made
from weval.adapters import open_adapter
from weval.errors import ConfigError, DataError
from weval.training.comparing.grading import check_grader, means, read_grades, scores_of
from weval.types import Request, Score

TEA, RAIN = made("tea", "a", "b"), made("rain", "a", "b")


class Forgetful:
    """Scores by length, says nothing of texts with "gap" in them, and fails on those with "down"."""

    unit = "response"
    reads_ids = False
    fingerprint: ClassVar[dict[str, Any]] = {}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            text = request.responses[0]
            if "down" in text:
                yield Score.missing(request, "failed", "the server is down")
            elif "gap" not in text:
                yield Score.ok(request, float(len(text)))


def test_each_text_has_its_score_and_equal_ones_have_theirs() -> None:
    texts = [("a", TEA, "four"), ("b", TEA, "four"), ("a", RAIN, "fiveX")]
    assert scores_of(open_adapter("length", {}), texts) == [4.0, 4.0, 5.0]


def test_of_requirements_it_is_the_mean() -> None:
    assert scores_of(open_adapter("keywords", {}), [("a", TEA, "I mention tea."), ("b", TEA, "")]) == [1.0, 0.0]


def test_what_is_missing_is_none_and_no_number() -> None:
    texts = [("a", TEA, "four"), ("b", TEA, "gap"), ("c", TEA, "down")]
    assert scores_of(Forgetful(), texts) == [4.0, None, None]
    assert means({"p1": [4.0, 6.0], "p2": [4.0, None], "p3": []}) == {"p1": 5.0}


def test_a_file_of_grades(tmp_path: Path) -> None:
    path = tmp_path / "grades.jsonl"
    path.write_text('{"id": "p1", "grade": 0.5}\n{"id": "p2", "grade": null}\n', encoding="utf-8")
    assert read_grades(path) == {"p1": 0.5}
    path.write_text('{"id": "p1", "grade": 0.5}\n{"id": "p1", "grade": 1}\n{"id": "p3"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"grades\.jsonl:2: id: 'p1' is there already") as error:
        read_grades(path)
    assert "grades.jsonl:3: grade" in str(error.value)


def test_a_judge_of_pairs_gives_no_grade() -> None:
    judge = open_adapter("judge:server/m", {"prompt": "writing-rl", "base_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(ConfigError, match=r"judges by pair.*comparison\.grader"):
        check_grader(judge, "judge:server/m")
