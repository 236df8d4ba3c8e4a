"""The one retry: what is tried again, how often, and how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from weval.errors import AdapterError
from weval.remote import retrying
from weval.remote.retrying import GaveUp, Outage, Patience, Transient, Unreachable, retried


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The waits between attempts, which take no time here."""
    waited: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await real(0)

    monkeypatch.setattr(retrying.asyncio, "sleep", sleep)
    yield waited


def tried(*faults: Exception | None, patience: Patience | None = None, key: str = "k") -> str:
    """The outcome of attempts that meet these faults in turn."""
    left = list(faults)

    async def attempt() -> str:
        fault = left.pop(0) if left else None
        if fault:
            raise fault
        return f"after {len(faults) - len(left)}"

    return asyncio.run(retried(attempt, patience or Patience(5, 60, 300), key))


def test_what_works_is_not_tried_again(waits: list[float]) -> None:
    assert tried(None) == "after 1"
    assert waits == []


def test_faults_that_pass(waits: list[float]) -> None:
    assert tried(*[Transient("busy")] * 4, None) == "after 5"
    assert [0.5 * 2**n / 2 <= wait <= 0.5 * 2**n for n, wait in enumerate(waits)] == [True] * 4


def test_faults_that_do_not_pass(waits: list[float]) -> None:
    with pytest.raises(GaveUp, match=r"^busy \(given up after 5 attempts in 0\.0 s\)$") as caught:
        tried(*[Transient("early")] * 4, Transient("busy"))
    assert str(caught.value.fault) == "busy"
    assert len(waits) == 4
    with pytest.raises(GaveUp, match=r"given up after 1 attempt in"):
        tried(Transient("busy"), patience=Patience(1, 60, 300))


@pytest.mark.parametrize("error", [ValueError("x"), AdapterError("x"), TimeoutError("another's"), KeyError("x")])
def test_other_exceptions_pass_at_once(error: Exception, waits: list[float]) -> None:
    with pytest.raises(type(error)) as caught:
        tried(error, None)
    assert caught.value is error
    assert waits == []


def test_the_wait_asked_for_is_kept(waits: list[float]) -> None:
    assert tried(Transient("busy", 7), Transient("busy", 20), None) == "after 3"
    assert 7 < waits[0] <= 7.5
    assert 20 < waits[1] <= 21


def test_a_wait_longer_than_the_patience_is_not_begun(waits: list[float]) -> None:
    with pytest.raises(GaveUp, match=r"^HTTP 429 \(given up after 1 attempt in 0\.0 s; was asked to wait 3,600 s more"):
        tried(Transient("HTTP 429", 3600), None)
    assert waits == []


def test_waits_are_drawn_by_key(waits: list[float]) -> None:
    def waited(key: str) -> tuple[float, ...]:
        waits.clear()
        tried(*[Transient("busy")] * 3, None, key=key)
        return tuple(waits)

    assert waited("a") == waited("a")
    assert len({waited(key) for key in "abcdefgh"}) == 8


def test_waits_do_not_grow_for_ever(waits: list[float]) -> None:
    tried(*[Transient("busy")] * 60, None, patience=Patience(100, 60, 1e5))
    assert max(waits) <= retrying.LONGEST_WAIT_S


def hanging() -> Callable[[], asyncio.Future[None]]:
    return lambda: asyncio.get_running_loop().create_future()


def test_an_attempt_that_hangs_is_a_fault() -> None:
    began = time.monotonic()
    with pytest.raises(GaveUp, match=r"^no answer in 0\.05 s \(given up after 2 attempts in \d\.\d s\)$"):
        asyncio.run(retried(hanging(), Patience(2, 0.05, 300), "k"))
    assert time.monotonic() - began < 10


def test_all_attempts_together_are_bounded_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)
    began = time.monotonic()
    with pytest.raises(GaveUp, match="no answer in"):
        asyncio.run(retried(hanging(), Patience(100, 0.1, 0.3), "k"))
    assert time.monotonic() - began < 8  # of 10 and more


# --- the end of a server


def lost(fault: Transient) -> GaveUp:
    return GaveUp(fault, "given up after 5 attempts")


def test_nobody_there_from_the_start() -> None:
    with pytest.raises(AdapterError, match=r"^http://x cannot be reached: refused \(given up .* Is the server running"):
        Outage("http://x", 48).gave_up(lost(Unreachable("refused")))


def test_too_many_in_a_row() -> None:
    outage = Outage("http://x", 3)
    outage.gave_up(lost(Transient("HTTP 503")))
    outage.answered()
    outage.gave_up(lost(Unreachable("refused")))
    outage.gave_up(lost(Transient("HTTP 503")))
    with pytest.raises(AdapterError, match=r"none of the last 3 requests: refused .* the same command continues"):
        outage.gave_up(lost(Unreachable("refused")))
