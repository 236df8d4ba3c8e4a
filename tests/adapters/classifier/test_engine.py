from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.adapters.classifier.asking import WIRE, values
from weval.adapters.classifier import Classifier
from weval.adapters.classifier.decoder import Effort
from weval.adapters.classifier.reading import Read
from weval.adapters.classifier.sharing import Batching, Cluster
from weval.errors import AdapterError
from weval.types import Request, Unit

Asked = Callable[[Unit, int], list[Request]]


class Counting:
    """A runner that gives every text its length, and runs out of memory above so many tokens at once."""

    shares = True

    def __init__(self, room: int = 10**9, error: Callable[[], Exception] = torch.OutOfMemoryError) -> None:
        self.room, self.error, self.groups = room, error, list[tuple[int, int]]()

    def first(self, read: Read) -> int:
        return len(read.ids) - 1

    def scores(self, group: Sequence[Cluster], batching: Batching) -> dict[int, float]:
        texts = [text for cluster in group for text in cluster.texts]
        at_once = min(sum(len(text.ids) for text in texts), max(batching.budget, *(len(text.ids) for text in texts)))
        if at_once > self.room:
            raise self.error()
        self.groups.append((max(len(text.ids) for text in texts), len(texts)))
        return {text.key: float(len(text.ids)) for text in texts}

    def efforts(self) -> list[Effort]:
        return []


@pytest.fixture
def engine(rm: Path) -> Any:
    found: Any = Classifier(str(rm), unit="requirement", wire=WIRE, batch_tokens="4000")._engine
    return found


def test_longest_first_so_that_what_does_not_fit_shows_at_once(engine: Any, asked: Asked) -> None:
    engine.runner, engine.sharing = Counting(), False
    values(engine.score(asked("requirement", 3)))
    longest = [length for length, _ in engine.runner.groups]
    assert longest == sorted(longest, reverse=True)


def test_the_same_text_is_computed_once_and_answered_to_all_who_ask(engine: Any, asked: Asked) -> None:
    engine.runner = Counting()
    requests = asked("requirement", 1)
    twins = [Request(f"twin-{r.id}", **{f: getattr(r, f) for f in r.__slots__ if f != "id"}) for r in requests]
    found = values(engine.score([*requests, *twins]))
    assert len(found) == 2 * len(requests)
    assert sum(n for _, n in engine.runner.groups) == len(requests)
    assert all(found[f"twin-{r.id}"] == found[r.id] for r in requests)


@pytest.mark.parametrize(
    "error",
    [
        lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        lambda: RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
    ],
)
@pytest.mark.parametrize("sharing", [True, False])
def test_running_out_of_memory_halves_the_budget_and_goes_on(
    engine: Any, asked: Asked, sharing: bool, error: Callable[[], Exception]
) -> None:
    engine.runner, engine.sharing = Counting(room=1000, error=error), sharing
    requests = asked("requirement", 3)
    assert len(values(engine.score(requests))) == len(requests)
    assert engine.batching.budget <= 1000


def test_a_text_that_never_fits_is_failed_and_the_others_are_not(engine: Any, asked: Asked) -> None:
    requests = asked("requirement", 3)
    lengths = sorted(len(read.ids) for read in engine.reader.read(requests))
    engine.runner = Counting(room=lengths[-3])
    found = list(engine.score(requests))
    failed = [score for score in found if score.status == "failed"]
    assert len(found) == len(requests)
    assert 1 <= len(failed) <= 2
    assert "out of memory on a text of" in str(failed[0].reason)


def test_other_faults_are_not_taken_for_a_lack_of_memory(engine: Any, asked: Asked) -> None:
    engine.runner = Counting(room=0, error=lambda: RuntimeError("device-side assert triggered"))
    with pytest.raises(RuntimeError, match="device-side assert"):
        list(engine.score(asked("requirement", 1)))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_ends_the_run_in_one_line(
    engine: Any, asked: Asked, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.runner = Counting()
    monkeypatch.setattr(engine.runner, "scores", lambda group, batching: {t.key: value for c in group for t in c.texts})
    with pytest.raises(AdapterError, match=r"gave (nan|inf) for a text of .* --set dtype=bfloat16, or float32"):
        list(engine.score(asked("requirement", 1)))


def test_requests_are_drawn_a_window_at_a_time(engine: Any, asked: Asked) -> None:
    engine.runner, engine.window, drawn = Counting(), 10, []

    def stream() -> Iterator[Request]:
        for request in asked("requirement", 2):
            drawn.append(request.id)
            yield request

    found = engine.score(stream())
    next(found)
    assert len(drawn) == 10
    assert len(values(found)) == 49
    assert len(drawn) == 50


def test_an_answer_says_how_many_tokens_it_read_and_how_long_that_took(engine: Any, asked: Asked) -> None:
    (request, *_) = asked("requirement", 1)
    (score,) = engine.score([request])
    (read,) = engine.reader.read([request])
    assert score.tokens_in == len(read.ids)
    assert score.seconds > 0
    assert score.raw is None


def test_what_was_cut_is_in_the_answer(rm: Path, asked: Asked) -> None:
    cut = Classifier(str(rm), max_length="64", truncation="middle")
    (score,) = cut.score(asked("response", 1)[:1])
    assert score.status == "ok"
    assert str(score.raw).startswith("cut ")
    assert score.tokens_in == 64
