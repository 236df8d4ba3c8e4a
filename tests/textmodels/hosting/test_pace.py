"""What an API says of its limits: read with suspicion, and obeyed by all requests of a model."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from weval.remote.retrying import Transient
from weval.textmodels.hosting.pace import LONGEST_HINT_S, LONGEST_REST_S, Pace, asked_wait_s, hints_s, reset_s, rest_s

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1s", 1), ("6m0s", 360), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("2d", 172800), ("1.5", 1.5), (" 7 ", 7),
        ("2026-11-25T12:00:30Z", 30), ("2026-11-25T12:00:30+00:00", 30), ("2026-11-25T11:00:00Z", 0),
        ("", 0), ("-5", 0), ("-5s", 0), ("nan", 0), ("NaNs", 0), ("inf", 0), ("1e9", 0), ("1s!", 0), ("s", 0),
        ("99999999999999999999s", 0), ("0001-01-01T00:00:00Z", 0), ("٣s", 0), ("soon", 0),
    ],
)  # fmt: skip
def test_when_a_limit_is_renewed(said: str, seconds: float) -> None:
    assert reset_s(said, NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "-9"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after-ms": "-1"}, 0),
        ({}, 0),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait_s(headers) == pytest.approx(seconds)


def test_only_what_is_used_up_is_waited_for() -> None:
    later = (NOW + timedelta(seconds=8)).isoformat()
    headers = {
        "x-ratelimit-remaining-requests": "3",
        "x-ratelimit-reset-requests": "60s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "2s",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": later,
        "anthropic-ratelimit-requests-remaining": "-1",
        "anthropic-ratelimit-requests-reset": later,
    }
    assert sorted(hints_s(headers, NOW)) == [2, 8]
    assert hints_s({"x-ratelimit-remaining-requests": "0"}, NOW) == []


def waited(pace: Pace, n: int = 1, within_s: float = 10) -> list[float]:
    """Seconds until each of several requests may begin."""

    async def turn(key: str) -> float:
        await pace.turn(began + within_s, key)
        return time.monotonic() - began

    async def all_turns() -> list[float]:
        return await asyncio.gather(*(turn(str(number)) for number in range(n)))

    began = time.monotonic()
    return asyncio.run(all_turns())


def test_nobody_waits_without_a_word() -> None:
    pace = Pace(900)
    pace.note({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "60s"})
    assert max(waited(pace, 10)) < 5


def test_all_wait_and_do_not_come_back_together() -> None:
    pace = Pace(900)
    pace.note({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200ms"})
    found = waited(pace, 20)
    assert min(found) >= 0.19
    assert max(found) < 5
    assert max(found) - min(found) > 0.01


def test_a_wait_beyond_the_deadline_is_refused_at_once() -> None:
    pace = Pace(900)
    pace.hold(60)
    began = time.monotonic()
    with pytest.raises(Transient, match="rate limit") as caught:
        waited(pace, within_s=5)
    assert time.monotonic() - began < 4
    assert 55 < caught.value.wait_s <= 60


@pytest.mark.parametrize("wait_s", [0, -5, float("nan"), float("inf"), 901, 31_536_000])
def test_an_absurd_wait_holds_nobody(wait_s: float) -> None:
    pace = Pace(900)
    pace.hold(wait_s)
    assert waited(pace)[0] < 5


def test_a_hint_of_hours_is_not_obeyed() -> None:
    pace = Pace(900)
    pace.note({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": f"{LONGEST_HINT_S + 1}s"})
    assert waited(pace)[0] < 5


def test_rests_grow_and_end_growing() -> None:
    found = [rest_s(n) for n in range(1, 100)]
    assert found == sorted(found)
    assert found[0] < 0.2
    assert found[-1] == LONGEST_REST_S
