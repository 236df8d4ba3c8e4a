"""One connection to an API that OpenAI's library speaks with, given nothing that it would read behind our back."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from weval.errors import ConfigError
from weval.remote.posting import CONNECT_S, MAX_REPLY_BYTES, Key
from weval.remote.retrying import Transient, Unreachable

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

ROUTE = "/chat/completions"

_SHAPE = "--set base_url: is written http://HOST:PORT/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status: at most a little more than MAX_REPLY_BYTES, nothing where it is packed."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed, which was not asked for."""
        return _is_packed(self.headers)


class Wire:
    """Posts to an API at `url`. To be used in one event loop, and closed there."""

    def __init__(self, url: str, key: Key, n_at_once: int) -> None:
        self.url, self.key, self._n_at_once = url, key, n_at_once

    @cached_property
    def sdk(self) -> AsyncOpenAI:
        """The library's client. It would take keys, organisation, address and headers from the environment."""
        import openai

        sdk = openai.AsyncOpenAI(
            api_key=self.key.secret or "none",
            admin_api_key="",
            webhook_secret="",
            base_url=self.url,
            max_retries=0,
            timeout=None,
            http_client=_http(self.url, self._n_at_once),
        )
        sdk.organization = sdk.project = None
        sdk._custom_headers = {}  # no argument of the library keeps it from reading OPENAI_CUSTOM_HEADERS
        return sdk

    async def post(self, body: Mapping[str, Any]) -> Answer:
        """The answer to one attempt. Raises Transient where none came."""
        import httpx2
        import openai

        try:
            return await self._posted(json.dumps(body, allow_nan=False).encode("ascii"))
        except openai.APIStatusError as error:
            response = error.response
            answer = Answer(response.status_code, response.headers, response.content)
        except (openai.APIConnectionError, httpx2.RequestError, OSError) as error:
            raise self._fault(error.__cause__ or error) from None
        return answer  # here, so that nothing raised for it carries the library's exception, which repeats the body

    async def _posted(self, content: bytes) -> Answer:
        import httpx2
        import openai

        headers: dict[str, Any] = {"Content-Type": "application/json"}
        if not self.key.secret:
            headers["Authorization"] = openai.Omit()
        # Streamed, so that what is too large is not read; cast to no type of the library's, so that none is believed.
        post: Any = self.sdk.post
        response: httpx2.Response = await post(
            ROUTE, cast_to=httpx2.Response, content=content, options={"headers": headers}, stream=True
        )
        try:
            return Answer(
                response.status_code, response.headers, b"".join([part async for part in response.aiter_raw()])
            )
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Ends all connections."""
        if "sdk" in self.__dict__:
            await self.sdk.close()

    def _fault(self, error: BaseException) -> Transient:
        import httpx2

        said = self.key.hidden_in(str(error)) or type(error).__name__
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            return Unreachable(said)
        return Transient(said)


def _http(url: str, n_at_once: int) -> httpx2.AsyncClient:
    """A client that follows the environment's proxies and certificates, but asks this machine directly."""
    import httpx2

    class Start(httpx2.AsyncByteStream):
        """The beginning of a stream; nothing of a packed one, which may be endless when it is unpacked."""

        def __init__(self, whole: httpx2.AsyncByteStream, limit: int) -> None:
            self.whole, self.limit = whole, limit

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            if self.limit:
                async for chunk in self.whole:
                    yield chunk
                    size += len(chunk)
                    if size > self.limit:
                        return

        async def aclose(self) -> None:
            await self.whole.aclose()

    async def bound(response: httpx2.Response) -> None:
        if response.request.url.path.endswith(ROUTE):  # the results of a batch may be long
            stream = cast("httpx2.AsyncByteStream", response.stream)
            response.stream = Start(stream, 0 if _is_packed(response.headers) else MAX_REPLY_BYTES)

    try:
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=CONNECT_S),  # the whole attempt is timed where it is retried
            limits=httpx2.Limits(max_connections=n_at_once, max_keepalive_connections=n_at_once),
            trust_env=not is_loopback(httpx2.URL(url).host),
            headers={"Accept-Encoding": "identity"},
            follow_redirects=False,
            event_hooks={"response": [bound]},
        )
    except (ValueError, OSError, ImportError, httpx2.InvalidURL) as error:
        raise ConfigError(f"the environment's proxy or certificate settings cannot be used: {error}") from error


def _is_packed(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity").lower() not in ("identity", "")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, to which no proxy leads.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("api.openai.com")
    (True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of an address."""
    import httpx

    return httpx.URL(url).host


def located(reference: str) -> str:
    """The address of an API as it is asked, and written into files. Raises ConfigError."""
    import httpx

    try:
        url = httpx.URL(reference)
    except (httpx.InvalidURL, ValueError):
        raise ConfigError(_SHAPE) from None
    if url.userinfo or url.query or url.fragment:
        # The address is written into the run's files, and shown; so this message does not repeat it.
        raise ConfigError(
            "--set base_url: may hold no password, query or fragment, as it is written into the run's files; put a key "
            "into an environment variable and name that by --set key_env=NAME"
        )
    port = 1 if url.port is None else url.port
    if url.scheme not in ("http", "https") or not url.host or "%" in url.host or not 0 < port < 2**16:
        raise ConfigError(_SHAPE)
    path = url.path.rstrip("/")
    if path.endswith(ROUTE):
        raise ConfigError(f"--set base_url={url}: is the address before {ROUTE}")
    return str(url.copy_with(path=path or "/")).rstrip("/")
