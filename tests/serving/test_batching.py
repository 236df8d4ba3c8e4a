"""Requests become batches, faults stay where they are, and nothing that was taken is left unanswered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from tests.serving.scorers import Counting, asking
from weval.errors import AdapterError
from weval.serving.batching import Batcher, Full, TooMany, scored
from weval.serving.options import ServeOptions
from weval.types import Request, Score


@contextmanager
def batching(adapter: Counting, **said: float) -> Iterator[Batcher]:
    found = Batcher(adapter, ServeOptions.model_validate({"max_wait_ms": 50, **said}, strict=False))
    found.start()
    try:
        yield found
    finally:
        adapter.gate.set()
        found.close(10)


def values(futures: list[Future[Score]]) -> list[tuple[float, ...]]:
    return [future.result(10).values for future in futures]


def test_requests_of_many_threads_are_scored_in_one_call() -> None:
    adapter, found = Counting(), dict[int, list[tuple[float, ...]]]()
    with batching(adapter, max_wait_ms=400, max_batch=8) as batcher:

        def ask(n: int) -> None:
            found[n] = values(batcher.submit(asking("x" * n)))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(adapter.batches) == 1
    assert found == {n: [(float(n),)] for n in range(1, 9)}  # all under the same id, each with its own score
    assert (batcher.tally.n_batches, batcher.tally.n_ok, batcher.tally.n_missing) == (1, 8, 0)


def test_what_came_meanwhile_is_the_next_batch_and_does_not_wait_again() -> None:
    adapter = Counting()
    with batching(adapter, max_wait_ms=0, max_batch=4) as batcher:
        adapter.gate.clear()
        first = batcher.submit(asking("a"))
        assert adapter.entered.wait(10)
        others = [batcher.submit(asking(text)) for text in "bcdefg"]
        assert batcher.n_waiting == 6
        adapter.gate.set()
        assert values(first) == [(1.0,)]
        assert [values(futures) for futures in others] == [[(1.0,)]] * 6
    assert adapter.batches == [["a"], ["b", "c", "d", "e"], ["f", "g"]]


def test_a_lonely_request_waits_no_longer_than_it_must() -> None:
    with batching(Counting(), max_wait_ms=100) as batcher:
        began = time.monotonic()
        values(batcher.submit(asking("a")))
        assert 0.1 <= time.monotonic() - began < 10


def test_ids_come_back_as_they_were_given() -> None:
    with batching(Counting()) as batcher:
        futures = batcher.submit([*asking("a", "bb"), *asking("ccc"), *asking("d", name="r0~2")])
        assert [(future.result(10).request_id, future.result().values) for future in futures] == [
            ("r0", (1.0,)),
            ("r1", (2.0,)),
            ("r0", (3.0,)),
            ("r0~20", (1.0,)),
        ]


def test_a_text_that_breaks_the_model_does_not_fail_its_neighbours() -> None:
    adapter = Counting()
    texts = [f"text {n}" for n in range(16)]
    texts[5], texts[6], texts[11], texts[12] = "broken 5", "silent", "broken 11", "long"
    with batching(adapter) as batcher:
        scores = [future.result(10) for future in batcher.submit(asking(*texts))]
    for text, score in zip(texts, scores, strict=True):
        said = {"broken": "failed", "silent": "failed", "long": "truncated"}.get(text.split()[0], "ok")
        assert (text, score.status) == (text, said)
    assert scores[5].reason == "the model broke: ValueError: cannot read broken 5 at all"
    assert scores[6].reason == "the model gave no answer to this"
    assert scores[12].reason == "9 tokens, and the model reads 8"
    asked = [text for batch in adapter.batches for text in batch]
    assert asked.count("text 0") == 1  # what was answered before the fault is not computed again
    assert adapter.batches.count(["broken 5"]) == 1
    assert batcher.tally.n_missing == 4


def foreign(request: Request) -> Score:
    return Score("nobody", "ok", (1.0,))


def leaving(request: Request) -> Score:
    raise SystemExit(3)


def ours(request: Request) -> Score:
    raise AdapterError("its numbers overflow")


@pytest.mark.parametrize(
    ("give", "reason"),
    [
        (lambda request: Score.ok(request, 1.0, 2.0), "the model gave 2 values for one response"),
        (foreign, "the model gave no answer to this"),
        (leaving, "the model broke: SystemExit: 3"),
        (ours, "its numbers overflow"),
        (lambda request: None, "the model broke: AttributeError: 'NoneType' object has no attribute 'request_id'"),
        (lambda request: Score.ok(request, float("nan")), "the model gave nan as a score; only finite numbers rank"),
    ],
)
def test_what_no_model_should_give_is_failed(give: Callable[[Request], Score], reason: str) -> None:
    class Odd(Counting):
        def score(self, requests: object) -> Iterator[Score]:
            assert isinstance(requests, list)
            return (give(request) for request in requests)

    ((place, score),) = scored(Odd(), asking("a"))
    assert (place, score.status) == (0, "failed")
    assert score.reason
    assert score.reason.startswith(reason)


def test_the_queue_is_bounded() -> None:
    adapter = Counting()
    with batching(adapter, max_wait_ms=0, max_queue=3) as batcher:
        adapter.gate.clear()
        first = batcher.submit(asking("a"))
        assert adapter.entered.wait(10)
        second = batcher.submit(asking("b", "c"))
        with pytest.raises(Full) as full:
            batcher.submit(asking("d", "e"))
        assert 1 <= full.value.wait_s <= 30
        with pytest.raises(TooMany):
            batcher.submit(asking("d", "e", "f", "g"))
        third = batcher.submit(asking("d"))  # for which there is room
        adapter.gate.set()
        assert [len(values(futures)) for futures in (first, second, third)] == [1, 2, 1]
    assert "e" not in str(adapter.batches)


def test_what_nobody_waits_for_is_not_computed() -> None:
    adapter = Counting()
    with batching(adapter, max_wait_ms=0) as batcher:
        adapter.gate.clear()
        first = batcher.submit(asking("a"))
        assert adapter.entered.wait(10)
        (gone,) = batcher.submit(asking("gone"))
        kept = batcher.submit(asking("kept"))
        assert gone.cancel()
        adapter.gate.set()
        values(first + kept)
    assert adapter.batches == [["a"], ["kept"]]


def test_at_the_end_what_is_in_work_is_finished_and_the_rest_cancelled() -> None:
    adapter = Counting()
    with batching(adapter, max_wait_ms=0) as batcher:
        adapter.gate.clear()
        first = batcher.submit(asking("a"))
        assert adapter.entered.wait(10)
        (second,) = batcher.submit(asking("b"))
        threading.Timer(0.1, adapter.gate.set).start()
        batcher.close(10)
        assert values(first) == [(1.0,)]
        assert second.cancelled()
        with pytest.raises(Full):
            batcher.submit(asking("c"))
    assert not any(thread.name == "weval-scoring" for thread in threading.enumerate())
