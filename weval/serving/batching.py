"""Requests of many clients, collected and scored together by one thread; what one of them spoils is its own."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from weval.errors import WevalError
from weval.files import one_line
from weval.serving.options import ServeOptions
from weval.types import Adapter, Request, Score

MAX_SAID_CHARS = 300

_log = logging.getLogger(__name__)


class Full(Exception):
    """No room for more requests. `wait_s` is about how long it takes until there is."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("too many requests are waiting")
        self.wait_s = wait_s


class TooMany(Exception):
    """More requests at once than may ever wait."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request in the queue, since when, and where its score is awaited."""

    request: Request
    since: float
    future: Future[Score]


@dataclass(slots=True)
class Tally:
    """What has been done so far: calls of the model, requests by what became of them, and seconds of work."""

    n_batches: int = 0
    n_ok: int = 0
    n_missing: int = 0
    seconds: float = 0.0


class Batcher:
    """Scores what is submitted from any thread, in batches, in one thread of its own.

    A batch is what waits when the model is free: up to `max_batch` requests, or those that came within `max_wait_ms`
    of the first. Scores are handed over as the model gives them. To be started once and closed once.
    """

    def __init__(self, adapter: Adapter, options: ServeOptions) -> None:
        self._adapter, self._options = adapter, options
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self.tally = Tally()
        # A daemon: a program that ends in the middle does not wait for a model.
        self._thread = threading.Thread(target=self._work, name="weval-scoring", daemon=True)

    def start(self) -> None:
        """From here on, what is submitted is scored."""
        self._thread.start()

    def close(self, wait_s: float) -> None:
        """Ends when what is in work is done, or after `wait_s` seconds; what still waits is cancelled."""
        with self._changed:
            self._closing = True
            left, self._queue = self._queue, deque()
            self._changed.notify_all()
        for waiting in left:
            waiting.future.cancel()
        self._thread.join(wait_s)

    @property
    def n_waiting(self) -> int:
        """How many requests wait; those in work are not among them."""
        return len(self._queue)

    def submit(self, requests: Sequence[Request]) -> list[Future[Score]]:
        """Where the scores of the requests will be, in order; one that is cancelled in time is not computed.

        All of them are taken, or none. Raises Full where there is no room, TooMany where there never will be.
        """
        now = time.monotonic()
        added = [_Waiting(request, now, Future()) for request in requests]
        if len(added) > self._options.max_queue:
            raise TooMany
        with self._changed:
            if self._closing or len(self._queue) + len(added) > self._options.max_queue:
                raise Full(self._wait_s(len(added)))
            self._queue.extend(added)
            self._changed.notify_all()
        return [waiting.future for waiting in added]

    def _wait_s(self, n_more: int) -> int:
        """Whole seconds until so many more have room, by how fast it went so far; from 1 to 30."""
        done = self.tally.n_ok + self.tally.n_missing
        each_s = self.tally.seconds / done if done else 0.0
        beyond = len(self._queue) + n_more - self._options.max_queue
        return min(30, max(1, math.ceil(each_s * beyond)))

    def _work(self) -> None:
        while (batch := self._next()) is not None:
            wanted = [waiting for waiting in batch if waiting.future.set_running_or_notify_cancel()]
            if not wanted:
                continue
            self.tally.n_batches += 1
            began = time.perf_counter()
            for number, score in scored(self._adapter, _apart(waiting.request for waiting in wanted)):
                waiting = wanted[number]
                self.tally.n_ok += score.status == "ok"
                self.tally.n_missing += score.status != "ok"
                waiting.future.set_result(replace(score, request_id=waiting.request.id))
            self.tally.seconds += time.perf_counter() - began

    def _next(self) -> list[_Waiting] | None:
        """The next batch, once there is one; None at the end."""
        with self._changed:
            while not self._queue:
                if self._closing:
                    return None
                self._changed.wait()
            until = self._queue[0].since + self._options.max_wait_ms / 1000
            while len(self._queue) < self._options.max_batch and not self._closing:
                left_s = until - time.monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            n = min(len(self._queue), self._options.max_batch)
            return [self._queue.popleft() for _ in range(n)]


def _apart(requests: Iterator[Request]) -> list[Request]:
    """The requests under ids that are all different: two clients may well use the same."""
    found: dict[str, Request] = {}
    for number, request in enumerate(requests):
        name = request.id
        while name in found:
            name = f"{name}~{number}"
        found[name] = request if name == request.id else replace(request, id=name)
    return list(found.values())


def scored(adapter: Adapter, requests: Sequence[Request]) -> Iterator[tuple[int, Score]]:
    """One score per request, with its place, as they come; ids are all different.

    Where the model breaks, what it had not answered is asked again in halves, and in the end one by one: a text that it
    breaks on is failed, and its neighbours have their scores.
    """
    parts = [list(range(len(requests)))]
    while parts:
        places = parts.pop()
        left = {requests[place].id: place for place in places}
        fault = None
        try:
            for score in adapter.score([requests[place] for place in places]):
                place = left.pop(score.request_id, None)
                if place is not None:
                    yield place, _of_one(score, requests[place])
        except (Exception, SystemExit) as error:  # noqa: BLE001 - of any model's code: the server stays, and says it
            fault = _told(error)
        remaining = list(left.values())
        if fault is None or len(places) == 1:
            for place in remaining:
                yield place, Score.missing(requests[place], "failed", fault or "the model gave no answer to this")
        else:
            half = (len(remaining) + 1) // 2
            parts += [part for part in (remaining[half:], remaining[:half]) if part]


def _of_one(score: Score, request: Request) -> Score:
    """The score of one response; a failed one where the model gave more than one value."""
    if len(score.values) <= 1:
        return score
    return Score.missing(request, "failed", f"the model gave {len(score.values)} values for one response")


def _told(error: BaseException) -> str:
    """What broke, in one line; what is no error of ours is logged whole."""
    if isinstance(error, WevalError):
        return one_line(str(error), MAX_SAID_CHARS)
    _log.error("the model broke on a request", exc_info=error)
    return one_line(f"the model broke: {type(error).__name__}: {' '.join(str(error).split())}", MAX_SAID_CHARS)
