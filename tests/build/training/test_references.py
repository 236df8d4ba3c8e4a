from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.servers import Answer, Asked, Handler, Server
from tests.build.prompted import left_out, lines, made, put
from tests.textmodels.servers import chatting, completion, error, last
from weval.build import Done
from weval.build.records import Reference
from weval.build.training.references import ladder
from weval.errors import ConfigError, DataError, ResultError

TOPICS = ("ferries", "moss", "violins")


@dataclass
class Room:
    """Writers w1 to w3, the later the better, and a judge who scores a response by the number in it."""

    broken: set[str] = field(default_factory=set)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer:
        model, text = asked.body["model"], last(asked)
        with self.lock:
            self.asked[model, text] += 1
        worth = re.search(r"Worth (\d+)", text)
        if model in self.broken and (worth or model != "judge"):
            return error(503, "overloaded", retry_after="0")
        if model == "judge":
            score = worth[1] if worth else "5"  # what judges are tried on says nothing of it
            return Answer(completion("I do not know." if score == "0" else f'{{"reason": "so", "score": {score}}}'))
        return Answer(completion(self._written(model, text)))

    @staticmethod
    def _written(model: str, text: str) -> str:
        if "moss" in text:
            return "Worth 5, whoever writes of moss: " + model
        if "violins" in text:
            return {"w1": "<think>Violins?", "w2": "I'm sorry, but I can't help with that.", "w3": "Worth 9."}[model]
        return f"<think>Which ferry?</think>Worth {2 * int(model[1]) + 1} of ten."


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def server(room: Room) -> Iterator[Server]:
    with chatting(room) as server:
        yield server


@pytest.fixture
def build(tmp_path: Path, server: Server) -> Any:
    rows = [
        {"id": topic, "prompt": [{"role": "user", "content": f"Write about {topic}. Be warm."}], "language": "en",
         "instruction": f"Write about {topic}.", "requirements": [{"id": "c1", "text": "Be warm."}]}
        for topic in TOPICS
    ]  # fmt: skip
    put(tmp_path, "prompts", rows)

    def references(n: int = 3, judge: str = "judge:server/judge", **more: Any) -> Done:
        settings = {"base_url": f"{server.url}/v1", "attempts": 1}
        writers = [{"model": f"server/w{number}", "settings": settings} for number in range(1, n + 1)]
        grading = (
            {"base_url": f"{server.url}/v1", "prompt": "rubric-10", "attempts": "1"}
            if judge.startswith("judge:")
            else {}
        )
        sections = {"writers": writers, "grader": {"model": judge, "settings": grading}, **more}
        return made(tmp_path, "references", references=sections)

    return references


def test_references_rise_and_say_who_wrote_them(build: Any, tmp_path: Path) -> None:
    done = build()
    (row,) = lines(done.file)
    assert row["id"] == "ferries" and row["prompt"][0]["content"] == "Write about ferries. Be warm."
    assert row["references"] == [
        {"writer": f"writer{n}", "response": f"Worth {2 * n + 1} of ten.", "grade": 2.0 * n + 1, "model": "m-1"}
        for n in (1, 2, 3)
    ]
    assert left_out(done) == {"moss": "no_gain", "violins": "few_graded"}
    assert done.record.told["writer1"] == {"texts": 2, "truncated": 1}
    assert done.record.told["writer2"] == {"texts": 2, "refused": 1}
    assert done.record.spent.replies == 9 + 6  # violins has one text, which nobody is asked to grade
    assert set(done.record.models) == {"writer1", "writer2", "writer3", "grader"}
    found = datasets.load_dataset("json", data_files=str(done.file), split="train", cache_dir=str(tmp_path / "cache"))
    assert [reference["grade"] for reference in found[0]["references"]] == [3.0, 5.0, 7.0]


def test_a_rung_must_be_better_by_more(build: Any) -> None:
    (row,) = lines(build(least_gain=2.0).file)
    assert [reference["grade"] for reference in row["references"]] == [3.0, 7.0]
    done = build(least_gain=4.0)
    assert done.record.n_rows == 0 and left_out(done)["ferries"] == "no_gain"


def test_a_reward_model_grades_too(build: Any) -> None:
    done = build(judge="length", least_gain=0.5)
    assert left_out(done)["ferries"] == "no_gain"  # as long as each other
    assert done.record.told["grader"]["unit"] == "response"


def test_nothing_is_paid_twice(build: Any, room: Room) -> None:
    room.broken.add("w2")
    with pytest.raises(ResultError, match=r"writer2: 3 of 3 replies did not come"):
        build()
    room.broken.clear()
    build()
    assert max(n for (model, _), n in room.asked.items() if model != "w2") == 1
    before = sum(room.asked.values())
    assert not build().is_new
    assert build(least_gain=1.0).is_new and sum(room.asked.values()) == before
    build(n=2)  # fewer writers: other items for the judge, in the same words
    assert sum(room.asked.values()) == before


def test_a_grade_that_cannot_be_read_is_none(build: Any, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "_written", lambda self, model, text: f"Worth {int(model[1]) - 1} of ten.")
    rows = lines(build().file)
    assert len(rows) == 3
    assert {reference["writer"] for row in rows for reference in row["references"]} == {"writer2", "writer3"}


def test_a_judge_that_does_not_answer_stops_the_step(build: Any, room: Room) -> None:
    room.broken.add("judge")
    with pytest.raises(ResultError, match="grader: 6 questions were not answered"):
        build()


@pytest.mark.parametrize(
    "more, message",
    [
        ({"n": 1}, "references.writers: names 1"),
        ({"judge": "judge:nobody/x"}, "unknown backend 'nobody'"),
        ({"grader": {}}, "references.grader.model: the recipe names none"),
        ({"grader": {"model": "length", "settings": {"probe": "swapped"}}}, "references.grader.settings: probe"),
        ({"grader": {"model": "length", "settings": {"tea": "1"}}}, "unknown setting 'tea'|tea"),
    ],
)
def test_what_is_wrong_is_said_before_anybody_is_asked(build: Any, room: Room, more: Any, message: str) -> None:
    with pytest.raises((ConfigError, DataError), match=message):
        build(**more)
    assert not room.asked


@given(st.lists(st.integers(0, 20), max_size=12), st.integers(0, 5))
def test_a_ladder_rises_keeps_the_best_and_has_as_many_rungs_as_can_be(grades: list[int], gain: int) -> None:
    references = [Reference(writer=f"w{n}", response="…", grade=float(g)) for n, g in enumerate(grades)]
    rungs = ladder(references, gain)
    found = [rung.grade for rung in rungs]
    assert all(b - a > gain for a, b in pairwise(found))
    assert found[-1:] == ([max(grades)] if grades else [])
    upwards: list[int] = []  # the other way, from the worst
    for grade in sorted(grades):
        if not upwards or grade - upwards[-1] > gain:
            upwards.append(grade)
    assert len(found) == len(upwards)
    assert all(rung == next(r for r in references if r.grade == rung.grade) for rung in rungs)
