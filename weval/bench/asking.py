"""One step of a run: every call that has no reply yet is made, and every reply is on disk before the next is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from weval.bench.items import BenchItem, Call, Step
from weval.bench.replies import ReplyRow, Seen, StepReplies
from weval.bench.told import Told
from weval.errors import AdapterError
from weval.randomness import digest
from weval.run import Watcher
from weval.types import Adapter, Prompt, Reply, Request, Score, TextModel
from weval.wording import counted

WORDS = {"writer": ("writing", "written"), "judge": ("judging", "judged"), "rater": ("rating", "rated")}
"""What those who do a step are doing, and have done."""


class Questions(Protocol):
    """Who knows what is to be asked about an item: a benchmark, for one."""

    def parts(self, step: Step, item: Any, told: Told) -> Sequence[str]:  # noqa: ANN401 - an item of its own kind
        """The calls about an item in a step."""
        ...

    def call(self, step: Step, item: Any, part: str, told: Told) -> Call:  # noqa: ANN401 - as above
        """What a model is asked."""
        ...


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
    benchmark: Questions
    items: Sequence[BenchItem]
    replies: StepReplies
    told: Told
    tries: int
    watcher: Watcher

    def ask(self, model: TextModel | Adapter) -> None:
        """Makes the calls, and those again whose replies cannot be read. What was replied before is not asked again."""
        self.watcher.counts(*WORDS[self.step.role])
        calls = list(self._calls())
        todo = [call for call in calls if call.attempt]
        n_here = len(calls) - len(todo)
        asked: set[str] = set()
        while todo:
            if asked:
                calls_again = counted(len(todo), "call")
                self.watcher.notice(f"{self.step.name}: {calls_again} made again, for replies that can be read")
            self.watcher.started(n_here + len(todo), n_here)
            asked |= {call.prompt_id for call in todo}
            for row in self._rows(todo, model):
                self.replies.add(row)
                self.watcher.scored()
            n_here, todo = 0, [call for call in self._calls() if call.attempt and call.prompt_id not in asked]

    def _calls(self) -> Iterator[_Next]:
        """Every call of the step, with the attempt that is to be made of it; 0 where none is."""
        for at, item in enumerate(self.items):
            for part in self.benchmark.parts(self.step, item, self.told):
                yield _Next(at, part, self._attempt(self.replies.attempts(item.id, part)))

    def _attempt(self, seen: Sequence[Seen]) -> int:
        """Which attempt is to be made of a call; 0 for none."""
        if not seen:
            return 1
        if any(one.is_read for one in seen):
            return 0
        last = seen[-1].row
        if last.status == "failed":
            return last.attempt
        # Another reply may be one that can be read. A refusal is an answer.
        return last.attempt + 1 if (seen[-1].came or last.status == "unparsed") and len(seen) < self.tries else 0

    def _rows(self, todo: Sequence[_Next], model: TextModel | Adapter) -> Iterator[ReplyRow]:
        waiting = {call.prompt_id: call for call in todo}
        replied = self._scored(todo, model) if isinstance(model, Adapter) else self._replied(todo, model)
        for prompt_id, reply in replied:
            call = waiting.pop(prompt_id, None)
            if call is None:
                raise AdapterError(f"the model answered {prompt_id!r}, which was not asked or answered before")
            yield ReplyRow.of(self.items[call.at].id, call.part, call.attempt, reply)
        for call in waiting.values():
            reply = Reply(call.prompt_id, "failed", reason="the model gave no reply")
            yield ReplyRow.of(self.items[call.at].id, call.part, call.attempt, reply)

    def _replied(self, todo: Sequence[_Next], model: TextModel) -> Iterator[tuple[str, Reply]]:
        def prompts() -> Iterator[Prompt]:
            for next_ in todo:
                call = self.benchmark.call(self.step, self.items[next_.at], next_.part, self.told)
                schema = call.schema if "schema" in model.tells else None
                yield Prompt(next_.prompt_id, call.messages, schema=schema)

        yield from ((reply.prompt_id, reply) for reply in model.replies(prompts()))

    def _scored(self, todo: Sequence[_Next], adapter: Adapter) -> Iterator[tuple[str, Score]]:
        # Ids that tell a rater nothing, where a part is called `chosen`.
        prompt_ids = {digest("request", next_.prompt_id).hex(): next_.prompt_id for next_ in todo}

        def requests() -> Iterator[Request]:
            for request_id, next_ in zip(prompt_ids, todo, strict=True):
                call = self.benchmark.call(self.step, self.items[next_.at], next_.part, self.told)
                assert call.request is not None, "a rater is asked requests"
                yield replace(call.request, id=request_id)

        yield from ((prompt_ids.get(score.request_id, score.request_id), score) for score in adapter.score(requests()))
