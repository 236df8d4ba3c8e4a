"""Models behind an API, whoever's: retries, the journal, and parameters that the API does not take."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from weval.errors import AdapterError
from weval.remote.concurrency import answers
from weval.remote.posting import Key, NoAnswer
from weval.remote.retrying import GaveUp, Outage, Patience, retried
from weval.textmodels.journal import Journal
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

LOST_ROUNDS = 3
"""A run ends when so many times its concurrency of requests in a row were given up."""


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
    """A model behind an API. A backend gives its `client`, and says what it is by `fingerprint`."""

    def __init__(self, model: str, options: TextModelOptions, key: Key) -> None:
        self.model, self.options, self._key = model, options, key
        self._dropped: frozenset[str] = frozenset()
        self._journal = Journal(self.fingerprint)

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model, the address and the settings that could change a reply; never the key."""
        raise NotImplementedError

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """What the API gives beside text."""
        raise NotImplementedError

    def client(self) -> Client:
        """A client for the event loop that runs."""
        raise NotImplementedError

    def keep_in(self, folder: Path) -> None:
        """Replies are written to this folder as they come, and those of an earlier session are not asked for again."""
        self._journal.keep_in(folder)

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """One reply per prompt, as they come. Raises AdapterError where no prompt will be answered any more."""
        yield from self._live(prompts)

    def _live(self, prompts: Iterable[Prompt]) -> Generator[Reply, None, None]:
        client = self.client()
        outage = Outage(self.name, LOST_ROUNDS * self.options.concurrency)
        ask = partial(self._ask, client, outage)
        yield from answers(ask, prompts, n_at_once=self.options.concurrency, at_end=client.close)

    @property
    def name(self) -> str:
        """What messages call the model."""
        return self.model

    async def _ask(self, client: Client, outage: Outage, prompt: Prompt) -> Reply:
        if kept := self._journal.get(prompt):
            return kept
        options = self.options
        patience = Patience(options.attempts, options.timeout_s, options.give_up_after_s)
        try:
            reply = await retried(partial(self._attempt, client, prompt), patience, prompt.id)
        except GaveUp as gone:
            outage.gave_up(gone)
            return Reply(prompt.id, "failed", reason=str(gone))
        except NoAnswer as none:
            reply = Reply(prompt.id, "truncated" if none.status == "truncated" else "failed", reason=str(none))
        outage.answered()
        self._journal.put(prompt, reply)
        return reply

    async def _attempt(self, client: Client, prompt: Prompt) -> Reply:
        """One attempt; a parameter that the API does not take is dropped for good, and the prompt sent again."""
        while True:
            dropped = self._dropped
            try:
                return await client.send(prompt, dropped)
            except NotTaken as error:
                if error.parameter in dropped:
                    raise AdapterError(f"{self.name} does not take {error.parameter}: {error}") from error
                self._dropped |= {error.parameter}
