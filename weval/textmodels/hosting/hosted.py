"""Models behind an API, whoever's: its pace, retries, the journal, and parameters that it does not take."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from weval.errors import AdapterError, ConfigError, missing_extra
from weval.remote.concurrency import answers
from weval.remote.posting import Key, NoAnswer
from weval.remote.retrying import GaveUp, Outage, Patience, Transient, retried
from weval.textmodels.batches.record import BATCHES, Ledger, model_id
from weval.textmodels.hosting.pace import Pace, rest_s
from weval.textmodels.hosting.wire import host_of, located
from weval.textmodels.journal import Journal
from weval.textmodels.options import TextModelOptions
from weval.textmodels.prices import Price, Usage, price_of
from weval.types import Prompt, Reply, ReplyStatus

LOST_ROUNDS = 3
"""A run ends when so many times its concurrency of requests in a row were given up."""

SHORTEST_SECRET = 8
"""What is shorter, as EMPTY for one's own server, is no secret, and may be a word of a reply."""


class NotTaken(Exception):
    """The API does not take a parameter that was sent; without it, or under another name, it may answer."""

    def __init__(self, parameter: str, said: str) -> None:
        super().__init__(said)
        self.parameter = parameter


class Client(Protocol):
    """One connection to an API, used in one event loop and closed there."""

    async def send(self, prompt: Prompt, dropped: frozenset[str]) -> Reply:
        """One attempt, without the parameters in `dropped`.

        Raises Transient for what may pass (with the wait that was asked for), NoAnswer where this prompt has no reply,
        NotTaken for a parameter to drop, AdapterError where no prompt will have a reply.
        """
        ...

    async def close(self) -> None:
        """Ends all connections."""
        ...


class Hosted:
    """A model behind an API. A backend gives its `client`, and says what it is by `fingerprint`.

    What a client reads of the API's limits it tells `pace`.
    """

    def __init__(self, model: str, options: TextModelOptions, key: Key) -> None:
        self.model, self.options, self._key = model, options, key
        self.pace = Pace(options.give_up_after_s)
        self._dropped: frozenset[str] = frozenset()
        self._journal = Journal(self.fingerprint)
        self._folder: Path | None = None
        self._in_batches: set[str] = set()

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model, the address and the settings that could change a reply; never the key."""
        raise NotImplementedError

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """What the API gives beside text."""
        raise NotImplementedError

    def price(self) -> Price | None:
        """What a token costs, by our table; None where it does not know."""
        return None

    def usd_of(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost; None where no price is known."""
        price = self.price()
        return price.cost_usd(Usage(tokens_in, tokens_out)) if price else None

    @property
    def price_told(self) -> str | None:
        """The price of a million tokens in words, with its date."""
        price = self.price()
        return price.told() if price else None

    def client(self) -> Client:
        """A client for the event loop that runs."""
        raise NotImplementedError

    def keep_in(self, folder: Path) -> None:
        """Replies are written to this folder as they come, and those of an earlier session are not asked for again."""
        self._journal.keep_in(folder)
        self._folder = folder
        ledger = Ledger(folder, model_id(self.fingerprint))
        self._in_batches = ledger.under_way()
        self._dropped = self._journal.refused | ledger.dropped

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """One reply per prompt, as they come. Raises AdapterError where no prompt will be answered any more.

        In batches, Pending after those that are known, where the rest is still being made.
        """
        if self.options.batch == "off":
            yield from self._live(prompts)
        else:
            from weval.textmodels.batches.rounds import batched  # which stands on this module

            yield from batched(self, self._journal, self._key, self._folder, prompts)

    def _live(self, prompts: Iterable[Prompt]) -> Generator[Reply, None, None]:
        client = self.client()
        outage = Outage(self.name, LOST_ROUNDS * self.options.concurrency)
        ask = partial(self._ask, client, outage)
        try:
            yield from answers(ask, prompts, n_at_once=self.options.concurrency, at_end=client.close)
        finally:
            self._journal.close()

    @property
    def name(self) -> str:
        """What messages call the model."""
        return self.model

    async def _ask(self, client: Client, outage: Outage, prompt: Prompt) -> Reply:
        if kept := self._journal.get(prompt):
            return kept
        if self._in_batches and self._journal.key(prompt) in self._in_batches:
            raise ConfigError(
                "--set batch=off: this is being answered in a batch, and would be paid twice; --set batch=leave "
                f"collects it. Without {BATCHES} in the run's folder nothing is known of that batch"
            )
        give_up_s = self.options.give_up_after_s
        attempt = partial(self._attempt, client, prompt, time.monotonic() + give_up_s)
        try:
            # Attempts are timed within, so that waiting for a turn is no part of one.
            reply = await retried(attempt, Patience(self.options.attempts, give_up_s, give_up_s), prompt.id)
        except GaveUp as gone:
            outage.gave_up(gone)
            return Reply(prompt.id, "failed", reason=str(gone))
        except NoAnswer as none:
            reply = without_text(prompt, none)
        outage.answered()
        reply = without_key(reply, self._key)
        self._journal.put(prompt, reply)
        return reply

    async def _attempt(self, client: Client, prompt: Prompt, deadline: float) -> Reply:
        """One attempt, when its turn has come. Being asked to wait is none, while there is time for that."""
        n_asked = 0
        while True:
            await self.pace.turn(deadline, prompt.id)
            try:
                return await self._taken(client, prompt, deadline)
            except Transient as fault:
                self.pace.hold(fault.wait_s)
                n_asked += 1
                rest = max(fault.wait_s, rest_s(n_asked))
                if not fault.wait_s or time.monotonic() + rest >= deadline:
                    raise
            await asyncio.sleep(rest_s(n_asked))

    async def _taken(self, client: Client, prompt: Prompt, deadline: float) -> Reply:
        """One attempt; a parameter that the API does not take is dropped for good, and the prompt sent again."""
        while True:
            dropped = self._dropped
            limit_s = max(0.0, min(self.options.timeout_s, deadline - time.monotonic()))
            try:
                async with asyncio.timeout(limit_s) as limit:
                    return await client.send(prompt, dropped)
            except TimeoutError:
                if not limit.expired():
                    raise
                raise Transient(f"no answer in {limit_s:.3g} s") from None
            except NotTaken as error:
                if error.parameter in dropped:
                    raise AdapterError(f"{self.name} does not take {error.parameter}: {error}") from error
                self._dropped |= {error.parameter}


