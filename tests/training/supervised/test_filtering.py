"""Filtering keeps the best texts and counts the others; nothing is asked or paid for twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.supervised.made import queries, training
from weval.errors import ConfigError, DataError
from weval.files import read_json
from weval.training.sections import Filtering
from weval.training.supervised import filtering
from weval.training.supervised.filtering import (
    FILTERED,
    GRADES,
    Filtered,
    Grader,
    filtered,
    open_grader,
    read_grades,
    select,
)
from weval.training.supervised.written import Written, read_written
from weval.types import Request, Score, Unit


class Critic:
    """Likes longer texts; says nothing of owls, and stops after so many texts."""

    reads_ids = False
    unit: Unit = "response"
    fingerprint: dict[str, Any] = {"critic": 1}  # noqa: RUF012

    def __init__(self, stops_after: int | None = None) -> None:
        self.asked: list[str] = []
        self.stops_after = stops_after

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            if self.stops_after == len(self.asked):
                raise KeyboardInterrupt
            self.asked.append(request.responses[0])
            if "owl" in request.responses[0]:
                yield Score.missing(request, "unparsed", "it is night")
            else:
                yield Score(request.id, "ok", (float(len(request.responses[0])),))


@pytest.fixture
def texts(tmp_path: Path) -> list[Written]:
    path = queries(tmp_path)
    return read_written(
        training("writing_sft", tmp_path, data__source=str(path), data__train="32", data__holdout="0")
    ).train


def test_the_best_stay_and_the_others_are_counted(texts: list[Written]) -> None:
    grades = {text.name: float(n % 8) for n, text in enumerate(texts) if n >= 4}
    found = select(texts, grades, Filtering(keep=5, least=5.0), "critic")
    assert (found.n_texts, found.missing, found.below, found.beyond) == (32, 4, 16, 7)
    best = [text.name for text in texts if grades.get(text.name, 0) == 7] + [
        next(text.name for text in texts if grades.get(text.name) == 6)
    ]
    assert list(found.kept) == best and found.mean_kept == 6.8
    assert found.missing + found.below + found.beyond + len(found.kept) == found.n_texts
    assert "Of 32 texts 5 were kept by the grades of critic" in found.told()
    with pytest.raises(DataError, match="no text stays: of 32, 4 have no grade, and the best grade is 7"):
        select(texts, grades, Filtering(least=8.0), "critic")


def test_what_was_graded_before_is_not_asked_again(
    texts: list[Written], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "AT_ONCE", 4)
    run, first, second = training("writing_sft", tmp_path, filtering__keep="10"), Critic(stops_after=18), Critic()
    with pytest.raises(KeyboardInterrupt):
        filtered(run, texts, Grader("critic", first))
    known = read_grades(tmp_path / GRADES)
    assert known and not (tmp_path / FILTERED).exists()
    with (tmp_path / GRADES).open("a", encoding="utf-8") as file:
        file.write('{"text": "half')
    kept, told = filtered(run, texts, Grader("critic", second))
    assert len(second.asked) == 32 - len(known) and told.missing == 4
    lengths = sorted((len(text.response) for text in texts if "owl" not in text.response), reverse=True)
    assert sorted((len(text.response) for text in kept), reverse=True) == lengths[:10]
    assert [text for text in texts if text in kept] == kept
    assert run.watcher.said == [told.told()] and read_json(tmp_path / FILTERED, Filtered) == told

    third = Critic(stops_after=0)
    assert filtered(run, texts, Grader("critic", third)) == (kept, told)


def test_who_cannot_grade_a_text_by_itself_is_refused(texts: list[Written], tmp_path: Path) -> None:
    def said(**settings: str) -> Any:
        return training("writing_sft", tmp_path, **settings).profile

    assert open_grader(said()).name == "keywords"
    with pytest.raises(ConfigError, match=r"filtering\.judge=judge:server/x: judges by pair"):
        open_grader(
            said(
                filtering__judge="judge:server/x",
                filtering__settings__prompt="pairwise",
                filtering__settings__base_url="http://127.0.0.1:9/v1",
            )
        )
    with pytest.raises(ConfigError, match="the source has no grades"):
        filtered(training("writing_sft", tmp_path, filtering__judge=""), texts, Grader("nobody", None))
    with pytest.raises(ConfigError, match="filtering: the profile has no such section"):
        open_grader(training("sft", tmp_path).profile)


def test_grades_of_the_source_are_taken_as_they_are(texts: list[Written], tmp_path: Path) -> None:
    graded = [Written(text.prompt, text.response, float(n)) for n, text in enumerate(texts)]
    kept, told = filtered(
        training("writing_sft", tmp_path, filtering__judge="", filtering__keep="3"), graded, Grader("they", None)
    )
    assert [text.grade for text in kept] == [29.0, 30.0, 31.0] and told.mean_kept == 30.0
    assert not (tmp_path / GRADES).exists()
