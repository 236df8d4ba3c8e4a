"""What workers are to answer, in blocks: put here by the driver, taken by whichever worker is free.

It lives in a process of its own and outlives workers. Who has a block gives a sign of life now and then: a block whose
worker died, or has fallen silent with its machine, goes to another. After a few deaths it is given up, so that a
request which ends every worker does not end all of them for ever.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import Any, Literal

Word = Literal["ask", "again", "lost", "end"]
"""What became of a block: it is asked, for the first time or again after a death; it is given up; no more come."""

DEATHS = 3
"""So many workers may die with a block before it is given up."""

BEAT_S, SILENT_S = 5.0, 60.0
"""How often a worker gives a sign of life, and after how long without one it is taken for dead."""


class Feed:
    """Blocks by number. They are references into the cluster's memory: the texts do not pass through here.

    A worker comes with a task, by number. One that comes again with the same task died with what it had.
    """

    def __init__(self, silent_s: float = SILENT_S) -> None:
        self._silent_s = silent_s
        self._open: dict[int, list[Any]] = {}
        self._fresh = deque[int]()
        self._held: dict[int, int] = {}
        self._seen: dict[int, float] = {}
        self._deaths = Counter[int]()
        self._ended = False
        self._changed = asyncio.Condition()

    async def put(self, block: int, content: list[Any]) -> None:
        """A block is there to be taken."""
        async with self._changed:
            self._open[block] = content
            self._fresh.append(block)
            self._changed.notify_all()

    async def take(self, task: int) -> tuple[Word, int, list[Any]]:
        """A block, once there is one, with its number and what is in it."""
        self._bury(task)
        async with self._changed:
            while not (self._ended or self._fresh):
                try:
                    await asyncio.wait_for(self._changed.wait(), min(BEAT_S, self._silent_s))
                except TimeoutError:
                    self._bury_silent()
            if self._ended:
                return "end", -1, []
            block = self._fresh.popleft()
            self._held[task], self._seen[task] = block, time.monotonic()
            if self._deaths[block] >= DEATHS:
                return "lost", block, []
            return ("again" if self._deaths[block] else "ask"), block, self._open[block]

    async def beat(self, task: int) -> None:
        """A worker is alive, and at it."""
        if task in self._held:
            self._seen[task] = time.monotonic()

    async def drop(self, block: int) -> None:
        """A block has been answered, or given up."""
        self._open.pop(block, None)
        for task in [task for task, held in self._held.items() if held == block]:
            del self._held[task], self._seen[task]

    async def end(self) -> None:
        """Nothing more comes: whoever waits may go."""
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _bury(self, task: int) -> None:
        """What a worker had goes to the next one."""
        block = self._held.pop(task, None)
        self._seen.pop(task, None)
        if block in self._open:
            self._deaths[block] += 1
            self._fresh.appendleft(block)

    def _bury_silent(self) -> None:
        for task in [task for task, seen in self._seen.items() if time.monotonic() - seen > self._silent_s]:
            self._bury(task)
