"""`anthropic/MODEL`: Anthropic's API by its own client library, whose answers are not believed."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from weval.errors import ConfigError, missing_extra
from weval.remote.posting import CONNECT_S, MAX_REPLY_BYTES, Key, NoAnswer
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels.hosting.completions import of_json
from weval.textmodels.hosting.hosted import Hosted
from weval.textmodels.hosting.messages import Asked, complaint, reply_of
from weval.textmodels.hosting.wire import Answer, host_of, is_loopback, located
from weval.textmodels.options import TextModelOptions
from weval.textmodels.prices import Price, price_of
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


class Anthropic(Hosted):
    """A model of Anthropic's. Raises ConfigError without its key, and for what no model there takes."""

    def __init__(self, model: str, options: TextModelOptions) -> None:
        if importlib.util.find_spec("anthropic") is None:
            raise missing_extra("anthropic", "api", f"anthropic/{model}")
        if options.effort not in (None, *EFFORTS):
            raise ConfigError(f"--set effort={options.effort}: Anthropic's models take {', '.join(EFFORTS)}")
        if options.temperature is not None and options.temperature > 1:
            raise ConfigError(f"--set temperature={options.temperature:g}: Anthropic's models take 0 to 1")
        self.url = located(options.base_url or BASE_URL)
        super().__init__(model, options, Key.read(options.key_env or KEY_ENV))

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model, the address and the settings that could change a reply; never the key."""
        return {"backend": "anthropic", "model": self.model, **self.options.fingerprint(), "base_url": self.url}

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """A schema is kept; probabilities of tokens are never told."""
        return frozenset({"schema"})

    @property
    def name(self) -> str:
        """What messages call the model."""
        return f"{self.model} at {self.url}"

    def price(self) -> Price | None:
        """What a token costs at this address, in a batch if so it is asked."""
        return price_of(self.model, batch=self.options.batch != "off", host=host_of(self.url))

    def client(self) -> AnthropicClient:
        """A client for the event loop that runs."""
        return AnthropicClient(self, self._key)


class AnthropicClient:
    """One connection to the API, used in one event loop and closed there."""

    def __init__(self, asked: Anthropic, key: Key) -> None:
        self._asked, self.key = asked, key

    @cached_property
    def sdk(self) -> AsyncAnthropic:
        """The library's client, with nothing that it would read from the environment: no key, address or headers."""
        import anthropic

        url = self._asked.url.removesuffix("/v1")  # the library's paths begin with it
        http_client = _http(url, self._asked.options.concurrency)
        sdk = anthropic.AsyncAnthropic(
            api_key=self.key.secret, webhook_key="", base_url=url, max_retries=0, timeout=None, http_client=http_client
        )
        sdk._custom_headers = {}  # no argument of the library keeps it from reading ANTHROPIC_CUSTOM_HEADERS
        return sdk

    def asked(self, dropped: frozenset[str]) -> Asked:
        """What is sent beside the words of a prompt, without the parameters in `dropped`."""
        given = {"max_tokens": MAX_TOKENS} | self._asked.options.sampling()
        taken = {name: value for name, value in given.items() if name not in dropped}
        version = LAST_WITH_SAMPLING if {"temperature", "top_p"} & taken.keys() else self.sdk.default_headers[_VERSION]
        return Asked(self._asked.model, host_of(self._asked.url), taken, dropped, str(version))

    async def send(self, prompt: Prompt, dropped: frozenset[str]) -> Reply:
        """One attempt; see `weval.textmodels.hosting.hosted.Client`."""
        asked = self.asked(dropped)
        content = json.dumps(asked.body(prompt), allow_nan=False).encode("ascii")
        began = time.monotonic()
        answer = await self.answer("post", "/v1/messages", asked, content)
        seconds = time.monotonic() - began
        self._asked.pace.note(answer.headers)
        found = parsed(self.taken(answer, asked, prompt))
        return reply_of(prompt, found, asked, self.key, seconds=seconds)

    async def answer(self, method: str, path: str, asked: Asked, content: bytes | None = None) -> Answer:
        """What one request to the API is answered, whatever its status. Raises Transient where nothing came."""
        try:
            async with self._opened(method, path, asked, content) as response:
                return Answer(response.status_code, response.headers, await _start_of(response))
        except _Told as told:
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
        except _Told as told:
            self.taken(told.answer, asked)

    @asynccontextmanager
    async def _opened(
        self, method: str, path: str, asked: Asked, content: bytes | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """An answer of 2xx, to be read within. Raises _Told for any other, Transient for what breaks, within too."""
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
            fault = error.__cause__ if isinstance(error, anthropic.APIConnectionError) else error
        else:
            return
        raise fault if isinstance(fault, _Told) else self._fault(fault)  # here, so that it carries no request

    def _fault(self, error: BaseException | None) -> Transient:
        import httpx2

        said = self.key.hidden_in(str(error)) or type(error).__name__
        no_connection = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError)
        return Unreachable(said) if no_connection else Transient(said)

    async def close(self) -> None:
        """Ends all connections."""
        if "sdk" in self.__dict__:
            await self.sdk.close()


class _Told(Exception):
    """An answer other than 2xx. The library would read all of it, however long it is."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


def _http(url: str, n_at_once: int) -> httpx2.AsyncClient:
    """A client that follows the environment's proxies and certificates, but asks this machine directly."""
    import httpx2

    async def tell(response: httpx2.Response) -> None:
        if not response.is_success:
            raise _Told(Answer(response.status_code, response.headers, await _start_of(response)))

    try:
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=CONNECT_S),  # the whole attempt is timed where it is retried
            limits=httpx2.Limits(max_connections=n_at_once, max_keepalive_connections=n_at_once),
            trust_env=not is_loopback(httpx2.URL(url).host),
            headers={"Accept-Encoding": "identity"},
            follow_redirects=False,
            event_hooks={"response": [tell]},
        )
    except (ValueError, OSError, ImportError, httpx2.InvalidURL) as error:
        raise ConfigError(f"the environment's proxy or certificate settings cannot be used: {error}") from error


async def _start_of(response: httpx2.Response) -> bytes:
    """The bytes as they were sent, up to a little more than may be used."""
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > MAX_REPLY_BYTES:
            break
    return bytes(found)


def parsed(answer: Answer) -> object:
    """The JSON of an answer. Raises Transient for what may be a whole one next time, NoAnswer for what will not."""
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


def _json_or_text(found: bytes) -> object:
    """What an error says: JSON, or else its first words."""
    try:
        return of_json(found)
    except ValueError:
        return found[: 2**12].decode(errors="replace")
