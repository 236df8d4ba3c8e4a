"""Replies for half the price, within a day: prompts are submitted in batches and collected by whoever comes later."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from weval.errors import AdapterError, ConfigError, Pending
from weval.remote.concurrency import answers
from weval.remote.posting import Key, NoAnswer
from weval.remote.retrying import GaveUp, Patience, retried
from weval.textmodels.batches.record import Ledger, Outcome, Submission, model_id, new_intent
from weval.textmodels.batches.results import Reading
from weval.textmodels.batches.service import Service, State, Uncertain
from weval.textmodels.hosting.hosted import Hosted, NotTaken, without_key
from weval.textmodels.journal import Journal
from weval.types import Prompt, Reply

FIRST_POLL_S = 2.0
LONGEST_POLL_S = 60.0
TRANSFER_S = 3600.0
"""How long a file of requests or of results may be on its way."""

MOST_ROUNDS = 4
"""So many batches may be of no use to a request; then it has no reply."""

MOST_NAMED = 3

T = TypeVar("T")


def batched(
    model: Hosted, journal: Journal, key: Key, folder: Path | None, prompts: Iterable[Prompt]
) -> Iterator[Reply]:
    """One reply per prompt, as they become known; first those that are.

    Raises Pending after these where the rest is still being made and nobody wants to wait, ConfigError without a
    folder, AdapterError where no prompt will be answered any more.
    """
    if folder is None:
        raise ConfigError(
            f"--set batch={model.options.batch}: only a run has a folder that remembers what was submitted; "
            "leave it at batch=off here"
        )
    journal.keep_in(folder)  # it finds only what was in the folder when that was named
    try:
        yield from Batches(model, journal, key, folder).replies(prompts)
    finally:
        journal.close()


def service_of(model: Hosted, key: Key) -> Service:
    """The batches of the provider of a model. Raises ConfigError where none are known."""
    from weval.textmodels.anthropic import Anthropic
    from weval.textmodels.batches.of_anthropic import AnthropicBatches
    from weval.textmodels.batches.of_openai import OpenAIBatches
    from weval.textmodels.openai import OpenAI

    if isinstance(model, Anthropic):
        return AnthropicBatches(model.client())
    if isinstance(model, OpenAI):
        return OpenAIBatches(model.client())
    raise ConfigError(f"--set batch={model.options.batch}: {model.name} has no batches that weval knows")


class Batches:
    """The batches of one run, on from wherever the last process left them.

    A custom id is the name of the submission and the prompt's key in the journal, so that no reply is taken for one to
    another request, and a batch can be known by its results.
    """

    def __init__(self, model: Hosted, journal: Journal, key: Key, folder: Path) -> None:
        self._model, self._journal, self._key = model, journal, key
        self._ledger = Ledger(folder, model_id(model.fingerprint))
        self._ledger.dropped |= journal.refused  # no batch is lost to what a reply outside of batches has told
        self._service = service_of(model, key)  # for what needs no connection
        self._waiting: dict[str, Prompt] = {}
        self._n_asked = 0

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """See `batched`."""
        yield from self._drawn(prompts)
        wait_s = FIRST_POLL_S
        while self._waiting:
            yield from self._collected()
            yield from self._submitted()
            if not self._waiting:
                return
            if self._model.options.batch == "leave":
                raise Pending(self._under_way())
            time.sleep(wait_s)
            wait_s = min(LONGEST_POLL_S, 1.5 * wait_s)

    def _drawn(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """Draws all prompts, and gives the replies that are known."""
        for prompt in prompts:
            self._n_asked += 1
            key = self._journal.key(prompt)
            if kept := self._journal.get(prompt):
                yield kept
            elif reason := self._ledger.failed.get(key):
                yield Reply(prompt.id, "failed", reason=f"{reason}; --set batch=off asks again")
            else:
                self._waiting[key] = prompt

    # --- collecting --------------------------------------------------------------------------------------------------

    def _collected(self) -> Iterator[Reply]:
        """The replies of all batches that have ended. Raises AdapterError after them for one that was refused."""
        trouble = list[AdapterError]()
        for submission in list(self._ours()):
            if submission.batch is None:
                self._look_for(submission)
            if (batch := submission.batch) is None:
                continue
            state = self._call(partial(_status_of, batch))
            if state.refused is not None:
                self._ledger.void(submission, state.refused, too_many=state.too_many)
                if not state.too_many or submission.n_requests == 1:
                    trouble.append(AdapterError(f"{self._provider} refused batch {batch}: {state.refused}"))
            elif state.ended:
                yield from self._results(submission, batch, state, trouble)
        if trouble:
            raise trouble[0]

    def _ours(self) -> Iterator[Submission]:
        """The submissions in which something is that waits; of others nothing is wanted."""
        return (one for one in self._ledger.open.values() if not one.keys.isdisjoint(self._waiting))

    def _look_for(self, submission: Submission) -> None:
        """Finds out what became of a submission whose process was killed, or whose connection broke."""
        known = frozenset(self._ledger.known)
        try:
            batch = self._call(lambda service: service.find(submission, known))
        except Uncertain:
            return
        if batch:
            self._ledger.created(submission, batch)
        elif (datetime.now(UTC) - submission.at).total_seconds() > self._service.settle_s:
            self._ledger.void(submission, "there is no such batch")

    def _results(
        self, submission: Submission, batch: str, state: State, trouble: list[AdapterError]
    ) -> Iterator[Reply]:
        """The replies in the results of a batch: each is in the journal before the batch is said to be collected."""
        reading = Reading(submission, batch, self._waiting, self._keep)
        self._call(reading.read, TRANSFER_S)
        reading.finish(whole=state.whole)
        self._ledger.collected(submission, reading.outcome)
        trouble += reading.trouble
        answered = {reply.prompt_id for reply in reading.replies}
        self._waiting = {key: prompt for key, prompt in self._waiting.items() if prompt.id not in answered}
        yield from reading.replies

    def _keep(self, prompt: Prompt, reply: Reply) -> Reply:
        """The reply, in the journal."""
        reply = without_key(reply, self._key)
        self._journal.put(prompt, reply)
        return reply

    # --- submitting --------------------------------------------------------------------------------------------------

    def _submitted(self) -> Iterator[Reply]:
        """Submits what waits and is not under way; gives the replies of what will not be submitted any more."""
        while keys := self._to_submit():
            intent, requests, hopeless = self._chunk(keys)
            for key, reason in hopeless.items():
                yield Reply(self._waiting.pop(key).id, "failed", reason=reason)
            if requests and not self._submit(intent, requests):
                return

    def _to_submit(self) -> list[str]:
        """The keys that wait and are not under way. Where too many were refused, there is one batch at a time."""
        if self._ledger.largest is not None and any(True for _ in self._ours()):
            return []
        under_way = self._ledger.under_way()
        return [key for key in self._waiting if key not in under_way]

    def _chunk(self, keys: Iterable[str]) -> tuple[str, dict[str, bytes], dict[str, str]]:
        """The name and the requests of the next batch, by key; and why others will be in none."""
        service, ledger, intent = self._service, self._ledger, new_intent()
        requests, hopeless, size = dict[str, bytes](), dict[str, str](), 0
        most = min(service.max_requests, ledger.largest or service.max_requests)
        for key in keys:
            if ledger.rounds[key] >= MOST_ROUNDS:
                hopeless[key] = f"{ledger.reasons[key]} (given up after {MOST_ROUNDS} batches)"
                continue
            try:
                request = service.request(f"{intent}_{key}", self._waiting[key], ledger.dropped)
            except UnicodeEncodeError:
                hopeless[key] = "a text of the prompt holds half a character, which cannot be sent"
                continue
            if len(request) + 1 > service.max_bytes:
                hopeless[key] = f"the prompt is larger than a batch of {self._provider} may be"
                continue
            if len(requests) == most or size + len(request) + 1 > service.max_bytes:
                break
            requests[key] = request
            size += len(request) + 1
        return intent, requests, hopeless

    def _submit(self, intent: str, requests: Mapping[str, bytes]) -> bool:
        """Submits a batch. False where nobody can say whether it worked. Raises AdapterError where it is refused."""
        ledger = self._ledger
        uploaded = self._call(lambda service: service.upload(intent, [*requests.values()]), TRANSFER_S)
        submission = ledger.intended(intent, requests)
        try:
            batch = self._call(lambda service: service.create(intent, uploaded, submission.dropped), TRANSFER_S)
        except Uncertain:
            self._look_for(submission)
            return submission.batch is not None
        except NotTaken as error:
            if error.parameter in submission.dropped:
                ledger.void(submission, str(error))
                raise AdapterError(f"{self._model.name} does not take {error.parameter}: {error}") from error
            ledger.collected(submission, Outcome(keys={*requests}, dropped={error.parameter}))
            return True
        except AdapterError as error:
            ledger.void(submission, str(error))
            raise
        ledger.created(submission, batch)
        return True

    # --- talking -----------------------------------------------------------------------------------------------------

    @property
    def _provider(self) -> str:
        return self._service.provider

    def _call(self, act: Callable[[Service], Awaitable[T]], timeout_s: float | None = None) -> T:
        """What one exchange with the provider gives, over a connection of its own. Raises AdapterError."""
        options, service = self._model.options, service_of(self._model, self._key)
        timeout_s = timeout_s or options.timeout_s
        patience = Patience(options.attempts, timeout_s, max(timeout_s, options.give_up_after_s))

        async def ask(_: None) -> T:
            return await retried(partial(act, service), patience, "batch")

        try:
            (found,) = answers(ask, [None], n_at_once=1, at_end=service.close)
        except GaveUp as gone:
            raise AdapterError(
                f"{self._provider} cannot be asked: {gone}. What was submitted is kept; the same command goes on"
            ) from gone
        except NoAnswer as none:
            raise AdapterError(f"{self._provider} does not take batches as they are sent: {none}") from none
        return found

    def _under_way(self) -> str:
        """What is still being made, in one line."""
        ours = sorted(self._ours(), key=lambda one: one.at)
        made = [one for one in ours if one.batch]
        parts = []
        if made:
            n = sum(len(one.keys & self._waiting.keys()) for one in made)
            ids = ", ".join(str(one.batch) for one in made[:MOST_NAMED]) + (", …" if len(made) > MOST_NAMED else "")
            parts.append(
                f"{n:,} of {self._n_asked:,} replies are being made in {len(made)} batch{'es' * (len(made) > 1)} at "
                f"{self._provider} ({ids}, submitted {made[0].at:%Y-%m-%d %H:%M} UTC)"
            )
        for one in ours:
            if one.batch is None:
                parts.append(
                    f"whether a batch of {one.n_requests:,} was submitted at {one.at:%Y-%m-%d %H:%M} UTC is not known "
                    f"yet (removing {self._ledger.path} submits all again, which may be paid for twice)"
                )
        if rest := len(self._waiting.keys() - self._ledger.under_way()):
            parts.append(f"{rest:,} wait until these have ended, as {self._provider} takes no more at once")
        return "; ".join(parts) + "; the same command collects them"


async def _status_of(batch: str, service: Service) -> State:
    return await service.status(batch)