class AtUrl(Hosted):
    """A model behind an API at a URL, which is part of what it is. Raises ConfigError without the API's library."""

    backend: ClassVar[str]
    library: ClassVar[str]

    def __init__(self, model: str, options: TextModelOptions, url: str, key: Key) -> None:
        # Without httpx2, the library is one of the years before it.
        if any(importlib.util.find_spec(name) is None for name in (self.library, "httpx2")):
            raise missing_extra(self.library, "api", f"{self.backend}/{model}")
        self.url = located(url)
        super().__init__(model, options, key)

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model, the URL that is asked, and the settings that could change a reply; never the key."""
        return {"backend": self.backend, "model": self.model, **self.options.fingerprint(), "base_url": self.url}

    @property
    def name(self) -> str:
        """What messages call the model."""
        return f"{self.model} at {self.url}"

    @property
    def host(self) -> str:
        """The host that is asked."""
        return host_of(self.url)

    def price(self, *, batch: bool | None = None) -> Price | None:
        """What a token costs at this URL, in a batch or not; if that is not said, as it is asked."""
        batch = self.options.batch != "off" if batch is None else batch
        return price_of(self.model, batch=batch, host=self.host)


def without_text(prompt: Prompt, none: NoAnswer) -> Reply:
    """The reply to a prompt that has none, with the reason."""
    status: ReplyStatus = "failed"
    if none.status in ("refused", "truncated"):
        status = none.status
    return Reply(prompt.id, status, reason=str(none))


def without_key(reply: Reply, key: Key) -> Reply:
    """The reply without the key, which a server may repeat wherever it writes something."""
    if len(key.secret) < SHORTEST_SECRET:
        return reply

    def hidden(text: str) -> str:
        return text.replace(key.secret, "[key]")

    return replace(
        reply,
        text=hidden(reply.text),
        reason=reply.reason and hidden(reply.reason),
        model=reply.model and hidden(reply.model),
        probabilities={hidden(token): value for token, value in reply.probabilities.items()},
    )
