"""The process that answers: one model each, opened once; Ray starts it again where it dies."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import weval
from weval.engine.feed import BEAT_S
from weval.engine.work import Desk

TASK, BLOCK, WORD, ANSWERS = "task", "block", "word", "answers"
"""The columns of what goes in, a task's number, and out: a block's, what became of it, and answers, pickled as Ray does
it itself.
"""


class Worker:
    """Answers blocks of a feed, one for each task; a class for `map_batches`, with a task in each batch."""

    def __init__(self, desk: Desk, feed: Any) -> None:  # noqa: ANN401 - a handle of Ray's
        self._desk, self._feed = desk, feed

    def __call__(self, batch: Any) -> Any:  # noqa: ANN401 - tables of pyarrow
        """The answers to a block: to all that it asks, or a fault after some of them."""
        import pyarrow
        import ray

        task = batch.column(TASK)[0].as_py()
        word, block, content = ray.get(self._feed.take.remote(task))
        with self._alive(task):
            found = self._desk.answers(ray.get(content[0])) if content else ([], None)
        answers = pyarrow.array([pickle.dumps(found)], pyarrow.large_binary())
        return pyarrow.table({BLOCK: [block], WORD: [word], ANSWERS: answers})

    @contextmanager
    def _alive(self, task: int) -> Iterator[None]:
        """Gives signs of life meanwhile."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(BEAT_S):
                self._feed.beat.remote(task)

        threading.Thread(target=beat, daemon=True).start()
        try:
            yield
        finally:
            done.set()


class Scout:
    """The first worker: what the model is, and how far it can be trusted, before a pool of them begins."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def version(self) -> str:
        """Of weval, as it is installed there."""
        return weval.__version__

    def about(self) -> bytes:
        """The model's fingerprint, or a fault."""
        return pickle.dumps(self._desk.about())

    def certify(self) -> bytes:
        """Its certificate, or a fault."""
        return pickle.dumps(self._desk.certify())
