"""What a run of a benchmark would ask and cost, before a single call (--estimate)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weval.adapters.judge.adapter import tokens_about
from weval.bench.given import given_rows
from weval.bench.items import BenchItem, Call, Step
from weval.bench.ready import BenchRun, Ready, prepare
from weval.bench.replies import ReplyRow, Seen
from weval.bench.told import Told
from weval.run import Watcher
from weval.types import Adapter, Paid, TextModel

TEXT = "[a text that is not written yet]"
"""Stands for every text in what would be asked."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a step would ask: `calls` if every text is written and every reply can be read, `at_most` if none can.

    Tokens and `usd` are about those of `calls`; None where no price is known, or nothing is paid by tokens.
    """

    step: str
    role: str
    model: str
    calls: int
    at_most: int
    tokens_in: int
    tokens_out: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class BenchEstimate:
    """All steps that ask a model, and how many items they are for. `usd` is the sum of the prices that are known.

    It is of a run from its beginning: what is in the run's folder already is neither asked nor paid again.
    """

    items: int
    lines: tuple[Line, ...]
    usd: float | None


class Supposed(Told):
    """As if every call had been replied to, with TEXT."""

    def __init__(self) -> None:
        super().__init__({})

    def get(self, step: str, item: str, part: str = "1") -> ReplyRow:
        """A reply."""
        return ReplyRow(item=item, part=part, text=TEXT)

    def attempts(self, step: str, item: str, part: str = "1") -> list[Seen]:
        """The one reply."""
        return [Seen(self.get(step, item, part), is_read=True)]

    def every(self, step: str, item: str, part: str = "1") -> list[ReplyRow]:
        """The one reply."""
        return [self.get(step, item, part)]

    def has(self, step: str) -> bool:
        """Always."""
        return True

    def parts(self, step: str, item: str) -> Sequence[str]:
        """One call."""
        return ("1",)


def estimate(spec: BenchRun, watcher: Watcher | None = None) -> BenchEstimate:
    """What the run would ask. Nothing is asked, and no folder made. Raises WevalError as the run would."""
    ready = prepare(spec, watcher or Watcher())
    sizes = _sizes(ready)
    lines = tuple(
        _line(step, model, ready, sizes) for step in ready.steps if (model := ready.cast.steps[step.name]) is not None
    )
    prices = [line.usd for line in lines if line.usd is not None]
    return BenchEstimate(len(ready.items), lines, math.fsum(prices) if prices else None)


def _sizes(ready: Ready) -> Mapping[str, int]:
    """About how many tokens the text for each item has; 0 where a file of texts has none for it."""
    if not ready.spec.responses:
        return {item.id: ready.benchmark.usual_tokens(item) for item in ready.items}
    found = dict.fromkeys((item.id for item in ready.items), 0)
    for row in given_rows(ready.spec.responses, "responses", ready.benchmark):
        if row.item in found:
            found[row.item] = max(found[row.item], tokens_about(row.text))
    return found


def _line(step: Step, model: TextModel | Adapter, ready: Ready, sizes: Mapping[str, int]) -> Line:
    name = ready.spec.judge if step.role == "judge" else ready.spec.model
    calls = tokens_in = tokens_out = 0
    costs = list[float | None]()
    for item, call in _calls(step, ready, sizes):
        size = sizes[item.id]
        read = _read(call, size)
        written = ready.benchmark.reply_tokens(step, item, size)
        calls, tokens_in, tokens_out = calls + 1, tokens_in + read, tokens_out + written
        costs.append(_usd(model, call, read, written))
    tries = 1 if step.role == "rater" else step.tries or ready.benchmark.options.tries
    known = [cost for cost in costs if cost is not None]
    usd = math.fsum(known) if known else None
    return Line(step.name, step.role, str(name), calls, calls * tries, tokens_in, tokens_out, usd)


def _calls(step: Step, ready: Ready, sizes: Mapping[str, int]) -> Iterator[tuple[BenchItem, Call]]:
    supposed: Any = Supposed()
    for item in ready.items:
        if step.role == "writer" or sizes[item.id]:
            for part in ready.benchmark.parts(step, item, supposed):
                yield item, ready.benchmark.call(step, item, part, supposed)


def _read(call: Call, size: int) -> int:
    """About how many tokens are read, with texts of such a size in the place of TEXT."""
    texts = [text for _, text in call.messages]
    if call.request:
        texts += [call.request.query, *call.request.responses]
    return sum(tokens_about(text) + text.count(TEXT) * size for text in texts)


def _usd(model: TextModel | Adapter, call: Call, read: int, written: int) -> float | None:
    if not isinstance(model, Adapter):
        return model.usd_of(read, written)
    return model.expected_usd(call.request) if isinstance(model, Paid) and call.request else None
