"""`openai/MODEL` and `server/MODEL`: OpenAI's chat completions, by OpenAI and by everybody else who speaks them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from weval.errors import ConfigError
from weval.remote.posting import Key
from weval.textmodels.hosting.completions import reply_of
from weval.textmodels.hosting.faults import OURS, Complaints
from weval.textmodels.hosting.hosted import AtUrl, NotTaken
from weval.textmodels.hosting.wire import Wire, key_for
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

__all__ = ["OpenAI", "OpenAIClient", "Server", "reply_of"]

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_KEY = "OPENAI_API_KEY"

OTHER_NAME = "the first name of max_tokens"
"""Among what is dropped: max_tokens then goes by the protocol's other name."""

TOP_LOGPROBS = 20


class _Completions(AtUrl):
    """A model behind chat completions at a URL."""

    library = "openai"
    limit_names: ClassVar[tuple[str, str]]
    """The protocol's two names of max_tokens, in the order in which they are tried."""

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """Both can be asked for; what a reply says was `sent` tells whether they were taken."""
        return frozenset({"probabilities", "schema"})

    def client(self) -> OpenAIClient:
        """A client for the event loop that runs."""
        return OpenAIClient(self, self._key)


class OpenAI(_Completions):
    """A model of OpenAI's API. Raises ConfigError without a key."""

    backend = "openai"
    limit_names = ("max_completion_tokens", "max_tokens")

    def __init__(self, model: str, options: TextModelOptions) -> None:
        super().__init__(model, options, options.base_url or OPENAI_URL, key_for(options, OPENAI_URL, OPENAI_KEY))


class Server(_Completions):
    """A model of any server that speaks the protocol. Raises ConfigError without its address."""

    backend = "server"
    limit_names = ("max_tokens", "max_completion_tokens")

    def __init__(self, model: str, options: TextModelOptions) -> None:
        if not options.base_url:
            raise ConfigError(f"server/{model}: say where it is, by --set base_url=http://HOST:PORT/v1")
        super().__init__(model, options, options.base_url, Key.read(options.key_env))


class OpenAIClient:
    """One connection to the API of a model, used in one event loop and closed there."""

    def __init__(self, asked: _Completions, key: Key) -> None:
        self._asked, self._options = asked, asked.options
        self.wire = Wire(asked.url, key, asked.options.concurrency)
        self._complaints = Complaints(asked.url, key)

    def body(self, prompt: Prompt, dropped: frozenset[str]) -> dict[str, Any]:
        """What asks for a reply, as JSON, without the parameters in `dropped` (our names)."""
        messages = [{"role": role, "content": text} for role, text in prompt.messages]
        return {"model": self._asked.model, "messages": messages, **self._parameters(prompt, dropped)}

    def sent(self, prompt: Prompt, dropped: frozenset[str]) -> dict[str, Any]:
        """The parameters by our names, null where they were dropped."""
        wanted = self._options.sampling()
        wanted |= {"schema": True} if prompt.schema is not None else {}
        wanted |= {"probabilities": True} if prompt.labels else {}
        return {name: None if name in dropped else value for name, value in wanted.items()}

    def reply(
        self,
        prompt: Prompt,
        content: object,
        dropped: frozenset[str],
        seconds: float | None = None,
        batch: bool = False,
    ) -> Reply:
        """The reply that a parsed body holds, with its cost; see `reply_of`. Raises what a fault in its place means."""
        if complaint := self._complaints.of_reply(content):
            raise complaint
        return reply_of(prompt, content, self.sent(prompt, dropped), self._asked.price(batch=batch), seconds)

    def complaint(
        self,
        status: int,
        content: bytes,
        headers: Mapping[str, str],
        body: Mapping[str, Any],
        dropped: frozenset[str],
    ) -> Exception:
        """What an answer other than 2xx to a body means, with our name of a parameter that is not taken."""
        complaint = self._complaints.of(status, content, headers, body.keys())
        if not isinstance(complaint, NotTaken):
            return complaint
        ours = OURS[complaint.parameter]
        is_first = ours == "max_tokens" and OTHER_NAME not in dropped
        return NotTaken(OTHER_NAME if is_first else ours, str(complaint))

    async def send(self, prompt: Prompt, dropped: frozenset[str]) -> Reply:
        """One attempt; see `weval.textmodels.hosting.hosted.Client`."""
        body = self.body(prompt, dropped)
        began = time.monotonic()
        answer = await self.wire.post(body)
        seconds = time.monotonic() - began
        self._asked.pace.note(answer.headers)
        if not 200 <= answer.status < 300:
            raise self.complaint(answer.status, answer.content, answer.headers, body, dropped)
        return self.reply(prompt, answer.parsed(), dropped, seconds)

    async def close(self) -> None:
        """Ends all connections."""
        await self.wire.close()

    def _parameters(self, prompt: Prompt, dropped: frozenset[str]) -> dict[str, Any]:
        given = self._options.sampling()
        found = {name: given.get(ours) for name, ours in OURS.items() if ours in given and ours not in dropped}
        first, second = self._asked.limit_names
        found.pop(first if OTHER_NAME in dropped else second, None)
        if prompt.schema is not None and "schema" not in dropped:
            schema = {"name": "reply", "schema": dict(prompt.schema), "strict": True}
            found["response_format"] = {"type": "json_schema", "json_schema": schema}
        if prompt.labels and "probabilities" not in dropped:
            found |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return found
