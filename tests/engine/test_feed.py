from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from weval.engine.feed import DEATHS, Feed


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_a_block_is_given_once() -> None:
    async def story() -> None:
        feed = Feed()
        await feed.put(0, ["a"])
        await feed.put(1, ["b"])
        assert await feed.take(7) == ("ask", 0, ["a"])
        assert await feed.take(8) == ("ask", 1, ["b"])

    run(story())


def test_who_comes_early_waits() -> None:
    async def story() -> None:
        feed = Feed()
        waiting = asyncio.create_task(feed.take(0))
        await asyncio.sleep(0)
        assert not waiting.done()
        await feed.put(3, ["late"])
        assert await waiting == ("ask", 3, ["late"])

    run(story())


def test_the_same_task_again_died_with_its_block() -> None:
    async def story() -> None:
        feed = Feed()
        await feed.put(0, ["poison"])
        said = [(await feed.take(5))[0] for _ in range(DEATHS + 2)]
        assert said == ["ask", *["again"] * (DEATHS - 1), "lost", "lost"]

    run(story())


def test_what_a_dead_worker_had_answered_is_not_asked_again() -> None:
    async def story() -> None:
        feed = Feed()
        await feed.put(0, ["a"])
        await feed.take(5)
        await feed.drop(0)
        await feed.put(1, ["b"])
        assert await feed.take(5) == ("ask", 1, ["b"])

    run(story())


def test_a_silent_worker_is_taken_for_dead_and_one_that_beats_is_not() -> None:
    async def story() -> None:
        feed = Feed(silent_s=0.1)
        await feed.put(0, ["silent"])
        await feed.put(1, ["slow"])
        await feed.take(0)
        await feed.take(1)
        other = asyncio.create_task(feed.take(2))
        while not other.done():
            await feed.beat(1)
            await asyncio.sleep(0.01)
        assert other.result() == ("again", 0, ["silent"])

    run(story())


def test_the_end_is_told_to_all_who_wait() -> None:
    async def story() -> None:
        feed = Feed()
        waiting = [asyncio.create_task(feed.take(task)) for task in range(3)]
        await asyncio.sleep(0)
        await feed.end()
        assert {(await one)[0] for one in waiting} == {"end"}

    run(story())
