"""`openai/MODEL` and `server/MODEL`: OpenAI's chat completions, by OpenAI and by everybody else who speaks them."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from weval.errors import ConfigError, missing_extra
from weval.remote.posting import MAX_REPLY_BYTES, Key, NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.hosting.completions import of_json, reply_of
from weval.textmodels.hosting.faults import OURS, Complaints
from weval.textmodels.hosting.hosted import Hosted, NotTaken
from weval.textmodels.hosting.wire import Answer, Wire, host_of, located
from weval.textmodels.options import TextModelOptions
from weval.textmodels.prices import Price, price_of
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["OpenAI", "OpenAIClient", "Server", "reply_of"]

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_KEY = "OPENAI_API_KEY"

OTHER_NAME = "the first name of max_tokens"
"""Among what is dropped: max_tokens then goes by the protocol's other name."""

TOP_LOGPROBS = 20


class _Completions(Hosted):
    """A model behind chat completions at a URL."""

    backend: ClassVar[str]
    limit_names: ClassVar[tuple[str, str]]
    """The protocol's two names of max_tokens, in the order in which they are tried."""

    def __init__(self, model: str, options: TextModelOptions, url: str, key: Key) -> None:
        if importlib.util.find_spec("openai") is None:
            raise missing_extra("openai", "api", f"{self.backend}/{model}")
        self.url = located(url)
        super().__init__(model, options, key)

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model, the URL that is asked, and the settings that could change a reply; never the key."""
        return {"backend": self.backend, "model": self.model, **self.options.fingerprint(), "base_url": self.url}

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """Both can be asked for; what a reply says was `sent` tells whether they were taken."""
        return frozenset({"probabilities", "schema"})

    @property
    def name(self) -> str:
        """What messages call the model."""
        return f"{self.model} at {self.url}"

    def price(self) -> Price | None:
        """What a token costs at this address, in a batch if so it is asked."""
        return price_of(self.model, batch=self.options.batch != "off", host=host_of(self.url))

    def client(self) -> OpenAIClient:
        """A client for the event loop that runs."""
        return OpenAIClient(self, self._key)


class OpenAI(_Completions):
    """A model of OpenAI's API. Raises ConfigError without a key."""

    backend = "openai"
    limit_names = ("max_completion_tokens", "max_tokens")

    def __init__(self, model: str, options: TextModelOptions) -> None:
        super().__init__(model, options, options.base_url or OPENAI_URL, Key.read(options.key_env or OPENAI_KEY))


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
        self._wire = Wire(asked.url, key, asked.options.concurrency)
        self._complaints = Complaints(asked.url, key)

    @property
    def sdk(self) -> AsyncOpenAI:
        """The library's client, for what is no chat."""
        return self._wire.sdk

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
        """The reply that a parsed body holds, with its cost; see `reply_of`."""
        price = price_of(self._asked.model, batch=batch, host=host_of(self._asked.url))
        return reply_of(prompt, content, self.sent(prompt, dropped), price, seconds)

    async def send(self, prompt: Prompt, dropped: frozenset[str]) -> Reply:
        """One attempt; see `weval.textmodels.hosting.hosted.Client`."""
        body = self.body(prompt, dropped)
        began = time.monotonic()
        answer = await self._wire.post(body)
        seconds = time.monotonic() - began
        self._asked.pace.note(answer.headers)
        if not 200 <= answer.status < 300:
            raise self._named(self._complaints.of(answer.status, answer.content, answer.headers, body), dropped)
        content = _parsed(answer)
        if complaint := self._complaints.of_reply(content):
            raise complaint
        return self.reply(prompt, content, dropped, seconds)

    async def close(self) -> None:
        """Ends all connections."""
        await self._wire.close()

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

    def _named(self, complaint: Exception, dropped: frozenset[str]) -> Exception:
        """The complaint, with our name of a parameter that is not taken."""
        if not isinstance(complaint, NotTaken):
            return complaint
        ours = OURS[complaint.parameter]
        is_first = ours == "max_tokens" and OTHER_NAME not in dropped
        return NotTaken(OTHER_NAME if is_first else ours, str(complaint))


def _parsed(answer: Answer) -> object:
    """The JSON of a reply. Raises Transient for what may be a whole one next time, NoAnswer for what will not."""
    if answer.is_packed:
        raise NoAnswer("the reply is compressed, which was not asked for")
    if len(answer.content) > MAX_REPLY_BYTES:
        raise NoAnswer(f"the reply is larger than {MAX_REPLY_BYTES // 2**20} MB")
    if not answer.content.strip():
        raise Transient("the reply is empty")
    try:
        return of_json(answer.content)
    except ValueError as error:
        raise Transient(f"the reply is not JSON ({error})") from None
