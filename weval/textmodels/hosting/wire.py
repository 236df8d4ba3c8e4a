"""One connection to an API that OpenAI's library speaks with, given nothing that it would read behind our back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from weval.errors import ConfigError
from weval.remote.posting import CONNECT_S, MAX_REPLY_BYTES, Key, NoAnswer, is_loopback, start_of
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels.hosting.completions import of_json
from weval.textmodels.options import TextModelOptions

if TYPE_CHECKING:
    import ssl

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

    def parsed(self) -> object:
        """Its JSON. Raises Transient for what may be whole next time, NoAnswer for what will not."""
        if self.is_packed:
            raise NoAnswer("the reply is compressed, which was not asked for")
        if len(self.content) > MAX_REPLY_BYTES:
            raise NoAnswer(f"the reply is larger than {MAX_REPLY_BYTES // 2**20} MB")
        if not self.content.strip():
            raise Transient("the reply is empty")
        try:
            return of_json(self.content)
        except ValueError as error:
            raise Transient(f"the reply is not JSON ({error})") from None


class Wire:
    """The client of OpenAI's library for an API at `url`. To be used in one event loop, and closed there."""

    def __init__(self, url: str, key: Key, n_at_once: int) -> None:
        self.key = key
        self.sdk = _sdk(url, key, n_at_once)  # at once: to load the library is no part of the first attempt

    async def post(self, body: Mapping[str, Any]) -> Answer:
        """The answer to one attempt. Raises Transient where none came."""
        return await self.answer(self._posted(json.dumps(body, allow_nan=False).encode("ascii")))

    async def answer(self, call: Awaitable[Answer]) -> Answer:
        """What a call of the library is answered, whatever its status. Raises Transient where nothing came."""
        import httpx2
        import openai

        try:
            return await call
        except (Told, openai.APIConnectionError, httpx2.RequestError, OSError) as error:
            found = what_came(error, self.key)
        if isinstance(found, Transient):
            raise found  # here, so that it does not carry the library's exception, which holds prompt and key
        return found

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
            return await answer_in(response)
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Ends all connections."""
        await self.sdk.close()


def _sdk(url: str, key: Key, n_at_once: int) -> AsyncOpenAI:
    """The library's client. It would take keys, organisation, address and headers from the environment."""
    import openai

    sdk = openai.AsyncOpenAI(
        api_key=key.secret or "none",
        admin_api_key="",
        webhook_secret="",
        base_url=url,
        max_retries=0,
        timeout=None,
        http_client=http_client(url, n_at_once),
    )
    sdk.organization = sdk.project = None
    sdk._custom_headers = {}  # no argument of the library keeps it from reading OPENAI_CUSTOM_HEADERS
    return sdk


class Told(Exception):
    """An answer other than 2xx. The libraries would read all of it, however long it is."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


async def answer_in(response: httpx2.Response) -> Answer:
    """The beginning of an answer; nothing of a packed one, which may be endless when it is unpacked."""
    content = b"" if _is_packed(response.headers) else await start_of(response.aiter_raw())
    return Answer(response.status_code, response.headers, content)


def what_came(error: Exception, key: Key) -> Answer | Transient:
    """The answer in an exception of a client library; else the fault, in words alone."""
    import httpx2

    cause = error if isinstance(error, httpx2.RequestError) else error.__cause__ or error
    if isinstance(cause, Told):
        return cause.answer
    said = key.hidden_in(str(cause)) or type(cause).__name__
    no_connection = isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError)
    return Unreachable(said) if no_connection else Transient(said)


def http_client(url: str, n_at_once: int) -> httpx2.AsyncClient:
    """A client that follows the environment's proxies and certificates, but asks this machine directly.

    It raises Told for any answer other than 2xx.
    """
    import httpx2

    async def tell(response: httpx2.Response) -> None:
        if not response.is_success:
            raise Told(await answer_in(response))

    trust_env = not is_loopback(httpx2.URL(url).host)
    try:
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=CONNECT_S),  # the whole attempt is timed where it is retried
            limits=httpx2.Limits(max_connections=n_at_once, max_keepalive_connections=n_at_once),
            trust_env=trust_env,
            verify=_certificates(trust_env),
            headers={"Accept-Encoding": "identity"},
            follow_redirects=False,
            event_hooks={"response": [tell]},
        )
    except (ValueError, OSError, ImportError, httpx2.InvalidURL) as error:
        raise ConfigError(f"the environment's proxy or certificate settings cannot be used: {error}") from error


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """What the other side's certificate is checked against; it takes longer to read than a short reply to come."""
    import httpx2

    return httpx2.create_ssl_context(trust_env=trust_env)


def _is_packed(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity").lower() not in ("identity", "")


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


def key_for(options: TextModelOptions, home: str, variable: str) -> Key:
    """The key that `key_env` names, or else that of an API, which is shown to its own hosts and this machine alone.

    `home` is the API's address, `variable` where its key is. Raises ConfigError for an address that was given without
    `key_env` and is another, and for a key that is not there.
    """
    url = located(options.base_url or home)
    host, own = host_of(url), host_of(home)
    is_own = url.startswith("https://") and (host == own or host.endswith(f".{own}"))
    if options.key_env is None and not is_own and not is_loopback(host):
        raise ConfigError(
            f"--set base_url={url}: the key in {variable} is for https://{own}; name the one for this address, by "
            "--set key_env=NAME (server/MODEL needs none)"
        )
    return Key.read(options.key_env or variable)
