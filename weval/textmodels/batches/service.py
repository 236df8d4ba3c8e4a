"""What batches are to weval: one protocol for those of every provider, and what their files have in common."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeGuard

from weval.remote.posting import MAX_REPLY_BYTES, MAY_PASS
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels.batches.record import Submission
from weval.types import Prompt, Reply

BUSY = frozenset({429, 529})
"""HTTP statuses by which a provider says that it has not begun with a request."""

CLOCKS_DIFFER = timedelta(minutes=15)
"""How far a provider's clock may be behind ours."""

MOST_PAGES = 50
"""So many pages of a list of batches are read at most."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Uncertain(Exception):
    """Nobody can say yet whether a batch was created: the connection broke, or the answer was none."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a batch is. `whole`: each of its requests was tried. `refused`: why it was not taken as a whole."""

    ended: bool
    whole: bool = True
    refused: str | None = None
    too_many: bool = False


class Service(Protocol):
    """The batches of one provider, over one connection. Faults are raised as `hosting.hosted.Client` says.

    `settle_s` is how long after an attempt to create a batch it may still appear.
    """

    provider: str
    max_requests: int
    max_bytes: int
    settle_s: float

    def request(self, custom_id: str, prompt: Prompt, dropped: frozenset[str]) -> bytes:
        """One request, as it stands in the file. Raises UnicodeEncodeError for half a character."""
        ...

    async def upload(self, intent: str, requests: Sequence[bytes]) -> Any:  # noqa: ANN401
        """Brings requests to where a batch of them can be created; costs nothing, and may be done again."""
        ...

    async def create(self, intent: str, uploaded: Any, dropped: frozenset[str]) -> str:  # noqa: ANN401
        """Creates the batch, and gives its id. Raises Uncertain, and Transient only where it was surely not created."""
        ...

    async def find(self, submission: Submission, known: frozenset[str]) -> str | None:
        """The id of a batch whose creation was not confirmed; None where there is none. Raises Uncertain.

        `known` are the ids that belong to others.
        """
        ...

    async def status(self, batch: str) -> State:
        """Where a batch is."""
        ...

    def results(self, batch: str) -> AsyncIterator[bytes]:
        """The lines of its results, in any order; an empty one for one that is too long."""
        ...

    def reply_in(self, prompt: Prompt, found: Mapping[str, Any], dropped: frozenset[str]) -> Reply:
        """The reply in one of them. Raises as for a request of its own; Transient where it is to be asked again."""
        ...

    async def close(self) -> None:
        """Ends all connections."""
        ...


@asynccontextmanager
async def created_within(limit_s: float) -> AsyncIterator[None]:
    """A request that creates a batch. Raises Uncertain where it may have arrived, but no answer came."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except Unreachable:
        raise
    except (TimeoutError, Transient) as error:
        raise Uncertain(str(error)) from error


def is_uncertain(status: int) -> bool:
    """Whether an answer of this HTTP status leaves open if what was asked for was done."""
    return status not in BUSY and (status in MAY_PASS or status >= 500)


def is_id(found: object) -> TypeGuard[str]:
    """Whether it can be the id of a batch or a file, which goes into paths."""
    return isinstance(found, str) and _ID.fullmatch(found) is not None


async def lines_in(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a file that comes in pieces; one that is too long to be a reply is empty."""
    held, too_long = bytearray(), False
    async for chunk in chunks:
        held += chunk
        *lines, rest = held.split(b"\n")
        for line in lines:
            yield b"" if too_long or len(line) > MAX_REPLY_BYTES else bytes(line)
            too_long = False
        held = bytearray(rest)
        if len(held) > MAX_REPLY_BYTES:
            held, too_long = bytearray(), True
    if held and not too_long:
        yield bytes(held)


def as_json(content: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8, in one line. Raises UnicodeEncodeError for half a character."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
