"""How a stream becomes blocks and answers, with the cluster left out; tests/engine/test_spread.py has it in."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pyarrow
import pytest

import weval.engine.pool
from weval.engine.cluster import Cluster
from weval.engine.pool import BLOCK_CHARS, MOST_LOST, Pool, Size, _blocks
from weval.engine.work import Desk, Fault, Scoring
from weval.engine.worker import ANSWERS, BLOCK, WORD
from weval.errors import AdapterError, ConfigError
from weval.types import Request, Score


def asked(n: int, per_group: int = 1, text: str = "text") -> list[Request]:
    return [Request(f"r{i}", f"g{i // per_group}", "q", "q", None, (), (text,)) for i in range(n)]


def sizes(requests: list[Request], batch: int, weight: Any = lambda one: 1) -> list[int]:
    blocks = list(_blocks(iter(requests), batch, weight, lambda one: one.group))
    assert [one for block in blocks for one in block.asked] == requests
    return [len(block.asked) for block in blocks]


def test_groups_stay_together_and_long_ones_are_cut() -> None:
    assert sizes(asked(10), 4) == [4, 4, 2]
    assert sizes(asked(12, per_group=5), 4) == [5, 5, 2]
    assert sizes(asked(20, per_group=20), 4) == [8, 8, 4]
    assert sizes([], 4) == []


def test_long_texts_make_short_blocks() -> None:
    assert sizes(asked(4), 100, lambda one: BLOCK_CHARS // 2) == [2, 2]


class Handle:
    """A method of an actor, done at once."""

    def __init__(self, done: Any) -> None:
        self.remote = done


class Feed:
    """A feed in this process: what is put is waiting to be made something of."""

    def __init__(self) -> None:
        self.blocks = deque[tuple[int, list[Request]]]()
        self.most = 0
        self.put = Handle(self._put)
        self.drop, self.end = Handle(lambda block: None), Handle(lambda: None)

    def _put(self, block: int, content: list[Any]) -> None:
        self.blocks.append((block, content[0]))
        self.most = max(self.most, len(self.blocks))


class Scripted(Pool):
    """A pool whose workers are a function of a block: a word, and answers with a fault or none."""

    feed = Feed()
    made: Any = None

    def results(self, feed: Any, tasks: Iterable[int]) -> Iterator[Any]:
        for _ in tasks:
            if not feed.blocks:
                return
            number, content = feed.blocks.popleft()
            for word, found in self.made(content):
                yield pyarrow.table({BLOCK: [number], WORD: [word], ANSWERS: [pickle.dumps(found)]})


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Two workers that take four requests at once."""
    ray = SimpleNamespace(put=lambda value: value, get=lambda value: value)
    monkeypatch.setattr(weval.engine.pool, "ray_library", lambda: ray)
    feed = Feed()
    monkeypatch.setattr(Pool, "_feed", lambda self: _held(feed))
    found = Scripted(Cluster("ray", 2, 0, ((2, 0),)), Desk(Scoring("m", {}), "."), Size(2, 1, 0, 4), lambda one: 1)
    found.feed = feed
    return found


class _held:
    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    def __enter__(self) -> Feed:
        return self.feed

    def __exit__(self, *_: object) -> None:
        pass


def scored(content: list[Request]) -> list[Any]:
    return [("ask", ([Score.ok(one, 1.0) for one in content], None))]


def test_a_stream_is_drawn_as_answers_come(pool: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weval.engine.pool, "TASKS", (3, 5))  # processes change in between, and nothing is lost
    pool.made = scored
    drawn: list[Request] = []

    def stream() -> Iterator[Request]:
        for one in asked(200):
            drawn.append(one)
            yield one

    answers = pool.answers(stream())
    next(answers)
    assert len(drawn) <= 4 * 6 + 1 and pool.feed.most <= 6
    rest = [answer.request_id for answer in answers]
    assert len(rest) == len({*rest}) == 199


def test_an_answer_that_comes_twice_is_taken_once(pool: Scripted) -> None:
    pool.made = lambda content: [*scored(content), *scored(content)]
    assert len(list(pool.answers(asked(9)))) == 9
    pool.made = lambda content: [("ask", ([Score.ok(one, 1.0) for one in content * 2], None))]
    assert len(list(pool.answers(asked(9)))) == 9


def test_what_was_never_asked_is_handed_on_to_be_refused(pool: Scripted) -> None:
    pool.made = lambda content: [("ask", ([Score("stranger", "ok", (1.0,))], None))]
    assert [answer.request_id for answer in pool.answers(asked(2))] == ["stranger"]


def test_a_lost_block_is_asked_one_by_one(pool: Scripted) -> None:
    notes: list[str] = []
    pool.notice = notes.append
    pool.made = lambda content: [("lost", ([], None))] if "r5" in {one.id for one in content} else scored(content)
    found = {answer.request_id: answer for answer in pool.answers(asked(12))}
    assert len(found) == 12
    assert [name for name, answer in found.items() if answer.status == "failed"] == ["r5"]
    assert found["r5"].reason == "every worker that was asked this died, 3 times"
    assert len(notes) == 1


def test_workers_that_always_die_end_the_run(pool: Scripted) -> None:
    n_lost = 0

    def lost(content: list[Request]) -> list[Any]:
        nonlocal n_lost
        n_lost += 1
        return [("lost", ([], None))]

    pool.made = lost
    with pytest.raises(AdapterError, match="m: workers die whatever they are asked"):
        list(pool.answers(asked(100)))
    assert n_lost == MOST_LOST


def test_a_fault_is_raised_after_what_came_before(pool: Scripted) -> None:
    fault = Fault(ConfigError, ("no such folder",))
    pool.made = lambda content: [("ask", ([Score.ok(content[0], 1.0)], fault))]
    answers = pool.answers(asked(8))
    assert next(answers).request_id == "r0"
    with pytest.raises(ConfigError, match="no such folder"):
        next(answers)
