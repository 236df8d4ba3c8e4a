from __future__ import annotations

import pickle
import sys
from types import SimpleNamespace
from typing import Any

import pyarrow
import pytest

import weval
from weval.engine.work import Desk, Scoring
from weval.engine.worker import ANSWERS, BLOCK, TASK, WORD, Scout, Worker
from weval.types import Request

ASKED = [Request("r", "g", "q", "q", None, (), ("four",))]


class Handle:
    def __init__(self, done: Any) -> None:
        self.remote = done


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A place in this process."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda value: value))
    return Desk(Scoring("length", {}), ".")


@pytest.mark.parametrize(("word", "content"), [("ask", [ASKED]), ("again", [ASKED]), ("lost", []), ("end", [])])
def test_a_task_is_a_block_with_its_answers(desk: Desk, word: str, content: list[Any]) -> None:
    feed = SimpleNamespace(take=Handle(lambda task: (word, 40 + task, content)), beat=Handle(lambda task: None))
    made = Worker(desk, feed)(pyarrow.table({TASK: [2]}))
    answers, fault = pickle.loads(made.column(ANSWERS)[0].as_py())
    assert (made.column(BLOCK)[0].as_py(), made.column(WORD)[0].as_py(), fault) == (42, word, None)
    assert [answer.values for answer in answers] == ([(4.0,)] if content else [])


def test_a_scout_says_what_is_there(desk: Desk) -> None:
    scout = Scout(desk)
    assert scout.version() == weval.__version__
    assert pickle.loads(scout.about()) == {"adapter": "Length", "revision": 1}
    assert pickle.loads(scout.certify()).kind.__name__ == "AdapterError"  # nothing computes, so nothing is measured
