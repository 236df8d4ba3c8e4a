"""How fast a model may be asked: what its API says of its limits holds for all requests, not for one."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from weval.randomness import generator
from weval.remote.posting import retry_after_s
from weval.remote.retrying import Transient

LONGEST_HINT_S = 120.0
"""An answer that says to come back later than this is not obeyed: a refusal will say so again, if it is so."""

FIRST_REST_S = 0.1
LONGEST_REST_S = 30.0
LONGEST_SPREAD_S = 1.0

_LIMITS = ("requests", "tokens", "input-tokens", "output-tokens")
_UNITS_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|d|h|m|s)", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)


class Pace:
    """When requests of one model may be sent. Without a word of its API: at once.

    `longest_s` is how long a wait may be that all requests are held for; who asks for more speaks to one request only.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._until = 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        """Reads what an answer says of the limits: where nothing is left, all wait until there is something again."""
        hints = [hint for hint in hints_s(headers, datetime.now(UTC)) if hint <= LONGEST_HINT_S]
        self.hold(max(hints, default=0.0))

    def hold(self, wait_s: float) -> None:
        """Lets no request begin for so long, unless that is longer than any may wait."""
        if 0 < wait_s <= self._longest_s:
            self._until = max(self._until, time.monotonic() + wait_s)

    async def turn(self, deadline: float, key: str) -> None:
        """Returns when a request may be sent; those who waited come back one after another, in an order by `key`.

        Raises Transient, with the wait, where that is after `deadline` (seconds of the monotonic clock).
        """
        while (now := time.monotonic()) < self._until:
            wait_s = self._until - now
            if self._until >= deadline:
                raise Transient("its rate limit is used up", wait_s)
            spread_s = min(LONGEST_SPREAD_S, wait_s / 4, deadline - self._until)
            await asyncio.sleep(wait_s + spread_s * float(generator(0, key, "pace").uniform()))


def rest_s(n: int) -> float:
    """The least wait after the nth time in a row that a request was asked to wait, whatever was asked for."""
    return min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(n - 1, 16))


def asked_wait_s(headers: Mapping[str, str]) -> float:
    """The seconds that `retry-after-ms` or `retry-after` ask to wait; 0 where they say nothing that can be meant.

    >>> asked_wait_s({"retry-after-ms": "1500"})
    1.5
    """
    exact = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(exact):
        return float(exact) / 1000
    return retry_after_s(headers.get("retry-after"), datetime.now(UTC))


def hints_s(headers: Mapping[str, str], now: datetime) -> list[float]:
    """The seconds until each limit that is used up is renewed, by OpenAI's headers and Anthropic's.

    >>> hints_s({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, datetime.now(UTC))
    [360.0]
    """
    found = list[float]()
    for limit in _LIMITS:
        for left, reset in (
            (f"x-ratelimit-remaining-{limit}", f"x-ratelimit-reset-{limit}"),
            (f"anthropic-ratelimit-{limit}-remaining", f"anthropic-ratelimit-{limit}-reset"),
        ):
            if _is_zero(headers.get(left)) and (wait_s := reset_s(headers.get(reset, ""), now)):
                found.append(wait_s)
    return found


def reset_s(text: str, now: datetime) -> float:
    """Seconds until a limit is renewed, said as `1s`, `6m0s`, `20ms`, `1.5`, or as a date of RFC 3339; 0 for others."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if parts := _PART.findall(text):
        return sum(float(n) * _UNITS_S[unit] for n, unit in parts) if _PART.sub("", text) == "" else 0.0
    try:
        until = datetime.fromisoformat(text)
        seconds = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def _is_zero(left: str | None) -> bool:
    return left is not None and _NUMBER.fullmatch(left.strip()) is not None and float(left) == 0
