"""The one retry: faults that may pass are tried again, bounded in attempts and in time. It knows no protocol."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from weval.errors import AdapterError
from weval.randomness import generator

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0

T = TypeVar("T")


class Transient(Exception):
    """A fault that may pass by itself. `wait_s` is how long the other side asks to be left alone."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Unreachable(Transient):
    """No connection could be made."""


class GaveUp(Exception):
    """A request whose fault did not pass: the last fault, and what was tried."""

    def __init__(self, fault: Transient, tried: str) -> None:
        super().__init__(f"{fault} ({tried})")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request is tried: `timeout_s` is for an attempt, `give_up_after_s` for all of them with waiting."""

    attempts: int
    timeout_s: float
    give_up_after_s: float


async def retried(attempt: Callable[[], Awaitable[T]], patience: Patience, key: str) -> T:
    """What the first attempt gives that meets no Transient fault. Raises GaveUp; other exceptions pass at once.

    The wait between attempts doubles; a half to the whole of it is waited, drawn by `key`, so that requests which
    failed together do not come back together. To that comes the wait that the other side asks for.
    """
    random = generator(0, key, "retry")
    began = time.monotonic()
    for n in range(1, patience.attempts + 1):
        limit_s = min(patience.timeout_s, patience.give_up_after_s - (time.monotonic() - began))
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await attempt()
        except Transient as error:
            fault = error
        except TimeoutError:
            if not limit.expired():
                raise
            fault = Transient(f"no answer in {limit_s:.3g} s")
        wait_s = fault.wait_s + _backoff(n, random)
        if n == patience.attempts or time.monotonic() - began + wait_s >= patience.give_up_after_s:
            break
        await asyncio.sleep(wait_s)
    raise GaveUp(fault, _tried(n, time.monotonic() - began, fault.wait_s))


def _backoff(n: int, random: np.random.Generator) -> float:
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(n - 1, 16))
    return longest * float(random.uniform(0.5, 1.0))


def _tried(n: int, spent_s: float, asked_s: float) -> str:
    asked = f"; was asked to wait {math.ceil(asked_s):,} s more" if asked_s else ""
    return f"given up after {n} attempt{'s' if n > 1 else ''} in {spent_s:.1f} s{asked}"


class Outage:
    """Tells a fault of one request from the end of the server: too many in a row, or nobody there from the start."""

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit
        self.in_a_row = 0
        self.answered_once = False

    def answered(self) -> None:
        """The other side answered, whatever it said."""
        self.in_a_row = 0
        self.answered_once = True

    def gave_up(self, gone: GaveUp) -> None:
        """A request was given up. Raises AdapterError where going on makes no sense."""
        self.in_a_row += 1
        if isinstance(gone.fault, Unreachable) and not self.answered_once:
            raise AdapterError(f"{self.name} cannot be reached: {gone}. Is the server running?")
        if self.in_a_row >= self.limit:
            raise AdapterError(
                f"{self.name} has answered none of the last {self.limit} requests: {gone}. What was answered is kept; "
                "the same command continues"
            )
