"""One step of a run: every call that has no reply yet is made, and every reply is on disk before the next is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from weval.bench.benchmark import Benchmark
from weval.bench.items import BenchItem, Step
from weval.bench.replies import ReplyRow, Seen, StepReplies
from weval.bench.told import Told
from weval.errors import AdapterError
from weval.run import Watcher
from weval.store import writable
from weval.types import Adapter, Prompt, Request, TextModel

UNREAD_TRIES = frozenset({"ok", "truncated", "unparsed"})
"""Statuses that may come out otherwise when the model is asked again. A refusal is an answer."""


@dataclass(frozen=True, slots=True)
class _Next:
    """A call to be made: its item's place, its part, and which attempt it is."""

    at: int
    part: str
    attempt: int

    @property
    def prompt_id(self) -> str:
        """Unique within the step."""
        return f"{self.at}/{self.part}#{self.attempt}"


@dataclass
class Asking:
    """A step that is being asked: of `items`, in order. `tries` is how many replies may be asked for each call."""

    step: Step
    benchmark: Benchmark[Any]
    items: Sequence[BenchItem]
    replies: StepReplies
    told: Told
    tries: int
    watcher: Watcher

    def ask(self, model: TextModel | Adapter) -> None:
        """Makes the calls, and those again whose replies cannot be read. What was replied before is not asked again."""
        asked: set[str] = set()
        again = False
        while todo := [call for call in self._todo() if call.prompt_id not in asked]:
            if again:
                self.watcher.notice(f"{self.step.name}: {len(todo):,} replies cannot be read; asking again")
            self.watcher.started(len(todo), 0)
            asked |= {call.prompt_id for call in todo}
            for row in self._rows(todo, model):
                self.replies.add(row)
                self.watcher.scored()
            again = True

    def _todo(self) -> Iterator[_Next]:
        for at, item in enumerate(self.items):
            for part in self.benchmark.parts(self.step, item, self.told):
                attempt = self._attempt(self.replies.attempts(item.id, part))
                if attempt:
                    yield _Next(at, part, attempt)

    def _attempt(self, seen: Sequence[Seen]) -> int:
        """Which attempt is to be made of a call; 0 for none."""
        if not seen:
            return 1
        last = seen[-1].row
        if any(one.is_read for one in seen):
            return 0
        if last.status == "failed":
            return last.attempt
        return last.attempt + 1 if last.status in UNREAD_TRIES and len(seen) < self.tries else 0

    def _rows(self, todo: Sequence[_Next], model: TextModel | Adapter) -> Iterator[ReplyRow]:
        by_id = {call.prompt_id: call for call in todo}
        for prompt_id, row in self._scored(todo, model) if isinstance(model, Adapter) else self._replied(todo, model):
            if by_id.pop(prompt_id, None) is None:
                raise AdapterError(f"the model answered {prompt_id!r}, which was not asked or answered before")
            yield row

    def _replied(self, todo: Sequence[_Next], model: TextModel) -> Iterator[tuple[str, ReplyRow]]:
        by_id = {call.prompt_id: call for call in todo}

        def prompts() -> Iterator[Prompt]:
            for next_ in todo:
                call = self.benchmark.call(self.step, self.items[next_.at], next_.part, self.told)
                schema = call.schema if "schema" in model.tells else None
                yield Prompt(next_.prompt_id, call.messages, schema=schema)

        for reply in model.replies(prompts()):
            call = by_id[reply.prompt_id]
            yield reply.prompt_id, ReplyRow.of(self.items[call.at].id, call.part, call.attempt, reply)

    def _scored(self, todo: Sequence[_Next], adapter: Adapter) -> Iterator[tuple[str, ReplyRow]]:
        by_id = {call.prompt_id: call for call in todo}

        def requests() -> Iterator[Request]:
            for next_ in todo:
                call = self.benchmark.call(self.step, self.items[next_.at], next_.part, self.told)
                assert call.request is not None, "a rater is asked requests"
                yield replace(call.request, id=next_.prompt_id)

        for score in adapter.score(requests()):
            call = by_id[score.request_id]
            yield (
                score.request_id,
                ReplyRow(
                    item=self.items[call.at].id,
                    part=call.part,
                    attempt=call.attempt,
                    status=score.status,
                    text=writable(score.raw) or "",
                    reason=writable(score.reason),
                    values=score.values,
                    tokens_in=score.tokens_in,
                    tokens_out=score.tokens_out,
                    cost_usd=score.cost_usd,
                    seconds=score.seconds,
                ),
            )
