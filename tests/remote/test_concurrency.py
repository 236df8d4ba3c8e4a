"""Requests on their way at once: bounded, lazily drawn, and ended at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from weval.remote.concurrency import answers


class Work:
    """Coroutines that wait a little, and what was seen of them."""

    def __init__(self, seconds: float = 0.002) -> None:
        self.seconds = seconds
        self.drawn = self.inside = self.most = self.cancelled = self.ended = 0

    def requests(self, n: int) -> Iterator[int]:
        for number in range(n):
            self.drawn += 1
            yield number

    async def ask(self, number: int) -> int:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(self.seconds * (1 + number % 3))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.inside -= 1
        if number == 13:
            raise LookupError("13")
        return number

    async def end(self) -> None:
        assert self.inside == 0
        self.ended += 1


def no_threads_left() -> bool:
    return not any(thread.name == "weval-requests" for thread in threading.enumerate())


@pytest.mark.parametrize("n_at_once", [1, 2, 8, 100])
def test_every_request_is_answered_once(n_at_once: int) -> None:
    work = Work()
    numbers = [number for number in range(50) if number != 13]
    found = list(answers(work.ask, iter(numbers), n_at_once=n_at_once, at_end=work.end))
    assert sorted(found) == numbers
    # On a busy machine the first of many may be answered before the last has begun.
    assert min(n_at_once, 40) <= work.most <= min(n_at_once, 49)
    assert work.ended == 1
    assert no_threads_left()


def test_nothing_is_asked_of_no_requests() -> None:
    work = Work()
    assert list(answers(work.ask, [], n_at_once=4, at_end=work.end)) == []
    assert work.ended == 1


def test_requests_are_drawn_when_there_is_room() -> None:
    work = Work()
    found = answers(work.ask, work.requests(1000), n_at_once=4, at_end=work.end)
    assert work.drawn == 0
    for n_taken in range(1, 9):
        next(found)
        assert work.drawn <= n_taken + 4
    found.close()
    assert work.ended == 1
    assert no_threads_left()


def test_answers_come_as_they_are_ready() -> None:
    async def ask(number: int) -> int:
        await asyncio.sleep(0.2 if number == 0 else 0)
        return number

    assert list(answers(ask, range(6), n_at_once=2, at_end=Work().end))[-1] == 0


def test_an_exception_comes_after_the_answers_and_ends_the_rest() -> None:
    work = Work()
    found = []
    with pytest.raises(LookupError, match="13"):
        for number in answers(work.ask, work.requests(1000), n_at_once=4, at_end=work.end):
            found.append(number)
    assert len(found) >= 10
    assert work.drawn < 25
    assert work.inside == 0
    assert work.ended == 1
    assert no_threads_left()


def test_an_exception_of_the_requests_themselves() -> None:
    def requests() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    work = Work(seconds=10)
    with pytest.raises(LookupError, match="no more"):
        list(answers(work.ask, requests(), n_at_once=4, at_end=work.end))
    assert work.cancelled <= 1
    assert no_threads_left()


def test_closing_cancels_what_is_on_its_way() -> None:
    work = Work(seconds=0.01)
    found = answers(work.ask, work.requests(1000), n_at_once=8, at_end=work.end)
    next(found)
    work.seconds = 30
    next(found)
    began = time.monotonic()
    found.close()
    assert time.monotonic() - began < 20
    assert work.cancelled > 0
    assert no_threads_left()


def test_ctrl_c_ends_at_once() -> None:
    work = Work(seconds=30)
    timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT])
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(answers(work.ask, work.requests(100), n_at_once=8, at_end=work.end))
    assert time.monotonic() - began < 20
    assert work.cancelled == 8
    assert work.ended == 1
    assert no_threads_left()


def test_within_a_running_event_loop() -> None:
    """As in a notebook."""
    work = Work()

    async def cell() -> list[int]:
        return list(answers(work.ask, range(5), n_at_once=2, at_end=work.end))

    assert sorted(asyncio.run(cell())) == [0, 1, 2, 3, 4]


ABANDONED = """
import asyncio, time
from weval.remote.concurrency import answers
async def ask(seconds): await asyncio.sleep(seconds)
async def end(): pass
found = answers(ask, iter([0] + [60] * 9), n_at_once=4, at_end=end)
next(found)
"""


@pytest.mark.parametrize("last", ["", "raise SystemExit", "raise KeyboardInterrupt"])
def test_a_program_that_ends_in_the_middle_does_not_wait(last: str) -> None:
    ran = subprocess.run([sys.executable, "-c", ABANDONED + last], capture_output=True, text=True, timeout=20)
    assert "Exception ignored" not in ran.stderr
    assert bool(ran.stderr) == ("Keyboard" in last)


def test_no_thread_is_left_where_the_end_fails() -> None:
    work = Work()

    async def end() -> None:
        raise LookupError("the end")

    with pytest.raises(LookupError, match="the end"):
        list(answers(work.ask, range(3), n_at_once=2, at_end=end))
    assert no_threads_left()
