"""`anthropic/MODEL`: Anthropic's API by its own client library, whose answers are not believed."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from weval.errors import ConfigError
from weval.remote.posting import Key
from weval.remote.retrying import Transient
from weval.textmodels.hosting.completions import of_json
from weval.textmodels.hosting.hosted import AtUrl
from weval.textmodels.hosting.messages import Asked, complaint, reply_of
from weval.textmodels.hosting.wire import Answer, Told, answer_in, http_client, key_for, what_came
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

BASE_URL = "https://api.anthropic.com/v1"
KEY_ENV = "ANTHROPIC_API_KEY"
MAX_TOKENS = 2048
"""The API wants a limit; without --set max_tokens it is this one."""

LAST_WITH_SAMPLING = "2023-06-01"
"""The API version that still takes temperature and top_p, from some models; every later one refuses them from all."""

EFFORTS = ("low", "medium", "high", "xhigh", "max")

_VERSION = "anthropic-version"


class Anthropic(AtUrl):
    """A model of Anthropic's. Raises ConfigError without its key, and for what no model there takes."""

    backend, library = "anthropic", "anthropic"

    def __init__(self, model: str, options: TextModelOptions) -> None:
        if options.effort not in (None, *EFFORTS):
            raise ConfigError(f"--set effort={options.effort}: Anthropic's models take {', '.join(EFFORTS)}")
        if options.temperature is not None and options.temperature > 1:
            raise ConfigError(f"--set temperature={options.temperature:g}: Anthropic's models take 0 to 1")
        super().__init__(model, options, options.base_url or BASE_URL, key_for(options, BASE_URL, KEY_ENV))

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """A schema is kept; probabilities of tokens are never told."""
        return frozenset({"schema"})

    def client(self) -> AnthropicClient:
        """A client for the event loop that runs."""
        return AnthropicClient(self, self._key)


class AnthropicClient:
    """One connection to the API, used in one event loop and closed there."""

    def __init__(self, asked: Anthropic, key: Key) -> None:
        self._asked, self.key = asked, key
        self.sdk = _sdk(asked.url, key, asked.options.concurrency)  # at once: to load it is no part of an attempt

    def asked(self, dropped: frozenset[str]) -> Asked:
        """What is sent beside the words of a prompt, without the parameters in `dropped`."""
        given = {"max_tokens": MAX_TOKENS} | self._asked.options.sampling()
        taken = {name: value for name, value in given.items() if name not in dropped}
        version = LAST_WITH_SAMPLING if {"temperature", "top_p"} & taken.keys() else self.sdk.default_headers[_VERSION]
        return Asked(self._asked.model, self._asked.host, taken, dropped, str(version))

    async def send(self, prompt: Prompt, dropped: frozenset[str]) -> Reply:
        """One attempt; see `weval.textmodels.hosting.hosted.Client`."""
        asked = self.asked(dropped)
        content = json.dumps(asked.body(prompt), allow_nan=False).encode("ascii")
        began = time.monotonic()
        answer = await self.answer("post", "/v1/messages", asked, content)
        seconds = time.monotonic() - began
        self._asked.pace.note(answer.headers)
        found = self.taken(answer, asked, prompt).parsed()
        return reply_of(prompt, found, asked, self.key, seconds=seconds)

    async def answer(self, method: str, path: str, asked: Asked, content: bytes | None = None) -> Answer:
        """What one request to the API is answered, whatever its status. Raises Transient where nothing came."""
        try:
            async with self._opened(method, path, asked, content) as response:
                return await answer_in(response)
        except Told as told:
            return told.answer

    def taken(self, answer: Answer, asked: Asked, prompt: Prompt | None = None) -> Answer:
        """The answer, if it is of 2xx. Raises what another means, as `send` does."""
        if 200 <= answer.status < 300:
            return answer
        raise complaint(answer.status, _json_or_text(answer.content), asked, self.key, answer.headers, prompt)

    async def pieces(self, path: str, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The bytes of an answer of any size. Raises as `send` does."""
        try:
            async with self._opened("get", path, asked) as response:
                async for chunk in response.aiter_bytes():
                    yield chunk
        except Told as told:
            self.taken(told.answer, asked)

    @asynccontextmanager
    async def _opened(
        self, method: str, path: str, asked: Asked, content: bytes | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """An answer of 2xx, to be read within. Raises Told for any other, Transient for what breaks, within too."""
        import anthropic
        import httpx2

        options = {"headers": {_VERSION: asked.version, "Content-Type": "application/json"}}
        ask: Any = self.sdk.post if method == "post" else self.sdk.get
        sent = {} if content is None else {"content": content}
        try:
            # Streamed, so that what is too large is not read; cast to nothing of the library's, so that nothing is
            # believed; and posted by hand, as the library's own methods know no temperature any more.
            response = await ask(path, cast_to=httpx2.Response, options=options, stream=True, **sent)
            try:
                yield response
            finally:
                await response.aclose()
        except (anthropic.APIConnectionError, httpx2.RequestError, OSError) as error:
            found = what_came(error, self.key)
        else:
            return
        raise found if isinstance(found, Transient) else Told(found)  # here, so that it carries no request

    async def close(self) -> None:
        """Ends all connections."""
        await self.sdk.close()


def _sdk(url: str, key: Key, n_at_once: int) -> AsyncAnthropic:
    """The library's client, with nothing that it would read from the environment: no key, address or headers."""
    import anthropic

    url = url.removesuffix("/v1")  # the library's paths begin with it
    http = http_client(url, n_at_once)
    sdk = anthropic.AsyncAnthropic(
        api_key=key.secret, webhook_key="", base_url=url, max_retries=0, timeout=None, http_client=http
    )
    sdk._custom_headers = {}  # no argument of the library keeps it from reading ANTHROPIC_CUSTOM_HEADERS
    return sdk


def _json_or_text(found: bytes) -> object:
    """What an error says: JSON, or else its first words."""
    try:
        return of_json(found)
    except ValueError:
        return found[: 2**12].decode(errors="replace")
