"""Several requests on their way at once, in an event loop that has a thread of its own: no caller needs to be async.

An event loop, because its requests can be ended at any moment; a thread that waits for a server cannot.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from typing import Any, TypeVar

ENDING_S = 5.0
"""How long the end of all requests may take, before the thread is left to end with the program."""

A = TypeVar("A")
T = TypeVar("T")


def answers(
    ask: Callable[[A], Coroutine[Any, Any, T]],
    requests: Iterable[A],
    *,
    n_at_once: int,
    at_end: Callable[[], Awaitable[None]],
) -> Iterator[T]:
    """What `ask` gives for each request, as it comes. Requests are drawn when there is room for them, never before.

    An exception of `ask` is raised after the answers that came with it. When this ends, whether by that, by Ctrl-C or
    because nobody wants more, requests on their way are cancelled, `at_end` is awaited, and no thread is left.
    """
    with _running_loop(at_end) as loop:
        under_way: set[Future[T]] = set()
        try:
            for request in requests:
                under_way.add(asyncio.run_coroutine_threadsafe(ask(request), loop))
                if len(under_way) >= n_at_once:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from _results(done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from _results(done)
        finally:
            for future in under_way:
                future.cancel()


def _results(done: Iterable[Future[T]]) -> Iterator[T]:
    for future in sorted(done, key=lambda future: future.exception() is not None):
        yield future.result()


@contextmanager
def _running_loop(at_end: Callable[[], Awaitable[None]]) -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    # A daemon, so that a program that ends in the middle does not wait for it.
    thread = threading.Thread(target=loop.run_forever, name="weval-requests", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        if not sys.is_finalizing():  # then the thread has stopped already, wherever it was
            try:
                with contextlib.suppress(TimeoutError):
                    asyncio.run_coroutine_threadsafe(_end(at_end), loop).result(ENDING_S)
            finally:  # whatever the end came to
                loop.call_soon_threadsafe(loop.stop)
                thread.join(ENDING_S)
                if not loop.is_running():
                    loop.close()


async def _end(at_end: Callable[[], Awaitable[None]]) -> None:
    """Waits until all that was cancelled has ended, and does what is to be done last.

    What requests have started within the loop is theirs to cancel: from outside that would be too early for some.
    """
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    await at_end()
