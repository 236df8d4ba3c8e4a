"""JSON over HTTP to a server that is not believed: bounded, strictly parsed, and every fault has a type."""

from __future__ import annotations

import ipaddress
import json
import math
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.remote.retrying import Transient, Unreachable
from weval.types import Status

if TYPE_CHECKING:
    import httpx

MAX_REPLY_BYTES = 10 * 2**20
MAX_SAID_CHARS = 200
CONNECT_S = 10.0

MAY_PASS = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""HTTP statuses that are worth another attempt; 529 is how some say that they are overloaded."""

_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size|limit)|(maximum|max|allowed) (\w+ ){0,3}(length|tokens)|too (long|many tokens)"
    r"|longer than|less than \d+ tokens|max_(model|seq|input)_len",
    re.IGNORECASE,
)
"""How servers say that a text has more tokens than the model reads."""


_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,40}")
"""What such names look like; keys hardly ever do."""


class NoAnswer(Exception):
    """This one request has no score, and another attempt would not change that."""

    def __init__(self, reason: str, status: Status = "failed") -> None:
        super().__init__(reason)
        self.status: Status = status


@dataclass(frozen=True, slots=True)
class Key:
    """The key to a server. `name` is of the environment variable that holds it; what it is stands nowhere else."""

    name: str | None = None
    secret: str = field(default="", repr=False)

    @classmethod
    def read(cls, name: str | None, option: str = "--set key_env") -> Key:
        """The key in an environment variable, named by an option. Raises ConfigError where none is that can be sent."""
        if name is None:
            return cls()
        secret = os.environ.get(name, "").strip()
        if not secret and not _VARIABLE.fullmatch(name):  # it may be the key itself, which is not to be repeated
            raise ConfigError(
                f"{option}: names an environment variable that is set, such as MY_API_KEY; it is not the key"
            )
        if not secret:
            raise ConfigError(f"{option}={name}: this environment variable is not set, or empty")
        if not (secret.isascii() and secret.isprintable() and " " not in secret):
            raise ConfigError(f"{option}={name}: what this environment variable holds cannot be sent as a key")
        return cls(name, secret)

    @property
    def headers(self) -> dict[str, str]:
        """What shows the key to the server."""
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    def hidden_in(self, text: str) -> str:
        """The text in one short line, without the key, which a server may repeat."""
        return one_line(" ".join((text.replace(self.secret, "[key]") if self.secret else text).split()), MAX_SAID_CHARS)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: parsed JSON, and what it calls itself."""

    content: object
    server: str | None


class Poster:
    """Posts to one URL, over one client. To be used in one event loop, and closed there."""

    def __init__(self, url: str, key: Key, n_at_once: int) -> None:
        self._url, self._key = url, key
        self._client = _client(url, n_at_once)

    async def post(self, body: Mapping[str, Any]) -> Reply:
        """The answer to one attempt.

        Raises Transient for what may pass, NoAnswer where this request has no answer, AdapterError where none will.
        """
        import httpx

        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"} | self._key.headers
        content = json.dumps(body, allow_nan=False)  # in ASCII: half a character of a text is no fault of ours
        try:
            async with self._client.stream("POST", self._url, content=content, headers=headers) as response:
                found = await start_of(response.aiter_raw())
        except httpx.TransportError as error:
            raise self._fault(error) from error
        if not response.is_success:
            raise self._complaint(response, _message(found))
        server = response.headers.get("Server")
        return Reply(self._parsed(response, found), self._key.hidden_in(server) if server else None)

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.aclose()

    def _fault(self, error: httpx.TransportError) -> Transient:
        import httpx

        said = self._key.hidden_in(str(error)) or type(error).__name__
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
            return Unreachable(said)
        return Transient(said)

    def _parsed(self, response: httpx.Response, found: bytes) -> object:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NoAnswer("the reply is compressed, which was not asked for")
        if len(found) > MAX_REPLY_BYTES:
            raise NoAnswer(f"the reply is larger than {MAX_REPLY_BYTES // 2**20} MB")
        try:
            return from_json(found, allow_inf_nan=False)
        except ValueError as error:
            raise NoAnswer(f"the reply is not JSON ({error})" if found.strip() else "the reply is empty") from error

    def _complaint(self, response: httpx.Response, message: str) -> Exception:
        """What an answer other than 2xx means."""
        status = response.status_code
        said = f"HTTP {status} {self._key.hidden_in(message or response.reason_phrase)}".rstrip()
        if status in MAY_PASS:
            return Transient(said, retry_after_s(response.headers.get("Retry-After"), datetime.now(UTC)))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            key = f"the key in {self._key.name}" if self._key.name else "requests without a key; --set key_env=NAME"
            return AdapterError(f"{self._url} does not accept {key} ({said})")
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            return AdapterError(f"{self._url} is no route of this server, or it has no such model ({said})")
        if response.is_redirect:
            there = self._key.hidden_in(response.headers.get("Location", "").partition("?")[0])
            return AdapterError(f"{self._url} redirects ({said}), which is not followed; give the URL itself: {there}")
        return NoAnswer(said, "truncated" if _TOO_LONG.search(message) else "failed")


def _client(url: str, n_at_once: int) -> httpx.AsyncClient:
    """A client that follows the environment's proxies and certificates, but asks this machine directly."""
    import httpx

    try:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=CONNECT_S),  # the whole attempt is timed where it is retried
            limits=httpx.Limits(max_connections=n_at_once, max_keepalive_connections=n_at_once),
            trust_env=not is_loopback(httpx.URL(url).host),
            follow_redirects=False,
        )
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        raise ConfigError(f"the environment's proxy or certificate settings cannot be used: {error}") from error


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, to which no proxy leads.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("api.openai.com")
    (True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def leads_here(url: str) -> bool:
    """Whether a URL is one of this machine.

    >>> leads_here("http://[::1]:80/v1"), leads_here("//localhost:8311"), leads_here("http://localhost.example.org")
    (True, True, False)
    """
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


async def start_of(chunks: AsyncIterator[bytes]) -> bytes:
    """The bytes of a reply, up to a little more than may be used."""
    found = bytearray()
    async for chunk in chunks:
        found += chunk
        if len(found) > MAX_REPLY_BYTES:
            break
    return bytes(found)


def _message(found: bytes) -> str:
    """What an error says: its message, wherever servers put it; nothing where it is a page for browsers."""
    text = found[: 2**16].decode(errors="replace").strip()
    try:
        said = from_json(found, allow_inf_nan=False)
    except ValueError:
        return "" if text.startswith("<") else text
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(name):
            said = said[name]
    return said if isinstance(said, str) else text


def retry_after_s(header: str | None, now: datetime) -> float:
    """The seconds that a Retry-After header asks to wait, given as seconds or as a date; 0 where it says nothing.

    >>> retry_after_s("120", datetime.now(UTC))
    120.0
    """
    if not header:
        return 0.0
    if re.fullmatch(r"\s*\d{1,9}(\.\d{0,9})?\s*", header, re.ASCII):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
        seconds = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
